"""A box to tick. The sheet draws the box in the tones of its state; the tick is drawn here, for a sheet takes only files."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from app.ui import theme

_TICK = ((0.24, 0.52), (0.43, 0.71), (0.77, 0.31))  # in parts of the box


class Check(QCheckBox):
    """A check box with its word; every state differs in shape, not in tone alone."""

    def __init__(self, words: str, *, as_wide_as: tuple[str, ...] = ()) -> None:
        """``as_wide_as``: words it may have, so that boxes under one another stand in one line."""
        super().__init__(words)
        self._may_say = (words, *as_wide_as)

    def sizeHint(self) -> QSize:
        hint, metrics = super().sizeHint(), self.fontMetrics()
        wide = [metrics.horizontalAdvance(words) for words in self._may_say]
        return QSize(hint.width() - wide[0] + max(wide), hint.height())

    def box(self) -> QRectF:
        """Where the box itself stands."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        return QRectF(self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, option, self))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.isChecked():
            return
        box = self.box()
        pen = QPen(theme.colour("on_act" if self.isEnabled() else "ink3"), box.width() / 8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawPolyline([QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in _TICK])

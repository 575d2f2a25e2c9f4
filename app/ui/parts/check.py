"""A box to tick. The sheet draws the box in the tones of its state; the tick is drawn here, for a sheet takes only files."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QStyle, QStyleOptionButton

from app.ui import theme

_TICK = ((0.24, 0.52), (0.43, 0.71), (0.77, 0.31))  # in parts of the box


class Check(QCheckBox):
    """A check box with its word; every state differs in shape, not in tone alone."""

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

"""How a source row is painted: name and folder, label, outcome with its reason, remedy."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.bridge.sources import ROW, Index
from app.domain.documents import Source
from app.ui import figures, icons, theme
from app.ui.documents.outcomes import SHOWN, detail, kind_icon

HEIGHT = 48
_LEFT = Qt.AlignmentFlag.AlignVCenter


class SourceRows(QStyledItemDelegate):
    """Signals:
    remedy_pressed: id of the source whose remedy was clicked.
    """

    remedy_pressed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.hovered = -1

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, theme.px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        source: Source = index.data(ROW)
        box = QRectF(option.rect)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if on or index.row() == self.hovered:
            painter.fillRect(box, theme.colour("select" if on else "hover"))
        if on and index.column() == 0:
            painter.fillRect(QRectF(box.x(), box.y(), 3, box.height()), theme.colour("act"))
        painter.setPen(QPen(theme.colour("line"), 1))
        left = box.x() + (20 if index.column() == 0 else 0)
        painter.drawLine(QPointF(left, box.bottom() + 0.5), QPointF(box.right(), box.bottom() + 0.5))
        ratio = painter.device().devicePixelRatioF()
        match index.column():
            case 0:
                self._name(painter, box, source, ratio)
            case 1:
                self._label(painter, box, source, ratio)
            case 2:
                self._outcome(painter, box, source, ratio)
            case _:
                self._remedy(painter, box, source, button=on or index.row() == self.hovered)
        focused = option.state & QStyle.StateFlag.State_HasFocus
        if focused and index.column() == 0:
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(5, 2, -2, -2), 4, 4)
        painter.restore()

    def _two(self, painter: QPainter, box: QRectF, upper: str, lower: str, tone: str, *, middle: bool = False) -> None:
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        half = box.center().y()
        painter.setFont(theme.font("ui", 500))
        painter.setPen(theme.colour(tone))
        shown = QFontMetricsF(painter.font()).elidedText(upper, mode, box.width())
        painter.drawText(QRectF(box.x(), half - theme.px(18), box.width(), theme.px(18)), _LEFT, shown)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("ink3" if middle else "ink2"))
        shown = QFontMetricsF(painter.font()).elidedText(lower, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(QRectF(box.x(), half, box.width(), theme.px(17)), _LEFT, shown)

    def _name(self, painter: QPainter, box: QRectF, source: Source, ratio: float) -> None:
        at = QPointF(box.x() + 20, box.center().y() - 8)
        painter.drawPixmap(at, icons.pixmap(kind_icon(source.kind), "ink2", 16, ratio))
        under = f"{Path(source.path).parent.name}  ·  {figures.size(source.bytes)}"
        self._two(painter, box.adjusted(46, 0, -8, 0), source.name, under, "ink", middle=True)

    def _label(self, painter: QPainter, box: QRectF, source: Source, ratio: float) -> None:
        tone = source.label.value
        painter.drawPixmap(QPointF(box.x() + 12, box.center().y() - 6), icons.pixmap(tone, tone, 12, ratio))
        painter.setFont(theme.font("small", 500))
        painter.setPen(theme.colour(tone))
        painter.drawText(box.adjusted(28, 0, 0, 0), _LEFT, tone.capitalize())

    def _outcome(self, painter: QPainter, box: QRectF, source: Source, ratio: float) -> None:
        shown = SHOWN[source.outcome]
        at = QPointF(box.x() + 12, box.center().y() - 16)
        painter.drawPixmap(at, icons.pixmap(shown.icon, shown.tone, 16, ratio))
        self._two(painter, box.adjusted(36, 0, -4, 0), shown.words, detail(source), shown.tone)

    def _remedy(self, painter: QPainter, box: QRectF, source: Source, *, button: bool) -> None:
        words = SHOWN[source.outcome].remedy
        if not words:
            return
        font = QFont(theme.font("small", 500))
        font.setUnderline(not button)
        painter.setFont(font)
        wide = QFontMetricsF(font).horizontalAdvance(words) + 20
        place = QRectF(box.right() - wide - 14, box.center().y() - 12.5, wide, 25)
        if button:
            painter.setPen(QPen(theme.colour("edge"), 1))
            painter.setBrush(theme.colour("paper"))
            painter.drawRoundedRect(place, 6, 6)
        painter.setPen(theme.colour("ink"))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)

    def editorEvent(
        self, event: QEvent, _model: object, _option: QStyleOptionViewItem, index: QModelIndex | Index
    ) -> bool:
        """A click on the remedy does it."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease and index.column() == 3:
            source: Source = index.data(ROW)
            if SHOWN[source.outcome].remedy:
                self.remedy_pressed.emit(source.id)
                return True
        return False

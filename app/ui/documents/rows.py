"""How a source is drawn in the table: name and folder, label, outcome with its reason, remedy."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from app.bridge.outcomes import SourceRow, verdict
from app.bridge.sources import ROW, Index
from app.ui import figures, icons, theme

HEIGHT = 48
_ICONS = {"pdf": "pdf", "csv": "table", "tsv": "table", "xlsx": "table", "zip": "zip", "eml": "mail", "msg": "mail"}
_LEFT = Qt.AlignmentFlag.AlignVCenter


def kind_icon(name: str) -> str:
    """The icon of a file, by the ending of its name."""
    return _ICONS.get(name.rsplit(".", 1)[-1].casefold(), "documents")


def remedy_box(cell: QRectF, words: str) -> QRectF:
    """Where the remedy's button stands in its cell."""
    wide = QFontMetricsF(theme.font("small", 500)).horizontalAdvance(words) + 20
    high = theme.px(25)
    return QRectF(cell.right() - wide - 18, cell.center().y() - high / 2, wide, high)


class SourceRows(QStyledItemDelegate):
    """One delegate for all columns; the view tells which row the pointer is on and turns the ring."""

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self.hovered = -1
        self.step = 0

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, theme.px(HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW)
        if not isinstance(row, SourceRow):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        first = index.column() == 0
        if on or index.row() == self.hovered:
            painter.fillRect(box, theme.colour("select" if on else "hover"))
        if on and first:
            painter.fillRect(QRectF(box.x(), box.y(), 3, box.height()), theme.colour("act"))
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(
            QPointF(box.x() + (20 if first else 0), box.bottom() + 0.5), QPointF(box.right(), box.bottom() + 0.5)
        )
        near = on or index.row() == self.hovered
        if index.column() >= 2 and not verdict(row).remedy:
            painter.setClipRect(box)
            self._outcome(painter, self._both(option, box, index.column()), row, near)
        else:
            draw = (self._source, self._label, self._outcome, self._remedy)[index.column()]
            draw(painter, box, row, near)
        painter.setClipping(False)
        if on and option.state & QStyle.StateFlag.State_HasFocus:
            self._focus(painter, box, index.column())
        painter.restore()

    def _both(self, option: QStyleOptionViewItem, box: QRectF, column: int) -> QRectF:
        """Outcome and remedy as one cell: where there is no remedy, the reason has its room."""
        table = option.widget
        if not isinstance(table, QTableView):
            return box
        if column == 2:
            return box.adjusted(0, 0, table.columnWidth(3), 0)
        return box.adjusted(-table.columnWidth(2), 0, 0, 0)

    def _focus(self, painter: QPainter, box: QRectF, column: int) -> None:
        """The blue line goes round the whole row, one cell at a time."""
        painter.setPen(QPen(theme.colour("focus"), 2))
        inner = box.adjusted(0, 1, 0, -1)
        painter.drawLine(inner.topLeft(), inner.topRight())
        painter.drawLine(inner.bottomLeft(), inner.bottomRight())
        if column == 0:
            painter.drawLine(QPointF(box.x() + 1, inner.top()), QPointF(box.x() + 1, inner.bottom()))
        if column == 3:
            painter.drawLine(QPointF(box.right() - 1, inner.top()), QPointF(box.right() - 1, inner.bottom()))

    def _two(
        self, painter: QPainter, box: QRectF, upper: str, lower: str, *, tone: str, below: str, middle: bool = False
    ) -> None:
        """Two lines about the middle of the cell."""
        at = box.center().y()
        painter.setFont(theme.font("ui", 500))
        painter.setPen(theme.colour(tone))
        how = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        words = QFontMetricsF(painter.font()).elidedText(upper, how, box.width())
        painter.drawText(QRectF(box.x(), at - theme.px(18), box.width(), theme.px(18)), _LEFT, words)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour(below))
        words = QFontMetricsF(painter.font()).elidedText(lower, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(QRectF(box.x(), at, box.width(), theme.px(17)), _LEFT, words)

    def _source(self, painter: QPainter, box: QRectF, row: SourceRow, _near: bool) -> None:
        ratio = painter.device().devicePixelRatio()
        spot = QPointF(box.x() + 20, box.center().y() - 8)
        painter.drawPixmap(spot, icons.pixmap(kind_icon(row.name), "ink2", 16, ratio))
        below = ""
        if row.source is not None:
            folder = PurePath(row.source.path).parent.name
            below = "  ·  ".join(x for x in (folder, figures.size(row.source.bytes) if row.source.bytes else "") if x)
        self._two(painter, box.adjusted(46, 0, -8, 0), row.name, below, tone="ink", below="ink3", middle=True)

    def _label(self, painter: QPainter, box: QRectF, row: SourceRow, _near: bool) -> None:
        if row.source is None:
            return
        tone = row.source.label.value
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(QPointF(box.x() + 12, box.center().y() - 6), icons.pixmap(tone, tone, 12, ratio))
        painter.setFont(theme.font("small", 500))
        painter.setPen(theme.colour(tone))
        painter.drawText(box.adjusted(28, 0, 0, 0), _LEFT, tone.capitalize())

    def _outcome(self, painter: QPainter, box: QRectF, row: SourceRow, _near: bool) -> None:
        found = verdict(row)
        spot = QPointF(box.x() + 12, box.center().y() - theme.px(17))
        if found.icon:
            ratio = painter.device().devicePixelRatio()
            painter.drawPixmap(spot, icons.pixmap(found.icon, found.tone, 16, ratio))
        else:
            self._ring(painter, QRectF(spot.x() + 2, spot.y() + 2, 12, 12))
        inner = box.adjusted(36, 0, -8, 0)
        self._two(painter, inner, found.words, found.reason.rstrip("."), tone=found.tone, below="ink2")

    def _ring(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(QPen(theme.colour("line"), 2))
        painter.drawEllipse(box)
        pen = QPen(theme.colour("ink"), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(box, (90 - 30 * self.step) * 16, -110 * 16)

    def _remedy(self, painter: QPainter, box: QRectF, row: SourceRow, near: bool) -> None:
        words = verdict(row).remedy_words
        if not words:
            return
        spot = remedy_box(box, words)
        font = theme.font("small", 500)
        if near:
            painter.setPen(QPen(theme.colour("edge"), 1))
            painter.setBrush(theme.colour("paper"))
            painter.drawRoundedRect(spot, 6, 6)
        font.setUnderline(not near)
        painter.setFont(font)
        painter.setPen(theme.colour("ink"))
        if near:
            painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, words)
        else:
            painter.drawText(spot, _LEFT | Qt.AlignmentFlag.AlignRight, words)

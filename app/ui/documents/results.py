"""What a search without asking found: passages in the documents' own voice, best first."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QTextLayout, QTextOption
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.bridge.passages import ROW, Index, PassageList, where
from app.domain.documents import Passage, SearchResult
from app.ui import icons, theme
from app.ui.documents.over_bar import OverBar
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, row
from app.ui.parts.words import Words
from app.ui.theme import SERIF

LINES = 3


def words_of(found: Passage) -> str:
    """A passage in one line, without the headings it begins with: they stand above it."""
    text = " ".join(found.text.split())
    for heading in found.heading_path:
        text = text.removeprefix(" ".join(heading.split())).lstrip()
    return text or " ".join(found.text.split())


class PassageRows(QStyledItemDelegate):
    """Where it stands; below it three lines of it."""

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, theme.px(40) + LINES * theme.px(21) + 8)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found = index.data(ROW)
        if not isinstance(found, Passage):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        if on or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.colour("marker_tint" if on else "hover"))
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.drawLine(QPointF(box.x() + 20, box.bottom() + 0.5), QPointF(box.right(), box.bottom() + 0.5))
        painter.fillRect(
            QRectF(box.x() + 20, box.y() + 12, 3, box.height() - 24), theme.colour("marker_edge" if on else "line")
        )
        self._head(painter, box, found)
        self._text(painter, box.adjusted(36, theme.px(34), -22, 0), found)
        if on and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.restore()

    def _head(self, painter: QPainter, box: QRectF, found: Passage) -> None:
        line = QRectF(box.x() + 36, box.y() + 9, box.width() - 58, theme.px(20))
        middle = Qt.AlignmentFlag.AlignVCenter
        tone = found.label.value
        painter.setFont(theme.font("small", 500))
        wide = QFontMetricsF(painter.font()).horizontalAdvance(tone.capitalize())
        painter.setPen(theme.colour(tone))
        painter.drawText(line, middle | Qt.AlignmentFlag.AlignRight, tone.capitalize())
        spot = QPointF(line.right() - wide - 16, line.center().y() - 6)
        painter.drawPixmap(spot, icons.pixmap(tone, tone, 12, painter.device().devicePixelRatio()))
        line.setRight(spot.x() - 12)
        painter.setFont(theme.font("ui", 600))
        metrics = QFontMetricsF(painter.font())
        title = metrics.elidedText(found.title, Qt.TextElideMode.ElideMiddle, line.width() * 0.62)
        painter.setPen(theme.colour("ink"))
        painter.drawText(line, middle, title)
        line.setLeft(line.left() + metrics.horizontalAdvance(title) + 10)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("ink2"))
        place = QFontMetricsF(painter.font()).elidedText(where(found), Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, middle, place)

    def _text(self, painter: QPainter, box: QRectF, found: Passage) -> None:
        layout = QTextLayout(words_of(found), theme.font("15", 400, SERIF))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        painter.setFont(layout.font())
        painter.setPen(theme.colour("ink"))
        metrics = QFontMetricsF(layout.font())
        layout.beginLayout()
        for number in range(LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(box.width())
            start = line.textStart()
            last = number == LINES - 1
            words = layout.text()[start:] if last else layout.text()[start : start + line.textLength()].rstrip()
            place = QRectF(box.x(), box.y() + number * theme.px(21), box.width(), theme.px(21))
            shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, box.width()) if last else words
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
        layout.endLayout()


class Results(QWidget):
    """Signals:
    opened: a ``Passage``.
    closed: back to the sources.
    """

    opened = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self.model = PassageList()
        self._count = Words("", "ui", 600)
        self._how = Words("", "small", 400, "ink2")
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(PassageRows(self.view))
        self.view.setAccessibleName("Passages found")
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.bar = OverBar(self.view)
        self.view.selectionModel().currentChanged.connect(self._moved)
        self.view.clicked.connect(self._moved)
        back = Button("Back to sources", "small", pressed=self.closed.emit)
        top = row(self._count, self._how, STRETCH, back, margins=(20, 12, 18, 10), space=8)
        advice = Words("Try another word, or search all sources.", "ui", 400, "ink2", wrap=True)
        self._nothing = column(advice, STRETCH, margins=(20, 8, 20, 0))
        fill(self, top, Grow(self._nothing), Grow(self.view))
        self._nothing.hide()

    def retheme(self) -> None:
        self.view.doItemsLayout()

    def show_result(self, words: str, place: str, found: SearchResult) -> None:
        many = len(found.hits)
        self._count.setText(f"{many:,} passage{'' if many == 1 else 's'}" if many else f"Nothing found for “{words}”")
        milliseconds = f"{found.seconds.total * 1000:,.0f} ms"
        self._how.setText(f"in {place}, nearest first, {milliseconds}" if many else f"in {place}")
        self.model.show_passages(found.hits)
        self.view.setVisible(many > 0)
        self._nothing.setVisible(not many)
        self.view.doItemsLayout()

    def enter(self) -> None:
        """Put the keyboard on the best passage."""
        if self.model.rowCount():
            self.view.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.view.setCurrentIndex(self.model.index(0, 0))

    def _moved(self, now: QModelIndex, _before: QModelIndex | None = None) -> None:
        found = now.data(ROW)
        if isinstance(found, Passage):
            self.opened.emit(found)

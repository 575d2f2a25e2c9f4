"""The list of chats beside the transcript."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRectF, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QListView, QVBoxLayout, QWidget

from app.bridge.conversations import ROW, ChatRow, ConversationList
from app.ui import theme
from app.ui.parts.buttons import IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, head
from app.ui.parts.rows import MARGIN, CardRows
from app.ui.parts.search import SearchBox
from app.ui.parts.words import Words

SEARCH_PAUSE_MS = 200


class ChatRows(CardRows[ChatRow]):
    """A heading, or two lines: title; scope and time."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, ChatRow, ROW, entry=50, heading=34, gap=1)

    def draw(self, painter: QPainter, box: QRectF, entry: ChatRow, *, on: bool) -> None:
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("act"))
            painter.drawRoundedRect(QRectF(8, box.y() + 12, 3, box.height() - 24), 1.5, 1.5)
        text = box.adjusted(MARGIN, 0, -MARGIN, 0)
        middle = box.center().y()
        upper = QRectF(text.x(), middle - theme.px(18), text.width(), theme.px(18))
        lower = QRectF(text.x(), middle + 1, text.width(), theme.px(17))
        left = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("ui", 600 if on else 400))
        painter.setPen(theme.colour("ink"))
        shorten = QFontMetricsF(painter.font()).elidedText
        painter.drawText(upper, left, shorten(entry.head.title, Qt.TextElideMode.ElideRight, upper.width()))
        painter.setFont(theme.font("small"))
        metrics = QFontMetricsF(painter.font())
        room = lower.width() - metrics.horizontalAdvance(entry.when) - 8
        painter.setPen(theme.colour("warn" if entry.note.startswith("Waiting") else "ink2" if entry.note else "ink3"))
        painter.drawText(lower, left, metrics.elidedText(entry.note or entry.scope, Qt.TextElideMode.ElideRight, room))
        painter.setPen(theme.colour("ink3"))
        painter.drawText(lower, left | Qt.AlignmentFlag.AlignRight, entry.when)


class Listing(QWidget):
    """Signals:
    chosen: the id of a chat.
    new_wanted: the plus.
    searched: letters, after a pause.
    """

    chosen = Signal(str)
    new_wanted = Signal()
    searched = Signal(str)

    def __init__(self, model: ConversationList) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "panel", NONE, 0)
        self.setAccessibleName("Chats")
        self._model = model
        self._wanted = ""
        self.search = SearchBox("Search chats")
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SEARCH_PAUSE_MS)
        self._pause.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textEdited.connect(lambda _letters: self._pause.start())
        self.view = QListView()
        self.view.setModel(model)
        self.view.setItemDelegate(ChatRows(self.view))
        self.view.setAccessibleName("Chats")
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.selectionModel().currentChanged.connect(self._moved)
        model.modelReset.connect(self._restore)
        self._nothing = Words("", "small", 400, "ink2", wrap=True)
        self._nothing.setContentsMargins(20, 10, 20, 0)
        plus = IconButton("plus", "New chat", tone="ink", size=18, pressed=self.new_wanted.emit)
        top = head(Words("Chats", "head", 600), STRETCH, plus, name="clear", margins=(20, 0, 10, 0))
        fill(self, top, column(self.search, margins=(12, 0, 12, 4)), self._nothing, Grow(self.view))
        self._restore()

    def retheme(self) -> None:
        self.view.doItemsLayout()

    def show_current(self, conversation: str) -> None:
        """Mark a chat as the one that is open; empty marks none."""
        self._wanted = conversation
        self._restore()

    def _restore(self) -> None:
        at = self._model.row_of(self._wanted) if self._wanted else -1
        chosen = self.view.selectionModel()
        with QSignalBlocker(chosen):
            if at >= 0:
                flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
                chosen.setCurrentIndex(self._model.index(at, 0), flag)
            else:
                chosen.clear()
        self.view.viewport().update()
        empty = self._model.rowCount() == 0
        searching = bool(self.search.text().strip())
        self._nothing.setVisible(empty)
        self._nothing.setText(
            "No chat says that. Try another word." if searching else "Your questions are kept here, encrypted."
        )

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        row = now.data(ROW)
        if isinstance(row, ChatRow) and row.head.id != self._wanted:
            self._wanted = row.head.id
            self.chosen.emit(row.head.id)

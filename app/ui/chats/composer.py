"""Where a question is written: one line that grows to 40 % of the window; Stop while an answer is written."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QFocusEvent, QFontMetricsF, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QMenu, QPlainTextEdit, QVBoxLayout

from app.ui import theme
from app.ui.chats.attaching import Chips
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, dress, fill, row, set_property
from app.ui.parts.words import Fact, Words

LARGEST_SHARE = 0.4


class QuestionField(QPlainTextEdit):
    """Signals:
    focus_changed: whether it has the keyboard.
    """

    focus_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Question")
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.retheme()

    def retheme(self) -> None:
        self.setFont(theme.font("read"))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files are for the page, which attaches them; text is for the field."""
        if event.mimeData().hasUrls():
            event.ignore()
        else:
            super().dragEnterEvent(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        if event.mimeData().hasUrls():
            event.ignore()
        else:
            super().dragMoveEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keys with Ctrl or Alt belong to the window, except those that edit."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and is_window_key(event):
            event.ignore()
            return True
        return super().event(event)


def is_window_key(event: QKeyEvent) -> bool:
    """Ctrl+K, Ctrl+E, Ctrl+U and the like: some platforms give them to text fields; here they are the window's."""
    held = event.modifiers()
    if held & Qt.KeyboardModifier.ControlModifier:
        ours = (Qt.Key.Key_K, Qt.Key.Key_E, Qt.Key.Key_U, Qt.Key.Key_B, Qt.Key.Key_D, Qt.Key.Key_N, Qt.Key.Key_P)
        return event.key() in {*ours, Qt.Key.Key_F, Qt.Key.Key_O, Qt.Key.Key_Up, Qt.Key.Key_Return, Qt.Key.Key_Enter}
    return False


class KeepWindowKeys(QObject):
    """Filters a line edit as ``QuestionField`` filters itself."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and is_window_key(event):
            event.ignore()
            return True
        return super().eventFilter(watched, event)


class Composer(QFrame):
    """Signals:
    ask_wanted, stop_wanted, scope_wanted, files_wanted, folder_wanted, remedy_wanted: buttons.
    """

    ask_wanted = Signal()
    stop_wanted = Signal()
    scope_wanted = Signal()
    files_wanted = Signal()
    folder_wanted = Signal()
    remedy_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "composer", (12, 10, 10, 8), 6)
        self.field = QuestionField()
        self.field.focus_changed.connect(lambda on: set_property(self, "on", "true" if on else "false"))
        self.field.textChanged.connect(self._changed)
        self.scope = Button("No documents", "quiet", "folder", pressed=self.scope_wanted.emit)
        self._tools = Button("No tools", "quiet", "tools", pressed=self.scope_wanted.emit)
        self.chips = Chips()
        self.attach = Button("", "quiet", "attach", name="Attach", pressed=self._offer)
        self.attach.setToolTip("Attach files or a folder")
        self._keys = Words("Ctrl+Enter", "small", 400, "ink3")
        self._ask = Button("Ask", "act", "send", pressed=self.ask_wanted.emit)
        self._stop = Button("Stop", "", "halt", tone="ink", pressed=self.stop_wanted.emit)
        self._line = row(self.scope, self.attach, self._tools, STRETCH, self._keys, 8, self._ask, self._stop, space=2)
        self._remedy = Button("Choose a model", "act", pressed=self.remedy_wanted.emit)
        self._why = Fact("warn", "No model is loaded, so no answer can be written.", "warn", "ui", 500, size=16)
        self._missing = row(self._why, STRETCH, self._remedy, space=8)
        fill(self, self.chips, self.field, self._missing, self._line)
        self._running = False
        self._model = True
        self._compact = False
        self._largest = 320
        self.retheme()
        self._update()

    def retheme(self) -> None:
        self._fit()

    def _offer(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Files…", self.files_wanted.emit)
        menu.addAction("Folder…", self.folder_wanted.emit)
        menu.popup(self.attach.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 4)))

    def question(self) -> str:
        return self.field.toPlainText().strip()

    def set_question(self, text: str) -> None:
        self.field.setPlainText(text)
        cursor = self.field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.field.setTextCursor(cursor)

    def set_running(self, *, running: bool) -> None:
        self._running = running
        self._update()

    def set_model(self, *, loaded: bool) -> None:
        self._model = loaded
        self._update()

    def set_scope(self, documents: str, tools: int, hint: str) -> None:
        """Words of the two scope buttons, and what the empty field says."""
        self.scope.setText(documents if len(documents) <= 34 else documents[:32] + "…")
        self.scope.setAccessibleName(f"Scope: {documents}")
        self._tools.setText(f"{tools} tool{'' if tools == 1 else 's'}" if tools else "No tools")
        self.field.setPlaceholderText(hint)
        self._spare()

    def set_room(self, *, height: int, compact: bool) -> None:
        """The height of the window, and whether words must go."""
        self._largest = int(height * LARGEST_SHARE)
        self._compact = compact
        self._update()
        self._fit()

    def _changed(self) -> None:
        self._fit()
        self._ask.setEnabled(self._model)

    def _update(self) -> None:
        self._ask.setVisible(not self._running)
        self._stop.setVisible(self._running)
        self._spare()
        self._missing.setVisible(not self._model and not self._running)
        self._ask.setEnabled(self._model)

    def _spare(self) -> None:
        """The words that can be spared are there while there is room for all of them; what stops is said above."""
        box = self.layout()
        room = self.width() - (box.contentsMargins().left() + box.contentsMargins().right() if box is not None else 0)
        for attach, keys in ((True, True), (False, True), (False, False)):
            self.attach.setText("Attach" if attach and not self._compact else "")
            self.attach.retheme()
            self._keys.setVisible(keys and not self._compact and not self._running)
            if self._line.sizeHint().width() <= room:
                return

    def _fit(self) -> None:
        line = QFontMetricsF(self.field.font()).lineSpacing()
        lines = self.field.document().size().height()
        wanted = max(theme.px(24), int(lines * line) + 4)
        self.field.setFixedHeight(min(wanted, self._largest))
        over = Qt.ScrollBarPolicy.ScrollBarAsNeeded if wanted > self._largest else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.field.setVerticalScrollBarPolicy(over)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spare()
        self._fit()

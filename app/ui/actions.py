"""One table of everything that can be done: it feeds shortcuts, menus, the palette, tooltips and F1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True)
class Deed:
    """One thing that can be done.

    Attributes:
        keys: portable key text; Ctrl is ⌘ on macOS. Empty: palette and menus only.
        local: the keys are heard only inside the pane that binds it.
    """

    id: str
    text: str
    group: str
    keys: tuple[str, ...] = ()
    local: bool = False


TABLE: tuple[Deed, ...] = (
    Deed("palette", "Command palette", "Carrel", ("Ctrl+K",)),
    Deed("page.chats", "Go to Chats", "Carrel", ("Ctrl+1",)),
    Deed("page.documents", "Go to Documents", "Carrel", ("Ctrl+2",)),
    Deed("page.models", "Go to Models", "Carrel", ("Ctrl+3",)),
    Deed("page.tools", "Go to Tools", "Carrel", ("Ctrl+4",)),
    Deed("page.activity", "Go to Activity", "Carrel", ("Ctrl+5",)),
    Deed("page.settings", "Go to Settings", "Carrel", ("Ctrl+6", "Ctrl+,")),
    Deed("pane.next", "Next pane", "Carrel", ("F6",)),
    Deed("pane.previous", "Previous pane", "Carrel", ("Shift+F6",)),
    Deed("back", "Close, deny, stop or go back", "Carrel", ("Esc",)),
    Deed("keys", "Keyboard map", "Carrel", ("F1",)),
    Deed("lock", "Lock Carrel", "Carrel", ("Ctrl+Shift+L",)),
    Deed("quit", "Quit", "Carrel", ("Ctrl+Q",)),
    Deed("light", "Appearance: light", "Carrel"),
    Deed("dark", "Appearance: dark", "Carrel"),
    Deed("system", "Appearance: as the system", "Carrel"),
    Deed("list", "Show or hide the list", "Carrel", ("Ctrl+B",)),
    Deed("chat.evidence", "Show or hide evidence", "Chats", ("Ctrl+E",)),
    Deed("chat.question", "Write a question", "Chats", ("Ctrl+L",)),
    Deed("chat.new", "New chat", "Chats", ("Ctrl+N",)),
    Deed("find", "Find here", "Carrel", ("Ctrl+F",)),
    Deed("documents.search", "Search without asking", "Documents", ("Ctrl+Shift+F",)),
    Deed("chat.ask", "Ask", "Chats", ("Ctrl+Enter", "Ctrl+Return")),
    Deed("chat.again", "Ask again", "Chats", ("Ctrl+R",)),
    Deed("chat.edit", "Edit question", "Chats", ("Ctrl+Up",)),
    Deed("chat.copy", "Copy with quotes", "Chats", ("Ctrl+Shift+C",)),
    Deed("quote.next", "Next quote", "Chats", ("Alt+Down",)),
    Deed("quote.previous", "Previous quote", "Chats", ("Alt+Up",)),
    Deed("file.open", "Open file", "Evidence", ("Ctrl+O",)),
    Deed("zoom.in", "Zoom in", "Evidence", ("Ctrl++", "Ctrl+=")),
    Deed("zoom.out", "Zoom out", "Evidence", ("Ctrl+-",)),
    Deed("zoom.fit", "Fit width", "Evidence", ("Ctrl+0",)),
    Deed("page.previous", "Previous page of the document", "Evidence", ("PgUp",), local=True),
    Deed("page.next", "Next page of the document", "Evidence", ("PgDown",), local=True),
    Deed("chat.artifacts", "Show artifacts", "Chats", ("Ctrl+Shift+E",)),
    Deed("artifact.save", "Save artifact…", "Chats", ("Ctrl+S",)),
    Deed("chat.scope", "Scope: what this chat may read", "Chats", ("Ctrl+Shift+S",)),
    Deed("chat.attach", "Attach files to this chat…", "Chats", ("Ctrl+U",)),
    Deed("chat.attach_folder", "Attach a folder to this chat…", "Chats", ("Ctrl+Shift+U",)),
    Deed("model.choose", "Choose a model", "Models", ("Ctrl+Shift+M",)),
    Deed("permit.once", "Allow once", "Chats", ("Alt+A",)),
    Deed("permit.chat", "Allow in this chat", "Chats", ("Alt+C",)),
    Deed("permit.deny", "Deny", "Chats", ("Alt+D",)),
    Deed("chat.rename", "Rename this chat…", "Chats", ("F2",)),
    Deed("chat.delete", "Delete this chat…", "Chats", ("Ctrl+Backspace",)),
    Deed("chat.restore", "Undo deleting the chat", "Chats"),
    Deed("documents.add", "Add folder…", "Documents", ("Ctrl+Shift+A",)),
    Deed("documents.add_files", "Add files…", "Documents"),
    Deed("documents.collection", "New collection…", "Documents"),
    Deed("details", "Show or hide details", "Documents", ("Ctrl+D",)),
    Deed("documents.again", "Read again", "Documents", ("F5",)),
    Deed("documents.pause", "Pause or resume reading", "Documents", ("Ctrl+P",)),
    Deed("documents.delete", "Delete source…", "Documents", ("Del",), local=True),
    Deed("models.add", "Add a model file…", "Models"),
)


class Actions(QObject):
    """The table as ``QAction``s of one window. What nobody has bound is off and not offered."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._deeds = {deed.id: deed for deed in TABLE}
        self._actions: dict[str, QAction] = {}
        self._slots: dict[str, Callable[[], object]] = {}
        for deed in TABLE:
            action = QAction(deed.text, self)
            action.setShortcuts([QKeySequence(keys) for keys in deed.keys])
            action.setEnabled(False)
            action.triggered.connect(lambda _checked=False, name=deed.id: self.do(name))
            if deed.local:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            else:
                window.addAction(action)
            self._actions[deed.id] = action

    def __getitem__(self, deed: str) -> QAction:
        return self._actions[deed]

    def bind(self, deed: str, act: Callable[[], object], *, pane: QWidget | None = None) -> None:
        """Say what a deed does. ``pane``: where a local deed's keys are heard."""
        self._slots[deed] = act
        self._actions[deed].setEnabled(True)
        if pane is not None:
            pane.addAction(self._actions[deed])

    def enable(self, deed: str, *, on: bool) -> None:
        """Whether a bound deed makes sense now."""
        self._actions[deed].setEnabled(on and deed in self._slots)

    def do(self, deed: str) -> None:
        """Do it, if it is on."""
        if self._actions[deed].isEnabled() and deed in self._slots:
            self._slots[deed]()

    def offered(self) -> tuple[Deed, ...]:
        """What can be done now, for the palette."""
        return tuple(deed for deed in TABLE if self._actions[deed.id].isEnabled() and deed.id != "palette")

    def bound(self) -> tuple[Deed, ...]:
        """What this window can do at all, for the keyboard map."""
        return tuple(deed for deed in TABLE if deed.id in self._slots)


def native_keys(deed: Deed) -> str:
    """The first key sequence as this system writes it."""
    return QKeySequence(deed.keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if deed.keys else ""

"""Deleting a chat and taking it back within thirty seconds."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge.chat import OpenChat
from app.bridge.desk import DeskBridge

UNDO_MS = 30_000


class Deletion(QObject):
    """Remembers the last chat that was deleted, as long as it can come back.

    Signals:
        changed: whether there is something to take back.
    """

    changed = Signal(bool)

    def __init__(self, bridge: DeskBridge, chat: OpenChat) -> None:
        super().__init__()
        self._bridge, self._chat = bridge, chat
        self._gone = ""

    @property
    def possible(self) -> bool:
        """The last deletion can still be undone."""
        return bool(self._gone)

    def delete(self) -> str:
        """Delete the open chat; its title, or "" if none is open."""
        head = self._chat.head
        if head is None:
            return ""
        self._gone = head.id
        self._bridge.delete_conversation(head.id)
        self._chat.draft(head.scope)
        self.changed.emit(True)
        QTimer.singleShot(UNDO_MS, self, lambda: self._forget(head.id))
        return head.title

    def undo(self) -> None:
        """Bring it back and open it."""
        if self._gone:
            gone = self._gone
            self._forget(gone)
            self._bridge.restore_conversation(gone).then(lambda _none: self._chat.open(gone), owner=self)

    def _forget(self, conversation: str) -> None:
        if self._gone == conversation:
            self._gone = ""
            self.changed.emit(False)

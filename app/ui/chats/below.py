"""What stands below the transcript: the composer, or in its place the permission that is asked for."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.events import PermissionAsked
from app.ui.chats.composer import Composer
from app.ui.chats.permission import Decision, PermissionSheet
from app.ui.parts.layout import clear, column, dress, fill, measure


class Below(QWidget):
    """Signals:
    decided: request id and decision.
    answered: the sheet went; the composer is back.
    """

    decided = Signal(str, str)
    answered = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", (32, 4, 32, 14), 0)
        self.composer = Composer()
        self._sheet: PermissionSheet | None = None
        self._place = column()
        fill(self, measure(column(self.composer, self._place)))

    @property
    def pane(self) -> QWidget:
        """What takes the keyboard here."""
        return self._sheet if self._sheet is not None else self.composer.field

    @property
    def asking(self) -> bool:
        """A permission waits."""
        return self._sheet is not None

    def show_permission(self, asked: PermissionAsked | None) -> None:
        """Put the sheet in the composer's place, or the composer back in its own."""
        if self._sheet is not None and asked is not None and self._sheet.asked.request == asked.request:
            return
        had = self._sheet is not None
        clear(self._place)
        self._sheet = None
        self.composer.setVisible(asked is None)
        if asked is not None:
            self._sheet = PermissionSheet(asked)
            self._sheet.decided.connect(self.decided)
            fill(self._place, self._sheet)
            QTimer.singleShot(0, self._sheet, self._sheet.arrive)
        elif had:
            self.answered.emit()

    def decide(self, decision: Decision) -> None:
        """Answer the sheet from the keyboard."""
        if self._sheet is not None:
            self._sheet.decide(decision)

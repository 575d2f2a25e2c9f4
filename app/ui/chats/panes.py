"""List, transcript and evidence side by side, by the rules of ``Room``."""

from __future__ import annotations

from PySide6.QtWidgets import QSplitter, QWidget

from app.ui import theme
from app.ui.chats.room import Room, divide


class Panes(QSplitter):
    """Attributes:
    room: what is shown at this width.
    """

    def __init__(self, listing: QWidget, middle: QWidget, evidence: QWidget) -> None:
        super().__init__()
        self.room = Room()
        self._parts = (listing, middle, evidence)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        for part in self._parts:
            self.addWidget(part)
        self.setStretchFactor(1, 1)

    def set_width(self, width: int) -> None:
        self._take(self.room.at_width(width, theme.look().scale))

    def toggle_list(self) -> None:
        self._take(self.room.toggled_list())

    def toggle_evidence(self) -> None:
        self._take(self.room.toggled_evidence())

    def show_list(self) -> None:
        if not self.room.list_shown:
            self.toggle_list()

    def show_evidence(self) -> None:
        if not self.room.evidence_shown:
            self.toggle_evidence()

    def _take(self, room: Room) -> None:
        self.room = room
        listing, middle, evidence = self._parts
        listing.setVisible(room.list_shown)
        evidence.setVisible(room.evidence_shown)
        middle.setVisible(not (room.covered and room.evidence_shown))
        self.setSizes(list(divide(room)))

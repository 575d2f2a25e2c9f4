"""A list with nothing in it: why, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.places import Place
from app.ui.parts.layout import NONE, STRETCH, Centred, clear, column, dress, fill, row
from app.ui.parts.measures import ProgressLine, Ring
from app.ui.parts.notes import Empty
from app.ui.parts.words import Words

_CALM = {
    "needs": ("check", "Nothing needs you", "Every file that was added was read, or is of a kind that is not read."),
    "standing": ("check", "Nothing changed", "Every file is still the one that was read, by its size and its time."),
    "duplicates": ("check", "No duplicates", "No two files of a collection have the same content."),
}


class Nothing(QWidget):
    """Says why a place is empty. While files are looked at it shows how far that is."""

    def __init__(self, add: Callable[[], object]) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self._add = add
        self._said = ""
        self._body = column(margins=(32, 0, 32, 60))
        self._looked = Words("", "ui", 600)
        self._line = ProgressLine("Looking at the files")
        self._line.setFixedWidth(320)
        self._check = column(
            Centred(row(Ring(16), self._looked, space=10)), Centred(self._line), margins=(32, 0, 32, 60), space=12
        )
        fill(self, STRETCH, self._body, self._check, STRETCH)

    def checking(self, looked: int, total: int) -> None:
        """How far the look at every file is."""
        self._looked.setText(f"Looked at {looked:,} of {total:,} files")
        self._line.show_progress(looked, total)

    def say(self, place: Place, *, checking: bool, reading: bool) -> None:
        self._check.setVisible(checking)
        self._body.setVisible(not checking)
        icon, title, sentence, action = "documents", "", "", ""
        if place.kind in _CALM:
            icon, title, sentence = _CALM[place.kind]
        elif reading:
            title, sentence = "Nothing read yet", "Files appear here as they are read."
        elif place.kind == "collection":
            title, sentence = f"Nothing in {place.name} yet", "Add a folder, or drop files here."
            action = "Add folder…"
        else:
            title = "No documents yet"
            sentence = "Add a folder, or drop files here. They are read on this computer only."
            action = "Add folder…"
        if self._said != title + action:
            self._said = title + action
            clear(self._body)
            fill(self._body, Empty(icon, title, sentence, action, self._add, action_icon="plus", ground="clear"))

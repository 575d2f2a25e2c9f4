"""Text that went into a call or came out of it, on its own ground: its beginning, and the rest on demand."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.ui import figures
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, dress, fill, row
from app.ui.parts.plain import FittedText

LINES, CHARACTERS = 24, 2_400


def beginning(text: str) -> str:
    """Its first lines, as many as a card shows."""
    return "\n".join(text[:CHARACTERS].split("\n")[:LINES])


def end(text: str) -> str:
    """Its last lines: what is being written."""
    return "\n".join(text[-CHARACTERS:].split("\n")[-LINES:])


class ToolText(QFrame):
    """Attributes:
    text: what is shown of it.
    """

    def __init__(self, untrusted_text: str, name: str) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "sunken", (3, 1, 3, 1), 0)
        self._whole = untrusted_text
        begun = beginning(untrusted_text)
        self.text = FittedText(begun, name)
        fill(self, self.text)
        if begun != untrusted_text:
            lines = untrusted_text.count("\n") + 1
            much = figures.plural(lines, "line") if lines > LINES else f"{len(untrusted_text):,} characters"
            self._more = Button(f"Show all {much}", "small", pressed=self._show_all, name=f"{name}: show all {much}")
            self._rest = row(self._more, STRETCH, margins=(8, 2, 8, 8))
            fill(self, self._rest)

    def _show_all(self) -> None:
        self.text.setFocus()
        self._rest.hide()
        self.text.show_text(self._whole)

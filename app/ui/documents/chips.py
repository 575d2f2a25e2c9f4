"""Which outcomes the table shows: a row of chips with their numbers."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from app.bridge.outcomes import DUPLICATES, INDEXED, NEEDS_YOU, NOT_READ
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, dress, fill

CHIPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("All", ()),
    ("Indexed", INDEXED),
    ("Needs you", NEEDS_YOU),
    ("Not read", NOT_READ),
    ("Duplicates", DUPLICATES),
)


class Chips(QWidget):
    """A chip without sources is not shown.

    Signals:
        chosen: a tuple of outcomes; empty means all.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "clear", (20, 12, 20, 10), 6)
        self.setAccessibleName("Show")
        group = QButtonGroup(self)
        self.buttons: dict[str, Button] = {}
        for words, outcomes in CHIPS:
            button = Button(words, "chip")
            button.setCheckable(True)
            button.clicked.connect(lambda _on, chosen=outcomes: self.chosen.emit(chosen))
            group.addButton(button)
            fill(self, button)
            self.buttons[words] = button
        fill(self, STRETCH)
        self.reset()

    def reset(self) -> None:
        """All again, without saying so."""
        self.buttons["All"].setChecked(True)

    def show_counts(self, counts: dict[str, int]) -> None:
        """Numbers by outcome of the collection on show."""
        for words, outcomes in CHIPS:
            button = self.buttons[words]
            number = sum(counts.get(o, 0) for o in outcomes) if outcomes else sum(counts.values())
            button.setText(f"{words} {number:,}")
            button.setAccessibleName(f"{words}, {number:,} source{'' if number == 1 else 's'}")
            button.setVisible(number > 0 or not outcomes or button.isChecked())

"""The two names at the head of what stands beside the transcript: Evidence, and Artifacts with their number."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, dress, fill, set_property

NAMES = ("Evidence", "Artifacts")


class Tabs(QWidget):
    """Each pane has its own; ``current`` is the pane they stand in.

    Signals:
        chosen: the name of another pane.
    """

    chosen = Signal(str)

    def __init__(self, current: str) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "clear", NONE, 20)
        self._current = current
        self._buttons = {name: self._tab(name) for name in NAMES}
        fill(self, *self._buttons.values())
        self.count(0)

    def count(self, artifacts: int) -> None:
        """Say how many artifacts there are."""
        for name, button in self._buttons.items():
            many = f" {artifacts}" if name == "Artifacts" and artifacts else ""
            button.setText(f"{name}{many}")
            shown = ", shown" if name == self._current else ""
            button.setAccessibleName(f"{name}{many}{shown}")

    def take_focus(self) -> None:
        """The keyboard to the name of the pane they stand in."""
        self._buttons[self._current].setFocus(Qt.FocusReason.OtherFocusReason)

    def _tab(self, name: str) -> Button:
        button = Button(name, "tab", pressed=lambda: self._press(name))
        set_property(button, "on", "true" if name == self._current else "false")
        return button

    def _press(self, name: str) -> None:
        if name != self._current:
            self.chosen.emit(name)

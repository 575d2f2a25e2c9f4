"""One of a few: a row of joined buttons."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from app.domain.documents import Label
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, dress, fill


class Choice(QWidget):
    """Signals:
    chosen: the value that was pressed.
    """

    chosen = Signal(str)

    def __init__(self, name: str, options: tuple[tuple[str, str], ...], now: str, *, icons: bool = False) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "clear", NONE, 0)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        for at, (value, words) in enumerate(options):
            button = Button(words, "seg", name=f"{name}: {words}")
            if icons:
                button.set_icon(value, value, 12)
            button.setCheckable(True)
            button.setAutoExclusive(True)  # so that it reads as a radio button
            button.setChecked(value == now)
            button.setProperty("at", "first" if at == 0 else "last" if at == len(options) - 1 else "mid")
            button.toggled.connect(lambda _on: self._rove())
            button.clicked.connect(lambda _checked, pressed=value: self.chosen.emit(pressed))
            self._group.addButton(button)
            self._buttons[value] = button
            fill(self, button)
        self._rove()

    def _rove(self) -> None:
        """Tab comes to what is chosen; the arrows go on from there."""
        for button in self._buttons.values():
            tabbed = button.isChecked() or self._group.checkedButton() is None
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus if tabbed else Qt.FocusPolicy.ClickFocus)

    def value(self) -> str:
        return next((value for value, button in self._buttons.items() if button.isChecked()), "")

    def set_value(self, value: str) -> None:
        if value in self._buttons:
            self._buttons[value].setChecked(True)


def label_choice(now: Label = Label.INTERNAL) -> Choice:
    """The classification of what is added."""
    return Choice("Label", tuple((label.value, label.value.capitalize()) for label in Label), now.value, icons=True)

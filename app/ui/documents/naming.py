"""A new collection: its name and its label, in a row over the list."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit

from app.ui.parts.buttons import Button
from app.ui.parts.choice import label_choice
from app.ui.parts.layout import Grow, dress, fill
from app.ui.parts.words import Words


class NamingRow(QFrame):
    """Signals:
    named: name and label.
    """

    named = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "note", (16, 10, 12, 10), 10)
        self._name = QLineEdit()
        self._name.setAccessibleName("Name of the collection")
        self._name.setPlaceholderText("Name of the collection")
        self._name.returnPressed.connect(self._done)
        self._label = label_choice()
        self._make = Button("Make", "act", pressed=self._done)
        cancel = Button("Cancel", pressed=self.hide)
        fill(self, Words("New collection", "ui", 600), Grow(self._name), self._label, cancel, self._make)
        self.hide()

    def ask(self, name: str) -> None:
        self._name.setText(name)
        self.show()
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name.selectAll()

    def _done(self) -> None:
        if self._name.text().strip():
            self.hide()
            self.named.emit(self._name.text().strip(), self._label.value())

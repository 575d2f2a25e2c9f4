"""The key: kept by the system's keyring, or wrapped by a passphrase. Also how a locked vault is opened."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge, SetupState
from app.kernel.errors import Known
from app.ui.accessibility import announce, give_role
from app.ui.parts.buttons import Button
from app.ui.parts.choice import Choice
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, row
from app.ui.parts.notes import Note
from app.ui.parts.words import Caption, Words

SHORTEST = 12


def secret_field(name: str) -> QLineEdit:
    """A field whose letters are not shown."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setAccessibleName(name)
    return field


def caption(text: str) -> Words:
    return Caption(text, 92, "ui", "ink2")


class KeyBody(QWidget):
    """Signals:
    created: the vault is there.
    """

    created = Signal()

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 12)
        self._bridge = bridge
        self._how = Choice("Key", (("keyring", "System keyring"), ("passphrase", "Passphrase")), "keyring")
        self._how.chosen.connect(lambda _value: self._update())
        self._why = Words("", "small", 400, "ink2", wrap=True)
        self._first, self._second = secret_field("Passphrase"), secret_field("Passphrase again")
        for field in (self._first, self._second):
            field.textEdited.connect(lambda _text: self._update())
            field.returnPressed.connect(self.make_key)
        self._fields = column(
            row(caption("Passphrase"), Grow(self._first), space=8),
            row(caption("Again"), Grow(self._second), space=8),
            space=8,
        )
        self._hint = Words("", "small", 400, "ink3")
        self._button = Button("Create key", "act", pressed=self.make_key)
        self._problem = column()
        said = Words(
            "Everything Carrel keeps is encrypted with one key. Choose where the key itself is kept.",
            "ui",
            400,
            "ink2",
            wrap=True,
        )
        where = row(caption("Keep it in"), self._how, STRETCH, space=8)
        fill(self, said, where, self._why, self._fields, self._problem, row(self._hint, STRETCH, self._button, space=8))
        self._keyring = True
        self._update()

    def show_state(self, state: SetupState) -> None:
        self._keyring = state.keyring
        if not state.keyring:
            self._how.set_value("passphrase")
        self._how.setEnabled(state.keyring)
        self._why.setText(state.keyring_reason)
        self._why.setVisible(bool(state.keyring_reason) and not state.keyring)
        self._update()

    def make_key(self) -> None:
        """Make the vault, if what was typed will do."""
        if self._button.isEnabled():
            passphrase = self._first.text() if self._how.value() == "passphrase" else None
            self._button.setEnabled(False)
            self._bridge.create_key(passphrase).then(self._done, self._failed)

    def _done(self, _none: None) -> None:
        self._first.clear()
        self._second.clear()
        self.created.emit()

    def _failed(self, why: Known) -> None:
        show_failure(self._problem, why)
        self._update()

    def _update(self) -> None:
        typed = self._how.value() == "passphrase"
        self._fields.setVisible(typed)
        first, second = self._first.text(), self._second.text()
        hint = "The key never leaves this computer."
        ready = not typed
        if typed:
            hint = "Without it nothing can be opened again; Carrel cannot reset it."
            if first and len(first) < SHORTEST:
                hint = f"At least {SHORTEST} characters; {len(first)} so far."
            elif first and second and first != second:
                hint = "The two are not the same."
            ready = len(first) >= SHORTEST and first == second
        self._hint.setText(hint)
        self._button.setEnabled(ready)


def show_failure(place: QWidget, why: Known) -> None:
    """One sentence, one remedy, said at once."""
    clear(place)
    note = Note(why.message, why.hint, "stop")
    give_role(note, "alert")
    fill(place, note)
    announce(note, f"{why.message} {why.hint}", at_once=True)


class Unlock(QWidget):
    """A vault that is there and shut.

    Signals:
        unlocked: it is open.
    """

    unlocked = Signal()

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 14)
        self._bridge = bridge
        self.field = secret_field("Passphrase")
        self.field.returnPressed.connect(self.open)
        self._line = row(caption("Passphrase"), Grow(self.field), space=8)
        self._button = Button("Unlock", "act", "key", pressed=self.open)
        self._problem = column()
        self._said = Words("", "ui", 400, "ink2", wrap=True)
        fill(self, self._said, self._line, self._problem, row(STRETCH, self._button))

    def show_state(self, state: SetupState) -> None:
        typed = "passphrase" in state.key_source.lower() or not state.keyring
        self._line.setVisible(typed)
        self._said.setText("Type the passphrase of this vault." if typed else f"The key: {state.key_source.lower()}.")
        clear(self._problem)
        (self.field if typed else self._button).setFocus()

    def open(self) -> None:
        self._button.setEnabled(False)
        passphrase = self.field.text() if not self._line.isHidden() else None
        self._bridge.unlock(passphrase).then(self._done, self._failed)

    def _done(self, _none: None) -> None:
        self.field.clear()
        self._button.setEnabled(True)
        clear(self._problem)
        self.unlocked.emit()

    def _failed(self, why: Known) -> None:
        self._button.setEnabled(True)
        show_failure(self._problem, why)
        self.field.selectAll()
        self.field.setFocus()

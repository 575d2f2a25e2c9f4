"""A model as a card: what it is, whether it fits, what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.model import ModelCard, ModelState
from app.ui import figures
from app.ui.accessibility import give_role
from app.ui.models.verdict import Machine, Verdict, gigabytes, judge
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, Grow, block, clear, column, dress, fill, row, set_property
from app.ui.parts.measures import Meter, Ring, Share
from app.ui.parts.words import Elided, Fact, Words
from app.ui.theme import MONO

METER_WIDTH = 150
NAME_INSET = 6  # the ring of the name stands outside the edge of the words below it
APART = "It is not in the library and cannot be run. Get it again from its publisher and compare the SHA-256."


def line(card: ModelCard) -> str:
    """Purpose, licence, size and context in a line."""
    facts = (card.licence, figures.size(card.bytes), f"context {card.context:,} tokens" if card.context else "")
    purpose = f"{card.purpose.rstrip('.')}.  " if card.purpose else ""
    return purpose + ", ".join(fact for fact in facts if fact)


def refusal(card: ModelCard) -> str:
    """Why it was refused, as a sentence that begins with that word."""
    reason = card.reason.removeprefix("Refused:").strip().rstrip(".") or "it did not pass its checks"
    return f"Refused: {reason[0].lower()}{reason[1:]}"


class ModelCardView(QFrame):
    """Its name is a button that shows its details.

    Signals:
        chosen: the model's id.
        use_wanted, unload_wanted, remove_wanted: the same.
    """

    chosen = Signal(str)
    use_wanted = Signal(str)
    unload_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, card: ModelCard, machine: Machine) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", (16 - NAME_INSET, 13, 14, 13), 8)
        self.card = card
        self.verdict = judge(card, machine)
        refused = card.state is ModelState.REFUSED
        self.name = Button(card.name, "name", pressed=lambda: self.chosen.emit(card.id))
        self.name.setAccessibleName(f"{card.name}, {refusal(card) if refused else self.verdict.words}")
        small = figures.size(card.bytes) if refused else card.quantisation
        self.button = self._button(self.verdict)
        state = Fact("stop", self.verdict.words, "stop", weight=500) if refused else None
        kind = Words(small, "small", 400, "ink3", MONO)
        top = row(self.name, kind, STRETCH, state, self.button, space=8)
        below = column(margins=(NAME_INSET, 0, 0, 0), space=8)
        fill(self, top, below)
        if refused:
            looked = f"Looked at {figures.minute(card.added)}.  SHA-256 {card.sha256}"
            fill(below, Elided(looked, "small", 400, "ink2"), self._refusal(card))
            return
        fill(below, Elided(line(card), "small", 400, "ink2"))
        self._foot = row(space=12)
        verdict = self.verdict
        fact = Fact(verdict.icon, verdict.words, verdict.tone, weight=500)
        fill(self._foot, self._meter(machine, verdict), fact, STRETCH, self._speed(card))
        fill(below, self._foot)

    def set_current(self, *, on: bool) -> None:
        set_property(self, "on", "true" if on else "false")

    def show_loading(self) -> None:
        """It is on its way into memory."""
        if self.button is not None:
            self.button.setEnabled(False)
        clear(self._foot)
        words = Words("Loading; questions wait until it is there", "small", 500)
        fill(self._foot, Ring(14), Grow(words))
        self.name.setAccessibleName(f"{self.card.name}, loading")

    def _button(self, verdict: Verdict) -> Button | None:
        wanted = {"use": self.use_wanted, "unload": self.unload_wanted, "remove": self.remove_wanted}
        if verdict.deed == "":
            return None
        signal = wanted[verdict.deed]
        name = f"{verdict.button.rstrip('…')}: {self.card.name}"
        return Button(verdict.button, "small", pressed=lambda: signal.emit(self.card.id), name=name)

    def _speed(self, card: ModelCard) -> QWidget:
        if not card.tokens_per_second:
            return Words("Speed not measured yet", "small", 400, "ink3")
        speed = Words(f"{card.tokens_per_second:.0f} tokens/s", "small", 600)
        return row(Words("Speed", "small", 400, "ink3"), speed, space=5)

    def _meter(self, machine: Machine, verdict: Verdict) -> Meter | None:
        memory = self.card.memory
        if memory is None or not machine.total:
            return None
        meter = Meter(8, METER_WIDTH)
        give_role(meter, "meter")
        held = verdict.deed == "unload"
        rest = max(machine.used - memory.needed, 0) if held else machine.used
        tone = verdict.tone if verdict.tone != "ink2" else "edge"
        shares = (Share(rest, "ink2"), Share(memory.needed, tone, would_be=not held))
        meter.show_shares(machine.total, shares, f"{gigabytes(memory.needed)} of {gigabytes(machine.total)}")
        return meter

    def _refusal(self, card: ModelCard) -> QWidget:
        said = Fact("stop", refusal(card), "stop", "ui", 600, size=16, wrap=True)
        note = block(said, Words(APART, "small", 400, "ink", wrap=True), name="note", margins=(12, 10, 12, 10), space=3)
        note.setProperty("tone", "stop")
        note.setAccessibleName(f"{refusal(card)}. {APART}")
        return note

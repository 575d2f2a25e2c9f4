"""A model as a card: what it is, whether it fits, what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.model import ModelCard, ModelState
from app.ui import figures
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, block, dress, fill, row, set_property
from app.ui.parts.measures import Meter, Share
from app.ui.parts.words import Elided, Fact, Words
from app.ui.theme import MONO

METER_WIDTH = 150


def verdict(card: ModelCard) -> tuple[str, str, str]:
    """Icon, tone and words: whether it fits now."""
    if card.state is ModelState.REFUSED:
        return ("stop", "stop", "Not admitted")
    if card.state is ModelState.CHECKING:
        return ("wait", "ink2", "Being checked")
    if card.memory is None:
        return ("wait", "ink2", "Not measured yet")
    need, free = figures.size(card.memory.needed), figures.size(card.memory.free)
    if card.in_use:
        return ("check", "vouch", f"In use, {need}")
    if card.memory.fits:
        return ("check", "vouch", f"Fits, needs {need}")
    return ("warn", "warn", f"Needs {need}; {free} are free")


def line(card: ModelCard) -> str:
    """Purpose, licence, size and context in a line."""
    facts = (card.licence, figures.size(card.bytes), f"context {card.context:,} tokens" if card.context else "")
    purpose = f"{card.purpose.rstrip('.')}.  " if card.purpose else ""
    return purpose + ", ".join(fact for fact in facts if fact)


class ModelCardView(QFrame):
    """Its name is a button that shows its details.

    Signals:
        chosen, use_wanted, unload_wanted, remove_wanted: the model's id.
    """

    chosen = Signal(str)
    use_wanted = Signal(str)
    unload_wanted = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self, card: ModelCard, total: int, used: int) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", (16, 13, 14, 13), 8)
        self.card = card
        icon, tone, words = verdict(card)
        self.name = Button(card.name, "name", pressed=lambda: self.chosen.emit(card.id))
        self.name.setAccessibleName(f"{card.name}, {words}")
        top = row(self.name, Words(card.quantisation, "small", 400, "ink3", MONO), STRETCH, *self._buttons(), space=8)
        fill(self, top, Elided(line(card), "small", 400, "ink2"))
        if card.state is ModelState.REFUSED:
            fill(self, self._refusal(card))
            return
        speed = None
        if card.tokens_per_second:
            speed = row(
                Words("Speed", "small", 400, "ink3"),
                Words(f"{card.tokens_per_second:.0f} tokens/s", "small", 600),
                space=5,
            )
        fill(self, row(self._meter(total, used, tone), Fact(icon, words, tone, weight=500), STRETCH, speed, space=12))

    def set_current(self, *, on: bool) -> None:
        set_property(self, "on", "true" if on else "false")

    def _buttons(self) -> list[QWidget]:
        card = self.card
        if card.state is ModelState.REFUSED:
            return [Fact("stop", "Not admitted", "stop", weight=500), self._remove("Delete file")]
        if card.in_use:
            return [Button("Unload", "small", pressed=lambda: self.unload_wanted.emit(card.id))]
        use = Button("Load", "small", pressed=lambda: self.use_wanted.emit(card.id))
        use.setEnabled(card.state is ModelState.ADMITTED)
        return [self._remove("Remove…"), use]

    def _remove(self, words: str) -> Button:
        return Button(words, "small", pressed=lambda: self.remove_wanted.emit(self.card.id))

    def _meter(self, total: int, used: int, tone: str) -> Meter:
        meter = Meter(8, METER_WIDTH)
        memory = self.card.memory
        need = memory.needed if memory is not None else 0
        if self.card.in_use:
            shares: tuple[Share, ...] = (Share(max(used - need, 0), "ink2"), Share(need, "vouch"))
        else:
            shares = (Share(used, "ink2"), Share(need, tone, would_be=True))
        meter.show_shares(total, shares, f"{figures.size(need)} of {figures.size(total)}")
        return meter

    def _refusal(self, card: ModelCard) -> QWidget:
        reason = card.reason.rstrip(".") or "it did not pass its checks"
        said = Fact("stop", f"Refused: {reason[0].lower()}{reason[1:]}", "stop", "ui", 600, size=16, wrap=True)
        told = Words(
            "It was checked without being run, and it stays apart from the library. "
            "Get it again from its publisher and compare the SHA-256.",
            "small",
            400,
            "ink",
            wrap=True,
        )
        note = block(said, told, name="note", margins=(12, 10, 12, 10), space=3)
        note.setProperty("tone", "stop")
        return note

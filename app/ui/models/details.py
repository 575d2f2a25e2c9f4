"""One model: its memory, what was measured, where it comes from, and its way out."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.model import ModelCard, ModelState
from app.ui import figures, theme
from app.ui.accessibility import announce, give_role
from app.ui.documents.details import pair
from app.ui.models.card import refusal
from app.ui.models.verdict import Machine, gigabytes, judge, measured_context
from app.ui.parts.buttons import Button, IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, head, hr, row
from app.ui.parts.measures import Meter, Share
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Caption, Elided, Fact, Words

NOT_MEASURED = "Not measured yet"


class _Swatch(QWidget):
    def __init__(self, tone: str) -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(self._tone))
        painter.drawRoundedRect(QRectF(0, 0, 10, 10), 2, 2)


class RemovalNote(QFrame):
    """Signals:
    confirmed: id of the model to remove.
    """

    confirmed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "note", (14, 12, 14, 12), 8)
        self.setProperty("tone", "stop")
        give_role(self, "alert")
        self._model = ""
        self._title = Fact("stop", "", "stop", "ui", 600, size=16, wrap=True)
        self._words = Words("", "small", 400, "ink2", wrap=True)
        self.keep = Button("Keep", pressed=self.hide)
        self.go = Button("Remove", pressed=lambda: self.confirmed.emit(self._model))
        fill(self, self._title, self._words, row(self.keep, self.go, STRETCH, space=6))
        self.hide()

    def ask(self, card: ModelCard) -> None:
        """Say what would go. The keyboard is on Keep."""
        self._model = card.id
        refused = card.state is ModelState.REFUSED
        title = f"Remove {card.name}?"
        words = (
            "Only the note that it was refused goes. The file you chose stays where it is."
            if refused
            else f"Its {figures.size(card.bytes)} go from the library. The file you added stays where it is; chats stay."
        )
        self._title.set_fact("stop", title, "stop")
        self._words.setText(words)
        self.setAccessibleName(f"{title} {words}")
        self.show()
        self.keep.setFocus(Qt.FocusReason.PopupFocusReason)
        announce(self, self.accessibleName(), at_once=True)


class ModelDetails(QWidget):
    """Signals:
    closed: the person wants it away.
    remove_wanted: id of the model on show.
    """

    closed = Signal()
    remove_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "panel", NONE, 0)
        self.setAccessibleName("Details")
        self.card: ModelCard | None = None
        self._name = Elided("", "head", 600)
        self._state = Fact("dot", "", "ink2", weight=500)
        close = IconButton("close", "Close details", pressed=self.closed.emit)
        self.removal = RemovalNote()
        self._body = column(space=9)
        inner = column(self.removal, self._body, STRETCH, margins=(22, 18, 22, 16), space=14)
        self.remove = Button("Remove…", "quiet", pressed=self._remove)
        self._foot = column(hr(), row(STRETCH, self.remove, margins=(12, 8, 12, 8)))
        top = head(Grow(self._name), self._state, close, margins=(22, 0, 8, 0))
        fill(self, top, Grow(Scroll(inner)), self._foot)

    def show_card(self, card: ModelCard | None, machine: Machine, names: dict[str, str]) -> None:
        """``names``: of the models in the library, by id."""
        if self.card is None or card is None or card.id != self.card.id:
            self.removal.hide()
        self.card = card
        clear(self._body)
        self._name.set_text(card.name if card is not None else "Details")
        self._state.setVisible(card is not None)
        self._foot.setVisible(card is not None)
        if card is None:
            said = "Choose a model to see what it needs and where it comes from."
            fill(self._body, Words(said, "small", 400, "ink2", wrap=True))
            return
        self._state.set_fact(*self._standing(card, machine))
        if card.state is ModelState.REFUSED:
            fill(self._body, Words(f"{refusal(card)}.", "small", 500, "stop", wrap=True), 6, hr(), 6)
        else:
            self._memory(card, machine)
            self._measured(card)
        fill(self._body, self._title("Where it comes from"), *self._origin(card, names))

    def _standing(self, card: ModelCard, machine: Machine) -> tuple[str, str, str]:
        found = judge(card, machine)
        if found.deed == "unload":
            return ("dot", "Loaded", "vouch")
        if card.state is ModelState.REFUSED:
            return ("stop", "Not admitted", "stop")
        return ("dot", "Chosen", "ink2") if card.in_use else ("dot", "Not loaded", "ink2")

    def _remove(self) -> None:
        if self.card is not None:
            self.remove_wanted.emit(self.card.id)

    def _title(self, words: str, right: str = "") -> QWidget:
        return row(Words(words, "ui", 600), STRETCH, Words(right, "small", 400, "ink3"))

    def _memory(self, card: ModelCard, machine: Machine) -> None:
        memory = card.memory
        if memory is None:
            fill(self._body, self._title("Memory", NOT_MEASURED), 6, hr(), 6)
            return
        tokens = measured_context(memory)
        parts = (
            ("act", "Weights", memory.weights),
            ("ink3", f"Context, {tokens:,} tokens", max(memory.needed - memory.weights - memory.working, 0)),
            ("edge", "Working space", memory.working),
        )
        meter = Meter(10)
        give_role(meter, "meter")
        total = max(machine.total, memory.needed)
        shares = tuple(Share(amount, tone) for tone, _, amount in parts)
        meter.show_shares(total, shares, f"{gigabytes(memory.needed)} of {gigabytes(total)}")
        fill(self._body, self._title("Memory", gigabytes(memory.needed)), meter)
        for tone, name, amount in parts:
            told = Words(name, "small", 400, "ink2")
            fill(self._body, row(_Swatch(tone), told, STRETCH, Words(gigabytes(amount), "small", 500), space=8))
        per = f"{figures.size(memory.kv_per_1k_tokens)} more for each 1,000 tokens of context"
        fill(self._body, Words(per, "small", 400, "ink3"), 6, hr(), 6)

    def _measured(self, card: ModelCard) -> None:
        """Only figures there are: no test of answers has been run on this computer."""
        speed = f"{card.tokens_per_second:.1f} tokens/s at its first load" if card.tokens_per_second else NOT_MEASURED
        lines = (("Speed", speed), ("Quotes", NOT_MEASURED), ("Tool calls", NOT_MEASURED))
        rows = [pair(name, value, "ink3" if value == NOT_MEASURED else "ink", width=96) for name, value in lines]
        fill(self._body, self._title("Measured on this computer"), *rows, 6, hr(), 6)

    def _origin(self, card: ModelCard, names: dict[str, str]) -> list[QWidget]:
        admitted = card.state is ModelState.ADMITTED
        lines = (
            ("Publisher", card.publisher, False),
            ("Licence", card.licence, False),
            ("File", card.source, False),
            ("Kind", card.architecture, False),
            ("Parameters", f"{card.parameters / 1e9:.2f} billion" if card.parameters else "", False),
            ("Trained for", f"{card.context:,} tokens of context" if card.context else "", False),
            ("SHA-256", card.sha256, True),
            ("Admitted" if admitted else "Looked at", figures.minute(card.added), False),
            ("Before it", names.get(card.before or "", ""), False),
        )
        rows = [pair(name, value, mono=mono, width=96) for name, value, mono in lines if value]
        if admitted:
            rows.append(
                row(Caption("Checks", 96), Fact("check", "Structure, SHA-256, first load", "vouch"), STRETCH, space=8)
            )
        return rows

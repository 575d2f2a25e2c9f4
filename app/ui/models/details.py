"""One model: its memory, its speed, where it comes from."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.model import ModelCard, ModelState
from app.ui import figures, theme
from app.ui.documents.details import pair
from app.ui.models.card import verdict
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, head, hr, row
from app.ui.parts.measures import Meter, Share
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Elided, Fact, Words


class _Swatch(QWidget):
    def __init__(self, tone: str) -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour(self._tone))
        painter.setBrush(theme.colour(self._tone))
        painter.drawRoundedRect(QRectF(0.5, 0.5, 9, 9), 2, 2)


class ModelDetails(QWidget):
    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "panel", NONE, 0)
        self.setAccessibleName("Details")
        self._name = Elided("", "head", 600)
        self._state = Fact("dot", "", "ink2", weight=500)
        self._body = column(margins=(22, 18, 22, 16), space=9)
        fill(
            self, head(Grow(self._name), self._state, margins=(22, 0, 18, 0)), Grow(Scroll(column(self._body, STRETCH)))
        )

    def show_card(self, card: ModelCard | None, total: int) -> None:
        clear(self._body)
        self._name.set_text(card.name if card is not None else "")
        self._state.setVisible(card is not None)
        if card is None:
            fill(
                self._body,
                Words("Choose a model to see what it needs and where it comes from.", "small", 400, "ink2", wrap=True),
            )
            return
        icon, tone, words = verdict(card)
        in_use = ("dot", "Loaded", "vouch")
        self._state.set_fact(*(in_use if card.in_use else (icon, words.split(",")[0].split(";")[0], tone)))
        self._memory(card, total)
        if card.tokens_per_second:
            fill(
                self._body,
                self._title("Measured on this computer"),
                pair("Speed", f"{card.tokens_per_second:.1f} tokens/s", width=96),
                4,
                hr(),
                4,
            )
        fill(self._body, self._title("Where it comes from"))
        for line in self._origin(card):
            fill(self._body, line)

    def _title(self, words: str, right: str = "") -> QWidget:
        return row(Words(words, "ui", 600), STRETCH, Words(right, "small", 400, "ink3"))

    def _memory(self, card: ModelCard, total: int) -> None:
        memory = card.memory
        if memory is None:
            return
        context = max(memory.needed - memory.weights - memory.working, 0)
        parts = (
            ("act", "Weights", memory.weights),
            ("ink3", "Context", context),
            ("edge", "Working space", memory.working),
        )
        meter = Meter(10)
        shares = tuple(Share(amount, tone) for tone, _, amount in parts)
        meter.show_shares(max(total, memory.needed), shares, f"{figures.size(memory.needed)} of {figures.size(total)}")
        fill(self._body, self._title("Memory", figures.size(memory.needed)), meter)
        for tone, name, amount in parts:
            told = Words(name, "small", 400, "ink2")
            fill(self._body, row(_Swatch(tone), told, STRETCH, Words(figures.size(amount), "small", 500), space=8))
        per = f"{figures.size(memory.kv_per_1k_tokens)} for each 1,000 tokens of context"
        fill(self._body, Words(per, "small", 400, "ink3"), 4, hr(), 4)

    def _origin(self, card: ModelCard) -> list[QWidget]:
        checks = "structure, SHA-256, first load" if card.state is ModelState.ADMITTED else card.reason
        lines = (
            ("Publisher", card.publisher, False),
            ("Licence", card.licence, False),
            ("Source", card.source, False),
            ("Architecture", card.architecture, False),
            ("Parameters", f"{card.parameters / 1e9:.2f} billion" if card.parameters else "", False),
            ("Context", f"{card.context:,} tokens" if card.context else "", False),
            ("SHA-256", card.sha256, True),
            ("Added", figures.minute(card.added), False),
            ("Checks", checks, False),
        )
        return [pair(name, value, mono=mono, width=96) for name, value, mono in lines if value]

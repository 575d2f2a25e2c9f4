"""A quote as a card: its words in serif, and one button that opens it on its page."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.messages import Answer, Quote, QuoteState
from app.ui import theme
from app.ui.parts.buttons import Button, RowButton
from app.ui.parts.layout import STRETCH, Item, dress, fill, row, set_property
from app.ui.parts.marks import Mark, MarkState
from app.ui.parts.text import TextBlock, escaped
from app.ui.parts.words import Fact, Tag, Words, citation


def mark_state(quote: Quote, *, opened: bool = False) -> MarkState:
    """How the mark of a quote is drawn."""
    if quote.state is not QuoteState.VERIFIED or not quote.verified:
        return "stale"
    return "open" if opened else "verified"


def with_stale(answer: Answer, source: str) -> Answer:
    """The answer once the file of a source is another than was read: its quotes are no longer vouched for."""
    stale = {"state": QuoteState.STALE}
    quotes = tuple(
        quote.model_copy(update=stale) if quote.source == source and quote.state is QuoteState.VERIFIED else quote
        for quote in answer.quotes
    )
    return answer.model_copy(update={"quotes": quotes})


def spoken(quote: Quote) -> str:
    """The name of the button that opens it."""
    how = {
        QuoteState.VERIFIED: "word for word" if quote.verified else "not found in the source",
        QuoteState.STALE: "file changed after it was read",
        QuoteState.REMOVED: "removed with its document",
    }[quote.state]
    place = f", page {quote.page + 1}" if quote.page is not None else ""
    return f"Quote {quote.number}, {how}, {quote.title}{place}"


RING = 5  # the ring of the keyboard goes round the line, not through it
INSIDE = (RING, 0, RING, 0)


class QuoteCard(QFrame):
    """Signals:
    opened: the number of the quote.
    read_again: the source whose file changed.
    """

    opened = Signal(int)
    read_again = Signal(str)

    def __init__(self, quote: Quote) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "quote", (14 - RING, 8, 10 - RING, 6), 4)
        self.quote = quote
        self.mark = Mark(quote.number, mark_state(quote))
        state = "verified" if quote.state is QuoteState.VERIFIED and quote.verified else "stale"
        self.setProperty("state", "removed" if quote.state is QuoteState.REMOVED else state)
        if quote.state is QuoteState.REMOVED:
            self.line = self._line(Fact("close", "Quote removed with its document", "ink2", weight=500), STRETCH)
            fill(self, self.line)
            return
        tone = "ink" if state == "verified" else "ink2"
        words = TextBlock(
            f"<p>“{escaped(quote.text)}”</p>", family=theme.SERIF, tone=tone, line=22, name=f"Quote {quote.number}"
        )
        words.setViewportMargins(*INSIDE)
        fill(self, words)
        where = citation(quote.title, quote.page)
        if state == "verified":
            vouch = Fact("verified", "Word for word", "vouch", weight=500)
            self.line = self._line(self.mark, vouch, Words("·", "small", 400, "ink3"), where, Tag(quote.label))
            fill(self, self.line)
            return
        self.line = self._line(self.mark, where, Tag(quote.label))
        why = "File changed after it was read" if quote.state is QuoteState.STALE else "Not found in the source"
        again = Button("Read again", "small", pressed=lambda: self.read_again.emit(quote.source))
        under = row(Fact("stale", why, "warn", weight=500), STRETCH, again, margins=INSIDE, space=8)
        fill(self, self.line, under)

    def _line(self, *items: Item) -> RowButton:
        made = RowButton(*items, name=spoken(self.quote), kind="line", height=24, margins=INSIDE)
        made.clicked.connect(lambda _checked: self.opened.emit(self.quote.number))
        return made

    def set_open(self, *, on: bool) -> None:
        """Tint it while its page is shown."""
        set_property(self, "on", "true" if on else "false")
        self.mark.set_state(mark_state(self.quote, opened=on))


class WritingQuote(QFrame):
    """A quote that is being written; it is vouched for only once the answer is saved."""

    def __init__(self, number: int) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "quote", (14, 8, 10, 6), 4)
        self.setProperty("state", "writing")
        self._text = ""
        self._words = TextBlock("", family=theme.SERIF, line=22, tone="ink2", name=f"Quote {number}, being written")
        self._state = Fact("pencil", "Being written", "ink2", weight=500)
        fill(self, self._words, row(Mark(number, "stale"), self._state, STRETCH, space=8))

    def grow(self, text: str, *, done: bool) -> None:
        self._text += text
        self._words.set_markup(f"<p>“{escaped(self._text)}{'”' if done else ''}</p>")
        if done:
            self._state.set_fact("wait", "Being compared with the source", "ink2")

"""What the model has written so far in one reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.chat.citations import Written
from app.domain.messages import UsageTotals
from app.engine.formats import ANSWER

if TYPE_CHECKING:
    from app.domain.stream import QuoteDelta, Usage


@dataclass
class Draft:
    """Attributes:
    text: the words.
    called: a call was written to its end.
    """

    text: str = ""
    called: bool = False
    _quotes: dict[int, Written] = field(default_factory=dict)
    _finished: set[int] = field(default_factory=set)

    @property
    def words(self) -> str:
        """The answer, without the literal that announces it."""
        return self.text.strip().removeprefix(ANSWER.strip()).strip()

    @property
    def quotes(self) -> tuple[Written, ...]:
        """Quotes that were written to their end, in order. Half a quote is none."""
        return tuple(quote for index, quote in sorted(self._quotes.items()) if index in self._finished)

    def add(self, event: QuoteDelta) -> None:
        """More of a quote."""
        before = self._quotes.get(event.index)
        self._quotes[event.index] = Written(event.passage, (before.text if before else "") + event.text)
        if event.done:
            self._finished.add(event.index)


def added(totals: UsageTotals, usage: Usage) -> UsageTotals:
    """A turn may ask the model several times; the context is the same each time."""
    return UsageTotals(
        prompt_tokens=totals.prompt_tokens + usage.prompt_tokens,
        cached_tokens=totals.cached_tokens + usage.cached_tokens,
        completion_tokens=totals.completion_tokens + usage.completion_tokens,
        context_tokens=totals.context_tokens,
    )

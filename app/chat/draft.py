"""What the model has written so far in one reply, and how a reply begins that goes on with an earlier one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.chat.citations import Written
from app.domain.generation import QuoteFirst
from app.domain.messages import UsageTotals
from app.engine.formats import ANSWER, QUOTE_END, QUOTE_HEAD_END, QUOTE_OPEN, sentence_line

if TYPE_CHECKING:
    from app.domain.messages import Answer
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


def begun(answer: Answer, constraint: QuoteFirst | None) -> str:
    """``answer`` as the beginning of a reply under ``constraint``; nothing when the passages hold none of its quotes."""
    if constraint is None:
        return answer.text
    lines: list[str] = []
    used: set[tuple[int, int]] = set()
    for quote in answer.quotes:
        place = _place(sentence_line(quote.text), constraint)
        if place and used.isdisjoint(place) and len(lines) < constraint.most_quotes:
            used |= place
            number = next(iter(place))[0] + 1
            lines.append(f"{QUOTE_OPEN}{number}{QUOTE_HEAD_END}{sentence_line(quote.text)}{QUOTE_END}")
    words = ANSWER + answer.text if answer.text and lines else ""
    return "".join(lines) + words


def _place(line: str, constraint: QuoteFirst) -> set[tuple[int, int]]:
    """The sentences a quote consists of: numbers of the passage and of the sentence, both from 0."""
    for number, passage in enumerate(constraint.passages):
        lines = [sentence_line(sentence) for sentence in passage]
        for size in range(1, constraint.most_sentences + 1):
            for start in range(len(lines) - size + 1):
                if " ".join(lines[start : start + size]) == line:
                    return {(number, at) for at in range(start, start + size)}
    return set()

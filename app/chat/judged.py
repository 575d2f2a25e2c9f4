"""A draft checked against the passages it was written from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chat import evidence, sums
from app.chat.citations import borne_out, check_quotes, check_sentences

if TYPE_CHECKING:
    from app.chat.calls import Calls
    from app.chat.citations import Shown
    from app.chat.draft import Draft


class Judged:
    """Attributes:
    draft: what was judged; another one needs another judgement.
    quotes: those that bear it.
    sentences: each with what supports it.
    """

    def __init__(self, draft: Draft, shown: tuple[Shown, ...], question: str) -> None:
        self.draft = draft
        self._question = question
        self._passages = tuple(one.found.passage for one in shown)
        self._written = check_quotes(draft.quotes, shown)
        self.quotes = borne_out(draft.words, self._written, shown, question)
        texts = tuple(passage.text for passage in self._passages)
        self.sentences = check_sentences(draft.words, self.quotes, question, texts)

    def lack(self, matter: str, calls: Calls) -> evidence.Lack | None:
        """Why it is no answer, or None. ``matter``: what a quote must speak of; ``calls``: of the turn so far."""
        results = sums.results(calls, self._question, (*self.quotes, *self._written))
        return evidence.lack_after(matter, self.quotes, self.sentences, self._passages, results)

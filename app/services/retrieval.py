"""Passages within a scope: for a person who searches, and for a turn, with the text around each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.chat.citations import SURROUNDINGS, Found
from app.documents.scope import Reach
from app.domain.documents import Span
from app.kernel.errors import Known
from app.tools.redaction import covered, secret_places

if TYPE_CHECKING:
    from app.documents.search import Mode, Search
    from app.documents.store import DocumentStore
    from app.domain.documents import Passage, SearchResult


class Covered(Found):
    """A passage as a model may read it: its secrets are covered, and no sentence that holds one can be quoted.

    Attributes:
        hidden: what is covered, as spans of the passage's text.
    """

    hidden: tuple[Span, ...] = ()

    def units(self) -> tuple[Span, ...]:
        units = super().units()
        return tuple(
            unit for unit in units if not any(one.start < unit.end and unit.start < one.end for one in self.hidden)
        )


class Retrieval:
    def __init__(self, search: Search, store: DocumentStore) -> None:
        self._search = search
        self._store = store

    async def find(self, query: str, collections: tuple[str, ...], k: int, mode: Mode = "hybrid") -> SearchResult:
        """The best passages of ``collections``. An embedder that died meanwhile is asked once more."""
        try:
            return await self._search.find(query, Reach(collections), k, mode)
        except Known as known:
            if not known.retryable:
                raise
            return await self._search.find(query, Reach(collections), k, mode)

    async def found(self, query: str, collections: tuple[str, ...], most: int) -> tuple[Covered, ...]:
        """The best passages of ``collections``, best first, so that whole sentences can be told in them; secrets covered.

        Nothing in scope finds nothing.
        """
        if not collections:
            return ()
        hits = (await self.find(query, collections, most)).hits
        texts: dict[str, str] = {}
        return tuple([await self._around(hit, texts) for hit in hits])

    async def _around(self, passage: Passage, texts: dict[str, str]) -> Covered:
        if passage.source not in texts:
            try:
                texts[passage.source] = await self._store.text(passage.source)
            except Known:  # deleted since it was found: it can still be shown, it cannot be quoted beyond itself
                texts[passage.source] = ""
        text, (start, end) = texts[passage.source], passage.span
        hidden = await asyncio.to_thread(_hidden, passage, text)
        return Covered(
            passage=passage.model_copy(update={"text": covered(passage.text, hidden)}),
            hidden=hidden,
            before=text[max(0, start - SURROUNDINGS) : start],
            after=text[end : end + SURROUNDINGS],
        )


def _hidden(passage: Passage, text: str) -> tuple[Span, ...]:
    """Where secrets stand in ``passage``, told by the ``text`` it is a part of where it is one, else by itself."""
    start, end = passage.span
    if text[start:end] != passage.text:
        return secret_places(passage.text, 0, len(passage.text))
    return tuple(Span(first - start, last - start) for first, last in secret_places(text, start, end))

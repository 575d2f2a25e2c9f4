"""Passages within a scope: for a person who searches, and for a turn, with the text around each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chat.citations import SURROUNDINGS, Found
from app.documents.scope import Reach
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.documents.search import Mode, Search
    from app.documents.store import DocumentStore
    from app.domain.documents import Passage, SearchResult


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

    async def found(self, query: str, collections: tuple[str, ...], most: int) -> tuple[Found, ...]:
        """The best passages of ``collections``, best first, so that whole sentences can be told in them.

        Nothing in scope finds nothing.
        """
        if not collections:
            return ()
        hits = (await self.find(query, collections, most)).hits
        texts: dict[str, str] = {}
        return tuple([await self._around(hit, texts) for hit in hits])

    async def _around(self, passage: Passage, texts: dict[str, str]) -> Found:
        if passage.source not in texts:
            try:
                texts[passage.source] = await self._store.text(passage.source)
            except Known:  # deleted since it was found: it can still be shown, it cannot be quoted beyond itself
                texts[passage.source] = ""
        text, (start, end) = texts[passage.source], passage.span
        return Found(
            passage=passage,
            before=text[max(0, start - SURROUNDINGS) : start],
            after=text[end : end + SURROUNDINGS],
        )

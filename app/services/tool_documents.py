"""The documents that tools see: those of one conversation's collections, as ``app.tools.means.Documents``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.documents.ordering import natural
from app.documents.store import missing

if TYPE_CHECKING:
    from app.chat.citations import Found
    from app.documents.store import DocumentStore
    from app.domain.documents import Passage, Source
    from app.services.retrieval import Retrieval


class ScopedDocuments:
    """Attributes:
    brought: the passages that searches brought, whole, so that they can be quoted.
    covered: secrets that were covered in them.
    """

    def __init__(self, retrieval: Retrieval, store: DocumentStore, collections: tuple[str, ...]) -> None:
        self.brought: list[Found] = []
        self.covered = 0
        self._retrieval = retrieval
        self._store = store
        self._collections = collections

    async def search(self, query: str, most: int) -> tuple[Passage, ...]:
        found = await self._retrieval.found(query, self._collections, most)
        self.brought.extend(found)
        self.covered += sum(len(one.hidden) for one in found)
        return tuple(one.passage for one in found)

    async def list(self, contains: str, most: int) -> tuple[tuple[Source, ...], int]:
        pages = [await self._store.sources(collection, search=contains, limit=most) for collection in self._collections]
        rows = sorted((row for page in pages for row in page.rows), key=lambda row: natural(row.path))
        return tuple(rows[:most]), sum(page.total for page in pages)

    async def read(self, source: str) -> tuple[Source, str]:
        row = await self._store.source(source)
        if row.collection not in self._collections:
            raise missing()
        return row, await self._store.text(source)

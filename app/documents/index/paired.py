"""Exact and Chroma side by side: broad questions to Chroma while it can be trusted, everything else to the exact one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from app.documents.index.chroma import ChromaIndex
from app.documents.index.exact import ExactIndex
from app.documents.index.port import Hits, Ids, Matrix, VectorIndex
from app.kernel.errors import Known
from app.kernel.log import logger

LOG = logger(__name__)
REBUILD_BATCH = 1000
MOST_FAILURES = 3
PROBES = 5

Opener = Callable[[], Awaitable[ChromaIndex]]


class PairedIndex:
    """Every write goes to both. When Chroma dies, hangs or disagrees, it is closed and rebuilt in the background
    from the exact index; after ``MOST_FAILURES`` rebuilds in a row it stays off for the session.

    Args:
        exact: holds every vector.
        open_chroma: starts an empty Chroma; None runs without.
    """

    def __init__(self, exact: ExactIndex, open_chroma: Opener | None) -> None:
        self.exact = exact
        self._open = open_chroma
        self._chroma: VectorIndex | None = None
        self._building: asyncio.Task[None] | None = None
        self._behind: list[tuple[Ids, Matrix | None]] = []
        self._failures = 0

    @property
    def state(self) -> str:
        """``chroma`` serving broad questions, ``building``, or ``exact`` alone."""
        if self._chroma is not None:
            return "chroma"
        return "building" if self._building is not None and not self._building.done() else "exact"

    def build(self) -> None:
        """Start (re)building Chroma in the background."""
        if self._open is not None and self.state == "exact" and self._failures < MOST_FAILURES:
            self._building = asyncio.get_running_loop().create_task(self._build(self._open))

    async def built(self) -> None:
        """Wait for a build that is under way."""
        if self._building is not None:
            await asyncio.shield(self._building)

    async def upsert(self, ids: Ids, vectors: Matrix) -> None:
        await self.exact.upsert(ids, vectors)
        await self._follow(ids, vectors)

    async def delete(self, ids: Ids) -> None:
        await self.exact.delete(ids)
        await self._follow(ids, None)

    async def query(self, vector: Matrix, k: int, allow: Ids | None = None) -> Hits:
        if self._chroma is not None and allow is None:
            try:
                hits = await self._chroma.query(vector, k)
            except Known as known:
                await self._distrust(known.code)
            else:
                if len(hits.ids) == min(k, await self.exact.count()):
                    return hits
                await self._distrust("carrel.index.short")
        return await self.exact.query(vector, k, allow)

    async def count(self) -> int:
        return await self.exact.count()

    async def high_water(self) -> int:
        return await self.exact.high_water()

    async def close(self) -> None:
        if self._building is not None:
            self._building.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._building
        if self._chroma is not None:
            await self._chroma.close()
            self._chroma = None
        await self.exact.close()

    async def _follow(self, ids: Ids, vectors: Matrix | None) -> None:
        if self.state == "building":
            self._behind.append((ids, vectors))
        elif self._chroma is not None:
            try:
                await _apply(self._chroma, ids, vectors)
            except Known as known:
                await self._distrust(known.code)

    async def _distrust(self, code: str) -> None:
        LOG.warning("index distrusted: %s", code)
        doubtful, self._chroma = self._chroma, None
        self._failures += 1
        if doubtful is not None:
            await doubtful.close()
        self.build()

    async def _build(self, opener: Opener) -> None:
        """Until one stands, or too many failed in a row."""
        while self._chroma is None and self._failures < MOST_FAILURES:
            await self._try(opener)

    async def _try(self, opener: Opener) -> None:
        chroma: ChromaIndex | None = None
        self._behind = []
        try:
            ids, vectors = self.exact.all()
            chroma = await opener()
            for start in range(0, len(ids), REBUILD_BATCH):
                await chroma.upsert(ids[start : start + REBUILD_BATCH], vectors[start : start + REBUILD_BATCH])
            while self._behind:
                await _apply(chroma, *self._behind.pop(0))
            if not await self._agrees(chroma):
                raise Known("carrel.index.doubt", "The index disagrees with the database.", "It is being rebuilt.")
        except Known as known:
            LOG.warning("index not built: %s", known.code)
            self._failures += 1
            if chroma is not None:
                await chroma.close()
        except BaseException:
            if chroma is not None:
                await chroma.close()
            raise
        else:
            self._chroma = chroma
            self._failures = 0

    async def _agrees(self, chroma: ChromaIndex) -> bool:
        """The same number of vectors, and a few of them find themselves."""
        ids, vectors = self.exact.all()
        if await chroma.count() != len(ids):
            return False
        for row in range(0, len(ids), max(1, len(ids) // PROBES)):
            hits = await chroma.query(vectors[row], 1)
            if not len(hits.ids) or hits.similarities[0] < 0.999:
                return False
        return True


async def _apply(index: VectorIndex, ids: Ids, vectors: Matrix | None) -> None:
    if vectors is None:
        await index.delete(ids)
    else:
        await index.upsert(ids, vectors)

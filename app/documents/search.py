"""Hybrid search: BM25 and vectors, fused by how far a hit stands out, inside a scope that SQL decided."""

from __future__ import annotations

import json
import time
from typing import Any, Literal

import apsw

from app.documents.fusion import Scores, fuse
from app.documents.index.port import Hits, Matrix, VectorIndex, nothing
from app.documents.lexical import search_words
from app.documents.records import CHUNK_COLUMNS, SOURCE_COLUMNS, Numbers, chunk_of, source_of, unpacked
from app.documents.scope import Reach, allowed
from app.documents.store import passage_of
from app.domain.documents import Passage, SearchResult, SearchSeconds
from app.domain.embedding import Embedder
from app.vault.database import Database, last_change

Mode = Literal["hybrid", "lexical", "vector"]

DEPTH = 100
MOST_QUERY = 4000


class Search:
    """Questions over one vault.

    Args:
        index: holds the vectors of ``embedder``.
    """

    def __init__(self, database: Database, embedder: Embedder, index: VectorIndex) -> None:
        self._database = database
        self._embedder = embedder
        self._index = index
        self._scoped: tuple[Reach, int, Numbers | None] | None = None

    async def find(self, query: str, reach: Reach, k: int = 10, mode: Mode = "hybrid") -> SearchResult:
        """The ``k`` best passages within ``reach``; none for an empty reach or question."""
        began = time.perf_counter()
        query = query[:MOST_QUERY].replace("\0", " ").strip()
        if not query or not reach.collections or k < 1:
            return SearchResult(hits=(), seconds=SearchSeconds(embed=0, lexical=0, vector=0, total=0))
        depth = max(DEPTH, 2 * k)
        embedded = lexical = began
        vector: Matrix | None = None
        if mode != "lexical":
            vector = (await self._embedder.embed([query], urgent=True))[0]
        embedded = time.perf_counter()
        words: Scores = {}
        if mode != "vector":
            words = await self._database.read(lambda connection: search_words(connection, query, reach, depth))
        lexical = time.perf_counter()
        near = nothing() if vector is None else await self._near(vector, reach, depth)
        vectored = time.perf_counter()
        similar: Scores = dict(zip(near.ids.tolist(), near.similarities.tolist(), strict=True))
        hits = await self._database.read(lambda connection: _best(connection, words, similar, vector, reach, k))
        seconds = SearchSeconds(
            embed=embedded - began,
            lexical=lexical - embedded,
            vector=vectored - lexical,
            total=time.perf_counter() - began,
        )
        return SearchResult(hits=hits, seconds=seconds)

    async def _near(self, vector: Matrix, reach: Reach, depth: int) -> Hits:
        allow = await self._database.read(lambda connection: self._allow(connection, reach))
        return await self._index.query(vector, depth, allow)

    def _allow(self, connection: apsw.Connection, reach: Reach) -> Numbers | None:
        """The scope as numbers, worked out anew only after a change."""
        change = last_change(connection)
        if self._scoped is None or self._scoped[:2] != (reach, change):
            self._scoped = (reach, change, allowed(connection, reach))
        return self._scoped[2]


def _best(
    connection: apsw.Connection, words: Scores, near: Scores, vector: Matrix | None, reach: Reach, k: int
) -> tuple[Passage, ...]:
    """The ``k`` best of both lists; what the vector search did not see is measured here."""
    measured = (
        {} if vector is None else _measured(connection, [number for number in words if number not in near], vector)
    )
    scores = fuse(words, near, measured)
    best = dict(sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:k])
    return _passages(connection, best, {**measured, **near}, reach)


def _measured(connection: apsw.Connection, numbers: list[int], vector: Matrix) -> Scores:
    """Cosines of chunks whose vector has the length of this one."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "SELECT chunk, vector FROM embedding WHERE chunk IN (SELECT value FROM json_each(?)) AND length(vector) = ?",
        (json.dumps(numbers), 2 * len(vector)),
    ).fetchall()
    if not rows:
        return {}
    cosines = unpacked([blob for _, blob in rows], len(vector)) @ vector
    return {number: float(cosine) for (number, _), cosine in zip(rows, cosines, strict=True)}


def _passages(connection: apsw.Connection, scores: Scores, similar: Scores, reach: Reach) -> tuple[Passage, ...]:
    """The rows of the best, within ``reach`` once more."""
    columns = ", ".join(f"chunk.{name.strip()}" for name in CHUNK_COLUMNS.split(","))
    of_source = ", ".join(f"source.{name.strip()}" for name in SOURCE_COLUMNS.split(","))
    rows: list[tuple[Any, ...]] = connection.execute(
        f"SELECT chunk.number, {columns}, {of_source} FROM chunk"  # noqa: S608 - fixed words
        " JOIN source ON source.id = chunk.source"
        f" WHERE chunk.number IN (SELECT value FROM json_each(?)) AND {reach.condition}",
        (json.dumps(list(scores)), *reach.values),
    ).fetchall()
    width = len(CHUNK_COLUMNS.split(","))
    found: dict[int, Passage] = {}
    for number, *values in rows:
        chunk, source = chunk_of(tuple(values[:width])), source_of(tuple(values[width:]))
        found[number] = passage_of(chunk, source, scores[number], similar.get(number))
    return tuple(found[number] for number in scores if number in found)

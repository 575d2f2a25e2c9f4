"""What hybrid search costs: scope, cipher, fusion and passages against bare FTS5 and numpy over the same rows."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from app.documents.collections import Collections
from app.documents.index.exact import ExactIndex
from app.documents.index.port import Matrix
from app.documents.records import packed
from app.documents.scope import Reach
from app.documents.search import DEPTH, Search
from app.domain.documents import Label
from app.engine.hashing_embedder import HashingEmbedder
from app.kernel.clock import SystemClock
from app.kernel.ids import new_id
from app.kernel.paths import private_folder
from app.vault.database import Database

DIMENSIONS = 384
SOURCES = 100
WORDS_A_CHUNK = 120
VOCABULARY = 30_000
K = 10

SOURCE = (
    "INSERT INTO source VALUES (?, ?, ?, '', 'txt', '', '', 0, 0, 'public', '', 'indexed', '', NULL, ?,"
    " '2026-01-01T00:00:00+00:00', NULL, '[]', 1)"
)
CHUNK = (
    'INSERT INTO chunk (id, source, ordinal, start, "end", heading_path, text, heading, title, grams)'
    " VALUES (?, ?, ?, 0, 1, '[]', ?, '', '', '')"
)
BARE = "CREATE VIRTUAL TABLE word USING fts5(text, tokenize = 'porter unicode61')"
BARE_RANK = "SELECT rowid FROM word WHERE word MATCH ? ORDER BY bm25(word) LIMIT ?"


async def rows(folder: Path, *, chunks: int = 100_000, questions: int = 30) -> list[dict[str, Any]]:
    """One row, ``search.hybrid_100k``: median seconds a question of three words, the embedding of it left out.

    Ours and bare answer the same questions in turn; everything lies below ``folder`` and is removed.
    """
    draw = random.Random(1)  # noqa: S311 - repeatable words, no secret
    texts = [_words(draw, WORDS_A_CHUNK) for _ in range(chunks)]
    noise = np.random.default_rng(1).standard_normal((chunks, DIMENSIONS), dtype=np.float32)
    vectors: Matrix = noise / np.linalg.norm(noise, axis=1, keepdims=True)
    place = private_folder(folder / f"bench-{new_id()}")
    try:
        database = await asyncio.to_thread(Database.open, place / "carrel.db", os.urandom(32))
        search, reach = await _ours(database, texts, vectors)
        bare = await asyncio.to_thread(_bare, place / "bare.db", texts)
        ours: list[float] = []
        plain: list[float] = []
        embedder = HashingEmbedder(DIMENSIONS)
        for _ in range(questions):
            question = _words(draw, 3)
            (vector,) = await embedder.embed([question])
            seconds = (await search.find(question, reach, K)).seconds
            ours.append(seconds.total - seconds.embed)
            plain.append(_ask(bare, vectors, question, vector))
        bare.close()
        await database.close()
    finally:
        shutil.rmtree(place)
    mine, simple = statistics.median(ours), statistics.median(plain)
    return [
        {
            "name": "search.hybrid_100k",
            "ratio": round(mine / simple, 3),
            "better": "lower",
            "ours": round(mine, 5),
            "bare": round(simple, 5),
            "unit": f"s a question over {chunks} chunks",
            "runs": questions,
        }
    ]


async def _ours(database: Database, texts: list[str], vectors: Matrix) -> tuple[Search, Reach]:
    collection = await Collections(database, SystemClock()).add("bench", Label.PUBLIC)
    embedder = HashingEmbedder(DIMENSIONS)
    blobs = packed(vectors)
    share = -(-len(texts) // SOURCES)

    def write(connection: apsw.Connection) -> None:
        for number in range(SOURCES):
            connection.execute(SOURCE, (str(number), collection.id, str(number), share))
        named = ((str(at), str(at // share), at % share, text) for at, text in enumerate(texts))
        connection.executemany(CHUNK, named)
        rows = ((at, embedder.card.name, blob) for at, blob in enumerate(blobs, 1))
        connection.executemany("INSERT INTO embedding VALUES (?, ?, ?)", rows)

    await database.write(write)
    index = ExactIndex(DIMENSIONS)
    await index.upsert(np.arange(1, len(texts) + 1, dtype=np.int64), vectors)
    return Search(database, embedder, index), Reach((collection.id,))


def _bare(path: Path, texts: list[str]) -> apsw.Connection:
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute(BARE)
    with connection:
        connection.executemany("INSERT INTO word (rowid, text) VALUES (?, ?)", enumerate(texts, 1))
    return connection


def _ask(connection: apsw.Connection, vectors: Matrix, question: str, vector: Matrix) -> float:
    started = time.perf_counter()
    expression = " OR ".join(f'"{word}"' for word in question.split())
    words = [number for (number,) in connection.execute(BARE_RANK, (expression, DEPTH))]
    near = np.argpartition(-(vectors @ vector), DEPTH)[:DEPTH]
    if len(near) + len(words) < DEPTH:
        raise ValueError("there are too few chunks to measure with")
    return time.perf_counter() - started


def _words(draw: random.Random, count: int) -> str:
    """Frequent words are frequent, as in language."""
    return " ".join(f"w{int(VOCABULARY ** draw.random())}" for _ in range(count))

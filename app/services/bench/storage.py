"""What encryption costs: rows like those of documents, through our database and through bare SQLite, interleaved."""

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

from app.kernel.ids import new_id
from app.kernel.paths import private_folder
from app.vault.connection import SETTINGS
from app.vault.database import Database
from app.vault.migration import Migration

SCHEMA = """
CREATE TABLE chunk (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE VIRTUAL TABLE word USING fts5(text, content = 'chunk', content_rowid = 'id', tokenize = 'porter unicode61');
"""
INSERT = "INSERT INTO chunk VALUES (?, ?)"
INDEX = "INSERT INTO word (rowid, text) VALUES (?, ?)"
WORDS_A_CHUNK = 180
CHUNKS_A_TRANSACTION = 50


async def rows(folder: Path, *, runs: int = 5, chunks: int = 2_000) -> list[dict[str, Any]]:
    """One row, ``storage.insert``: seconds to commit ``chunks`` chunks with their full-text index.

    The median of ``runs`` each, ours and bare taking turns to go first; everything lies below ``folder`` and is removed.
    """
    texts = _texts(chunks)
    ours: list[float] = []
    bare: list[float] = []
    place = private_folder(folder / f"bench-{new_id()}")
    try:
        for run in range(runs):
            if run % 2:
                bare.append(await asyncio.to_thread(_bare, place / f"bare-{run}.db", texts))
            ours.append(await _ours(place / f"ours-{run}.db", texts))
            if not run % 2:
                bare.append(await asyncio.to_thread(_bare, place / f"bare-{run}.db", texts))
    finally:
        shutil.rmtree(place)
    mine, plain = statistics.median(ours), statistics.median(bare)
    return [
        {
            "name": "storage.insert",
            "ratio": round(mine / plain, 3),
            "better": "lower",
            "ours": round(mine, 4),
            "bare": round(plain, 4),
            "unit": f"s for {chunks} chunks",
            "runs": runs,
        }
    ]


async def _ours(path: Path, texts: list[str]) -> float:
    database = Database.open(path, os.urandom(32), (Migration(1, "bench", SCHEMA),))
    started = time.perf_counter()
    for batch in _batches(texts):

        def operation(connection: apsw.Connection, batch: list[tuple[int, str]] = batch) -> None:
            connection.executemany(INSERT, batch).fetchall()
            connection.executemany(INDEX, batch).fetchall()

        await database.write(operation)
    seconds = time.perf_counter() - started
    await database.close()
    return seconds


def _bare(path: Path, texts: list[str]) -> float:
    connection = apsw.Connection(str(path))
    for setting in SETTINGS:
        connection.execute(setting).fetchall()
    connection.execute(SCHEMA).fetchall()
    started = time.perf_counter()
    for batch in _batches(texts):
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, batch).fetchall()
        connection.executemany(INDEX, batch).fetchall()
        connection.execute("COMMIT")
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


def _batches(texts: list[str]) -> list[list[tuple[int, str]]]:
    numbered = list(enumerate(texts))
    return [numbered[start : start + CHUNKS_A_TRANSACTION] for start in range(0, len(numbered), CHUNKS_A_TRANSACTION)]


def _texts(count: int) -> list[str]:
    """Chunks of invented words whose frequencies fall off as those of a language do; the same each time."""
    dice = random.Random(7)  # noqa: S311 - text, not keys
    syllables = [first + second for first in "bdfgklmnprst" for second in ("a", "e", "i", "o", "u", "an", "er", "ol")]
    words = ["".join(dice.choices(syllables, k=dice.randint(1, 4))) for _ in range(20_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    return [" ".join(dice.choices(words, weights, k=WORDS_A_CHUNK)) for _ in range(count)]

"""What the way of a file costs: reading, cutting, embedding and storing real documents against embedding alone."""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import time
from pathlib import Path
from typing import Any

from app.documents.chunking import Chunker
from app.documents.collections import Collections
from app.documents.index.exact import ExactIndex
from app.documents.indexing import Run
from app.documents.intake import Order, Rooms
from app.documents.reading import read_file
from app.documents.store import DocumentStore
from app.domain.documents import Label
from app.domain.embedding import Embedder
from app.engine.onnx_embedder import OnnxEmbedder
from app.kernel.clock import SystemClock
from app.kernel.ids import new_id
from app.kernel.paths import private_folder, resources
from app.sandbox.nursery import Launcher
from app.vault.database import Database

EMBED_BATCH = 32


async def rows(launcher: Launcher, folder: Path, *, samples: Path | None = None, runs: int = 3) -> list[dict[str, Any]]:
    """One row, ``documents.index``: seconds to index the sample documents.

    Bare is the embedder alone over the same chunks. Ours and bare take turns to go first; everything lies below
    ``folder`` and is removed.
    """
    papers = samples or resources() / "samples"
    place = private_folder(folder / f"bench-{new_id()}")
    shelf = resources() / "embedder"
    chunker = Chunker(shelf / "tokenizer.json")
    embedder = await OnnxEmbedder.start(launcher, shelf)
    try:
        texts = await _texts(launcher, chunker, papers)
        ours: list[float] = []
        bare: list[float] = []
        for run in range(runs):
            if run % 2:
                bare.append(await _bare(embedder, texts))
            ours.append(await _ours(launcher, embedder, chunker, papers, place / str(run)))
            if not run % 2:
                bare.append(await _bare(embedder, texts))
    finally:
        await embedder.close()
        shutil.rmtree(place)
    mine, plain = statistics.median(ours), statistics.median(bare)
    return [
        {
            "name": "documents.index",
            "ratio": round(mine / plain, 3),
            "better": "lower",
            "ours": round(mine, 4),
            "bare": round(plain, 4),
            "unit": f"s for {len(texts)} chunks",
            "runs": runs,
        }
    ]


async def _texts(launcher: Launcher, chunker: Chunker, papers: Path) -> list[str]:
    texts: list[str] = []
    for path in await asyncio.to_thread(lambda: sorted(papers.rglob("*"))):
        parsed = await read_file(launcher, path)
        texts += [cut.for_embedding for cut in chunker.cut(parsed, parsed.title or path.stem)]
    return texts


async def _bare(embedder: Embedder, texts: list[str]) -> float:
    started = time.perf_counter()
    for start in range(0, len(texts), EMBED_BATCH):
        await embedder.embed(texts[start : start + EMBED_BATCH])
    return time.perf_counter() - started


async def _ours(launcher: Launcher, embedder: Embedder, chunker: Chunker, papers: Path, home: Path) -> float:
    database = await asyncio.to_thread(Database.open, home / "carrel.db", os.urandom(32))
    index = ExactIndex(embedder.card.dimensions)
    rooms = Rooms(DocumentStore(database), launcher, embedder, chunker, index, SystemClock())
    collection = await Collections(database, SystemClock()).add("bench", Label.PUBLIC)
    quiet = asyncio.Event()
    quiet.set()
    started = time.perf_counter()
    run = await Run.start(
        rooms,
        Order(collection, collection.label),
        (papers,),
        quiet=quiet,
        on_progress=lambda _: None,
        on_file=lambda _: None,
    )
    await run.wait()
    seconds = time.perf_counter() - started
    await database.close()
    return seconds

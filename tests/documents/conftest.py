"""A desk of documents: the encrypted database, the words-only embedder, a real reader, an exact index."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.documents.chunking import Chunker
from app.documents.collections import Collections
from app.documents.index.exact import ExactIndex
from app.documents.indexing import Run
from app.documents.intake import FileRead, Order, Rooms
from app.documents.search import Search
from app.documents.store import DocumentStore
from app.domain.documents import Collection, Label, ReadingProgress
from app.engine.hashing_embedder import HashingEmbedder
from app.kernel.clock import SystemClock
from app.kernel.paths import resources
from app.sandbox.nursery import Nursery
from app.vault.database import Database

KEY = os.urandom(32)


@dataclass
class Desk:
    database: Database
    store: DocumentStore
    collections: Collections
    collection: Collection
    search: Search
    index: ExactIndex
    rooms: Rooms
    quiet: asyncio.Event
    read: list[FileRead] = field(default_factory=list)
    progress: list[ReadingProgress] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for a run to say something that makes it so."""
        while not true():
            self.heard.clear()
            await self.heard.wait()

    def _hear(self, progress: ReadingProgress) -> None:
        self.progress.append(progress)
        self.heard.set()

    async def start(self, *paths: Path, order: Order | None = None, jobs: int = 1) -> Run:
        return await Run.start(
            self.rooms,
            order or Order(self.collection, self.collection.label),
            paths,
            quiet=self.quiet,
            on_progress=self._hear,
            on_file=self.read.append,
            jobs=jobs,
        )

    async def add(self, *paths: Path, order: Order | None = None, jobs: int = 1) -> dict[str, str]:
        """Outcomes by file name."""
        self.read.clear()
        await (await self.start(*paths, order=order, jobs=jobs)).wait()
        return {one.path.name: one.outcome.value for one in self.read}


@asynccontextmanager
async def open_desk(home: Path, key: bytes = KEY) -> AsyncIterator[Desk]:
    database = await asyncio.to_thread(Database.open, home / "carrel.db", key)
    launcher = Nursery()
    embedder = HashingEmbedder()
    index = ExactIndex(embedder.card.dimensions)
    store = DocumentStore(database)
    collections = Collections(database, SystemClock())
    known = await collections.all()
    collection = known[0] if known else await collections.add("Papers", Label.INTERNAL)
    numbers, vectors = await store.vectors(embedder.card.name, embedder.card.dimensions)
    await index.upsert(numbers, vectors)
    chunker = Chunker(resources() / "embedder" / "tokenizer.json")
    rooms = Rooms(store, launcher, embedder, chunker, index, SystemClock())
    quiet = asyncio.Event()
    quiet.set()
    search = Search(database, embedder, index)
    try:
        yield Desk(database, store, collections, collection, search, index, rooms, quiet)
    finally:
        await launcher.close()
        await database.close()


@pytest.fixture
def at_desk(tmp_path: Path) -> Callable[[Callable[[Desk], Awaitable[None]]], None]:
    """Run one coroutine at a fresh desk."""

    def run(work: Callable[[Desk], Awaitable[None]]) -> None:
        async def go() -> None:
            async with open_desk(tmp_path / "home") as desk:
                await work(desk)

        asyncio.run(go())

    return run

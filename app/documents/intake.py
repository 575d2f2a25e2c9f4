"""The way of one file: fingerprinted, compared, read, cut, embedded, stored. Every way ends with an outcome."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.documents.chunking import Chunker, Cut
from app.documents.deletion import same_content
from app.documents.fingerprint import changing, fingerprint, opened, still
from app.documents.index.port import VectorIndex
from app.documents.readers.draft import Unreadable
from app.documents.readers.kinds import HEAD_BYTES, NAMES, recognise, revision
from app.documents.reading import outcome_of, read_opened
from app.documents.records import Vectors
from app.documents.store import DocumentStore, Kept, Versions, Written
from app.domain.documents import Collection, Label, Outcome, Parsed, Source
from app.domain.embedding import Embedder
from app.kernel.clock import Clock
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.sandbox.nursery import Launcher

EMBED_BATCH = 32
RETRIED = frozenset({Outcome.FAILED})
NOT_THE_TEXT = ("carrel.sandbox.", "carrel.embedder.load", "carrel.embedder.closed")
"""No text can be embedded now, whatever it says: the run ends there and what was read before stays."""


@dataclass(frozen=True)
class FileRead:
    """How one file of a run ended. ``source`` is None only when the file could not be opened and was never known."""

    path: Path
    outcome: Outcome
    reason: str
    source: Source | None
    seconds: float = 0.0
    peak_rss_bytes: int = 0


@dataclass(frozen=True)
class Rooms:
    """What the intake needs of the rest of the house."""

    store: DocumentStore
    launcher: Launcher
    embedder: Embedder
    chunker: Chunker
    index: VectorIndex
    clock: Clock


@dataclass(frozen=True)
class Order:
    """Where files go. ``force`` reads what is unchanged too."""

    collection: Collection
    label: Label
    owner: str = ""
    force: bool = False


class Intake:
    """Takes files through. ``between`` is awaited between steps with the number of chunks about to be embedded.

    Embedding and storing is done for one file at a time, so that of two equal files only one is stored.
    """

    def __init__(self, rooms: Rooms, order: Order, between: Callable[[int], Awaitable[None]]) -> None:
        self._rooms = rooms
        self._order = order
        self._between = between
        self._storing = asyncio.Lock()

    async def take(self, path: Path) -> FileRead:
        """Raises ``Known`` for failures of the vault, the sandbox and the embedder, never for what is wrong with the file."""
        kept = await self._rooms.store.kept(self._order.collection.id, str(path))
        try:
            with opened(path) as descriptor:
                return await self._opened(path, descriptor, kept)
        except Known as known:
            if not known.code.startswith("carrel.file."):
                raise
            return await self._unopened(path, kept, known)

    async def _opened(self, path: Path, descriptor: int, kept: Kept | None) -> FileRead:
        found = await asyncio.to_thread(fingerprint, descriptor)
        kind, versions = self._kind(descriptor, path.name)
        source = Source(
            id=kept.source.id if kept else new_id(),
            collection=self._order.collection.id,
            path=str(path),
            name=path.name,
            kind=NAMES.get(kind, kind),
            title=path.stem,
            sha256=found.sha256,
            bytes=found.bytes,
            modified=found.modified,
            label=self._order.label,
            owner=self._order.owner,
            outcome=Outcome.FAILED,
            reason="",
            pages=None,
            chunks=0,
            read_at=self._rooms.clock.now(),
        )
        if kept and self._unchanged(kept, source, versions):
            return await self._again(path, kept, source)
        if duplicate := await self._duplicate(source, versions):
            return duplicate
        await self._between(0)
        parsed = await read_opened(self._rooms.launcher, descriptor, path.name)
        if not still(descriptor, found):
            raise changing()
        if parsed.outcome is not Outcome.INDEXED:
            ended = source.model_copy(
                update={"outcome": parsed.outcome, "reason": parsed.reason, "pages": parsed.pages}
            )
            return await self._ended(ended, versions, parsed)
        async with self._storing:
            return await self._duplicate(source, versions) or await self._store(source, versions, parsed)

    def _kind(self, descriptor: int, name: str) -> tuple[str, Versions]:
        try:
            kind = recognise(os.pread(descriptor, HEAD_BYTES, 0), name)
        except Unreadable:
            kind = ""
        return kind, Versions(revision(kind), self._rooms.chunker.version, self._rooms.embedder.card.name)

    def _unchanged(self, kept: Kept, source: Source, versions: Versions) -> bool:
        old = kept.source
        orphan = old.outcome is Outcome.DUPLICATE and old.duplicate_of is None
        same = (old.sha256, old.label) == (source.sha256, source.label) and kept.versions == versions
        return same and not self._order.force and not orphan and old.outcome not in RETRIED

    async def _again(self, path: Path, kept: Kept, source: Source) -> FileRead:
        """Nothing to do; what never had text says again why."""
        if kept.source.modified != source.modified:
            await self._rooms.store.touch(kept.source.id, source.modified)
        if kept.source.outcome is Outcome.INDEXED:
            return FileRead(path, Outcome.UNCHANGED, "Its content has not changed.", kept.source)
        return FileRead(path, kept.source.outcome, kept.source.reason, kept.source)

    async def _duplicate(self, source: Source, versions: Versions) -> FileRead | None:
        original = await self._rooms.store.same_content(source, versions)
        if original is None:
            return None
        own = original.source.title == Path(original.source.path).stem
        update = {
            "outcome": Outcome.DUPLICATE,
            "reason": same_content(original.source.name),
            "title": source.title if own else original.source.title,
            "pages": original.source.pages,
            "duplicate_of": original.source.id,
        }
        return await self._ended(source.model_copy(update=update), versions, None)

    async def _ended(self, source: Source, versions: Versions, parsed: Parsed | None) -> FileRead:
        await self._indexed(await self._rooms.store.put_outcome(source, versions), None)
        return _read(source, parsed)

    async def _store(self, source: Source, versions: Versions, parsed: Parsed) -> FileRead:
        title = parsed.title or source.title
        cuts = await asyncio.to_thread(self._rooms.chunker.cut, parsed, title)
        try:
            vectors = await self._embed(cuts)
        except Known as known:
            if known.code.startswith(NOT_THE_TEXT):
                raise
            failed = source.model_copy(update={"reason": known.message})
            return await self._ended(failed, versions, parsed)
        passages = "passage" if len(cuts) == 1 else "passages"
        update = {
            "outcome": Outcome.INDEXED,
            "reason": f"Indexed in {len(cuts):,} {passages}.",
            "title": title,
            "pages": parsed.pages,
            "chunks": len(cuts),
        }
        written = await self._rooms.store.put(source.model_copy(update=update), versions, parsed, cuts, vectors)
        await self._indexed(written, vectors)
        return _read(written.source, parsed)

    async def _embed(self, cuts: list[Cut]) -> Vectors:
        """In batches; an embedder that died is asked once more."""
        batches: list[Vectors] = []
        for start in range(0, len(cuts), EMBED_BATCH):
            texts = [cut.for_embedding for cut in cuts[start : start + EMBED_BATCH]]
            await self._between(len(texts))
            try:
                batches.append(await self._rooms.embedder.embed(texts))
            except Known as known:
                if not known.retryable:
                    raise
                batches.append(await self._rooms.embedder.embed(texts))
        empty = np.empty((0, self._rooms.embedder.card.dimensions), np.float32)
        return np.concatenate([empty, *batches])

    async def _indexed(self, written: Written, vectors: Vectors | None) -> None:
        """The database has it; the indexes follow."""
        if written.removed:
            await self._rooms.index.delete(np.array(written.removed, np.int64))
        if vectors is not None and written.added:
            await self._rooms.index.upsert(np.array(written.added, np.int64), vectors)

    async def _unopened(self, path: Path, kept: Kept | None, known: Known) -> FileRead:
        """What was read before stays: the file may come back."""
        if kept is None or kept.source.chunks == 0:
            source = Source(
                id=kept.source.id if kept else new_id(),
                collection=self._order.collection.id,
                path=str(path),
                name=path.name,
                kind="",
                title=path.stem,
                sha256="",
                bytes=0,
                modified=0.0,
                label=self._order.label,
                owner=self._order.owner,
                outcome=outcome_of(known),
                reason=known.message,
                pages=None,
                chunks=0,
                read_at=self._rooms.clock.now(),
            )
            return await self._ended(source, Versions(), None)
        return FileRead(path, outcome_of(known), known.message, kept.source)


def _read(source: Source, parsed: Parsed | None) -> FileRead:
    seconds, peak = (parsed.seconds, parsed.peak_rss_bytes) if parsed else (0.0, 0)
    return FileRead(Path(source.path), source.outcome, source.reason, source, seconds, peak)

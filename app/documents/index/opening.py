"""From the database to a standing index, at unlock."""

from __future__ import annotations

from pathlib import Path

from app.documents.index.chroma import ChromaIndex
from app.documents.index.exact import ExactIndex
from app.documents.index.paired import PairedIndex
from app.documents.store import DocumentStore
from app.domain.embedding import EmbedderCard
from app.sandbox.nursery import Launcher

FOLDER = "index"


async def open_index(store: DocumentStore, card: EmbedderCard, launcher: Launcher | None, memory: Path) -> PairedIndex:
    """Load every vector of this embedder; Chroma is built behind it in ``memory/index``.

    Args:
        launcher: None goes without Chroma.
        memory: the private folder in RAM of this home.
    """
    exact = ExactIndex(card.dimensions)
    numbers, vectors = await store.vectors(card.name, card.dimensions)
    while len(numbers):
        await exact.upsert(numbers, vectors)
        numbers, vectors = await store.vectors(card.name, card.dimensions, after=int(numbers[-1]))

    async def chroma(chosen: Launcher) -> ChromaIndex:
        return await ChromaIndex.open(chosen, memory / FOLDER, card.dimensions)

    index = PairedIndex(exact, None if launcher is None else lambda: chroma(launcher))
    index.build()
    return index

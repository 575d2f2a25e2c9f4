"""Chroma in a child: only ids and vectors, in one private folder in RAM, thrown away on any doubt."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import Field, ValidationError

from app.documents.index.port import Hits, Ids, Matrix, nothing
from app.domain.base import Frozen
from app.domain.policy import GIB, MIB, Limits
from app.kernel.errors import Known
from app.kernel.paths import private_folder
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Launcher

WORKER = "app.documents.index.chroma_worker"
LIMITS = Limits(
    resident_bytes=2 * GIB,
    address_space_bytes=0,
    cpu_seconds=0,
    wall_seconds=0,
    file_bytes=2 * GIB,
    scratch_bytes=16 * MIB,
    output_bytes=16 * MIB,
    open_files=256,
)
OPEN_SECONDS, QUERY_SECONDS, WRITE_SECONDS = 60.0, 5.0, 60.0
BATCH = 1000
OVERFETCH = 200


class _Found(Frozen):
    ids: tuple[Annotated[int, Field(ge=1)], ...]
    similarities: tuple[Annotated[float, Field(ge=-1.01, le=1.01)], ...]


class _Count(Frozen):
    count: Annotated[int, Field(ge=0)]


class ChromaIndex:
    """An index child. Any failure means: close it and make a new one from the database. Make it with ``open``."""

    def __init__(self, child: Child, folder: Path, dimensions: int) -> None:
        self._child = child
        self._folder = folder
        self._dimensions = dimensions
        self._highest = 0

    @classmethod
    async def open(cls, launcher: Launcher, folder: Path, dimensions: int) -> ChromaIndex:
        """Start empty in ``folder``, which is made 0700 and whose content is discarded.

        Raises:
            Known: the child did not start or chromadb did not open.
        """
        await asyncio.to_thread(_emptied, folder)
        confinement = Confinement(
            role="index", worker=WORKER, limits=LIMITS, write=(folder,), environment={"HOME": str(folder)}
        )
        child = await launcher.start(confinement)
        fields = {"folder": str(folder), "dimensions": dimensions}
        try:
            await child.request("open", fields, wall_seconds=OPEN_SECONDS)
        except BaseException:
            await child.close()
            raise
        return cls(child, folder, dimensions)

    @property
    def alive(self) -> bool:
        return self._child.alive

    async def upsert(self, ids: Ids, vectors: Matrix) -> None:
        if vectors.shape != (len(ids), self._dimensions):
            raise ValueError(f"expected {len(ids)} vectors of {self._dimensions} dimensions")
        for start in range(0, len(ids), BATCH):
            numbers = ids[start : start + BATCH].tolist()
            await self._ask("upsert", {"ids": numbers}, vectors[start : start + BATCH], WRITE_SECONDS)
            self._highest = max(self._highest, *numbers)

    async def delete(self, ids: Ids) -> None:
        for start in range(0, len(ids), BATCH):
            await self._ask("delete", {"ids": ids[start : start + BATCH].tolist()}, None, WRITE_SECONDS)

    async def query(self, vector: Matrix, k: int, allow: Ids | None = None) -> Hits:
        if k < 1 or (allow is not None and not len(allow)):
            return nothing()
        if allow is None:
            return await self._nearest(vector, k)
        held = await self.count()
        wanted = min(max(OVERFETCH, 10 * k), held)
        while True:
            found = await self._nearest(vector, wanted)
            kept = np.isin(found.ids, allow)
            if kept.sum() >= min(k, len(allow)) or wanted >= held:
                return Hits(found.ids[kept][:k], found.similarities[kept][:k])
            wanted = held

    async def count(self) -> int:
        return _Count.model_validate(await self._ask("count", {}, None, QUERY_SECONDS)).count

    async def high_water(self) -> int:
        return self._highest

    async def close(self) -> None:
        await self._child.close()
        with contextlib.suppress(OSError):
            await asyncio.to_thread(shutil.rmtree, self._folder)

    async def _nearest(self, vector: Matrix, k: int) -> Hits:
        try:
            found = _Found.model_validate(await self._ask("query", {"k": k}, vector, QUERY_SECONDS))
        except ValidationError:
            raise _doubtful() from None
        if len(found.ids) != len(found.similarities) or len(found.ids) > k:
            raise _doubtful()
        return Hits(np.array(found.ids, np.int64), np.array(found.similarities, np.float32))

    async def _ask(self, op: str, fields: dict[str, Any], rows: Matrix | None, seconds: float) -> dict[str, Any]:
        raw = b"" if rows is None else np.ascontiguousarray(rows, dtype="<f4").tobytes()
        data = [raw] if raw else []
        return (await self._child.request(op, {**fields, "bytes": len(raw)}, data, wall_seconds=seconds)).result


def _emptied(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    private_folder(folder.parent)
    private_folder(folder)


def _doubtful() -> Known:
    return Known(
        "carrel.index.doubt", "The index answered with something impossible.", "It is being rebuilt.", retryable=True
    )

"""The port of every vector index. Ids are chunk numbers: opaque, growing, never used twice."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Matrix = npt.NDArray[np.float32]


class Hits(NamedTuple):
    """Best first: ids and their cosine similarities, -1..1."""

    ids: Ids
    similarities: Matrix


class VectorIndex(Protocol):
    """Unit vectors by id."""

    async def upsert(self, ids: Ids, vectors: Matrix) -> None:
        """Add or replace. ``vectors`` has shape (len(ids), dimensions) and unit rows."""

    async def delete(self, ids: Ids) -> None:
        """Forget ids; unknown ones are ignored."""

    async def query(self, vector: Matrix, k: int, allow: Ids | None = None) -> Hits:
        """The ``k`` nearest to one vector, only among ``allow`` if given; fewer if there are fewer."""

    async def count(self) -> int:
        """How many vectors it holds."""

    async def high_water(self) -> int:
        """The largest id it was ever given, 0 for none: what is newer is missing."""

    async def close(self) -> None:
        """Free it. What it holds is lost."""


def nothing() -> Hits:
    return Hits(np.empty(0, np.int64), np.empty(0, np.float32))

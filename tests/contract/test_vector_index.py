"""Every ``VectorIndex`` keeps the same promises: the exact one, Chroma in its child, and the pair of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from app.documents.index.chroma import ChromaIndex
from app.documents.index.exact import ExactIndex
from app.documents.index.paired import PairedIndex
from app.documents.index.port import Ids, Matrix, VectorIndex
from app.sandbox.nursery import Nursery

DIMENSIONS = 16


def unit(count: int, seed: int = 0) -> Matrix:
    vectors = np.random.default_rng(seed).standard_normal((count, DIMENSIONS)).astype(np.float32)
    normed: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normed


def ids(*numbers: int) -> Ids:
    return np.array(numbers, np.int64)


async def exact(_launcher: Nursery, _folder: Path) -> VectorIndex:
    return ExactIndex(DIMENSIONS)


async def chroma(launcher: Nursery, folder: Path) -> VectorIndex:
    return await ChromaIndex.open(launcher, folder / "index", DIMENSIONS)


async def paired(launcher: Nursery, folder: Path) -> VectorIndex:
    pair = PairedIndex(ExactIndex(DIMENSIONS), lambda: ChromaIndex.open(launcher, folder / "index", DIMENSIONS))
    pair.build()
    await pair.built()
    assert pair.state == "chroma"
    return pair


Maker = Callable[[Nursery, Path], Awaitable[VectorIndex]]


class TestVectorIndex:
    @pytest.fixture(params=[exact, chroma, paired], ids=lambda maker: maker.__name__)
    def maker(self, request: pytest.FixtureRequest) -> Maker:
        made: Maker = request.param
        return made

    def run(self, maker: Maker, folder: Path, check: Callable[[VectorIndex], Awaitable[None]]) -> None:
        async def go() -> None:
            launcher = Nursery()
            index = await maker(launcher, folder)
            try:
                await check(index)
            finally:
                await index.close()
                await launcher.close()

        asyncio.run(go())

    def test_it_gives_what_there_is_and_no_more(self, maker: Maker, tmp_path: Path) -> None:
        async def check(index: VectorIndex) -> None:
            assert (await index.count(), await index.high_water()) == (0, 0)
            assert len((await index.query(unit(1)[0], 5)).ids) == 0
            await index.delete(ids(1, 2))
            with pytest.raises(ValueError, match="dimensions"):
                await index.upsert(ids(1), np.ones((1, DIMENSIONS + 1), np.float32))
            await index.upsert(ids(1, 2, 3), unit(3))
            assert len((await index.query(unit(1)[0], 10)).ids) == 3
            assert len((await index.query(unit(1)[0], 0)).ids) == 0

        self.run(maker, tmp_path, check)

    def test_the_nearest_come_first_with_their_cosines(self, maker: Maker, tmp_path: Path) -> None:
        async def check(index: VectorIndex) -> None:
            vectors = unit(300)
            await index.upsert(np.arange(1, 301, dtype=np.int64), vectors)
            question = unit(1, seed=9)[0]
            hits = await index.query(question, 10)
            truth = vectors @ question
            best = np.argsort(-truth)[:10]
            assert hits.ids.tolist() == (best + 1).tolist()
            assert np.allclose(hits.similarities, truth[best], atol=1e-4)

        self.run(maker, tmp_path, check)

    def test_only_allowed_ids_come_out_and_all_of_them_can(self, maker: Maker, tmp_path: Path) -> None:
        async def check(index: VectorIndex) -> None:
            vectors = unit(400)
            await index.upsert(np.arange(1, 401, dtype=np.int64), vectors)
            question = unit(1, seed=3)[0]
            furthest = np.argsort(vectors @ question)[:3] + 1
            hits = await index.query(question, 5, allow=furthest.astype(np.int64))
            assert sorted(hits.ids.tolist()) == sorted(furthest.tolist())
            assert len((await index.query(question, 5, allow=ids())).ids) == 0
            assert len((await index.query(question, 5, allow=ids(9999))).ids) == 0

        self.run(maker, tmp_path, check)

    def test_deleted_and_replaced_vectors_are_gone(self, maker: Maker, tmp_path: Path) -> None:
        async def check(index: VectorIndex) -> None:
            vectors = unit(50)
            await index.upsert(np.arange(1, 51, dtype=np.int64), vectors)
            await index.delete(ids(7, 50, 1234))
            assert await index.count() == 48
            assert 7 not in (await index.query(vectors[6], 48)).ids.tolist()
            await index.upsert(ids(8), vectors[6:7])
            hits = await index.query(vectors[6], 1)
            assert hits.ids.tolist() == [8]
            assert hits.similarities[0] == pytest.approx(1.0, abs=1e-4)
            assert await index.count() == 48
            assert await index.high_water() == 50, "the largest id ever given, also when it is gone"

        self.run(maker, tmp_path, check)

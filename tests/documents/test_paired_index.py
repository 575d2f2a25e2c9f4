from __future__ import annotations

import asyncio
import os
import signal
import stat
from pathlib import Path

import numpy as np

from app.documents.index.chroma import ChromaIndex
from app.documents.index.exact import ExactIndex
from app.documents.index.paired import MOST_FAILURES, PairedIndex
from app.documents.index.port import Matrix
from app.kernel.errors import Known
from app.sandbox.nursery import Nursery

WIDTH = 8


def unit(count: int) -> Matrix:
    vectors = np.random.default_rng(1).standard_normal((count, WIDTH)).astype(np.float32)
    normed: Matrix = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return normed


def numbers(count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.arange(1, count + 1, dtype=np.int64)


def test_a_killed_index_child_costs_no_answer_and_is_rebuilt(tmp_path: Path) -> None:
    async def go() -> None:
        launcher = Nursery()
        children: list[ChromaIndex] = []

        async def open_chroma() -> ChromaIndex:
            children.append(await ChromaIndex.open(launcher, tmp_path / "index", WIDTH))
            return children[-1]

        pair = PairedIndex(ExactIndex(WIDTH), open_chroma)
        vectors = unit(40)
        await pair.upsert(numbers(40), vectors)
        pair.build()
        await pair.built()
        os.kill(children[0]._child.pid, signal.SIGKILL)
        hits = await pair.query(vectors[3], 1)
        assert hits.ids.tolist() == [4]
        await pair.built()
        assert pair.state == "chroma"
        assert len(children) == 2
        assert (await pair.query(vectors[8], 1)).ids.tolist() == [9]
        await pair.close()
        await launcher.close()
        assert not (tmp_path / "index").exists()

    asyncio.run(go())


def test_what_was_written_while_building_is_in_the_new_index(tmp_path: Path) -> None:
    async def go() -> None:
        launcher = Nursery()
        gate = asyncio.Event()

        async def open_chroma() -> ChromaIndex:
            chroma = await ChromaIndex.open(launcher, tmp_path / "index", WIDTH)
            await gate.wait()
            return chroma

        pair = PairedIndex(ExactIndex(WIDTH), open_chroma)
        vectors = unit(30)
        await pair.upsert(numbers(20), vectors[:20])
        pair.build()
        await asyncio.sleep(0)
        assert pair.state == "building"
        await pair.upsert(numbers(30)[20:], vectors[20:])
        await pair.delete(numbers(5))
        gate.set()
        await pair.built()
        assert pair.state == "chroma"
        assert await pair.count() == 25
        assert (await pair.query(vectors[29], 1)).ids.tolist() == [30]
        await pair.close()
        await launcher.close()

    asyncio.run(go())


def test_without_chroma_the_exact_index_serves_and_gives_up_trying() -> None:
    async def go() -> None:
        tries = 0

        async def refuse() -> ChromaIndex:
            nonlocal tries
            tries += 1
            raise Known("carrel.child.refused", "The index was not started.", "Run carrel doctor.")

        pair = PairedIndex(ExactIndex(WIDTH), refuse)
        await pair.upsert(numbers(3), unit(3))
        for _ in range(MOST_FAILURES + 2):
            pair.build()
            await pair.built()
        assert tries == MOST_FAILURES
        assert pair.state == "exact"
        assert (await pair.query(unit(3)[1], 1)).ids.tolist() == [2]
        await pair.close()

    asyncio.run(go())


def test_the_index_folder_is_private_and_holds_no_words(tmp_path: Path) -> None:
    async def go() -> None:
        launcher = Nursery()
        folder = tmp_path / "memory" / "index"
        folder.mkdir(parents=True)
        (folder / "left-over").write_text("from a session that was killed")
        chroma = await ChromaIndex.open(launcher, folder, WIDTH)
        await chroma.upsert(numbers(5), unit(5))
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert not (folder / "left-over").exists()
        assert await chroma.count() == 5
        await chroma.close()
        await launcher.close()
        assert not folder.exists()

    asyncio.run(go())

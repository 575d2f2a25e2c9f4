"""Artifacts: sealed, named by content under a key, one file for equal bytes, gone with the last use."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from app.kernel.clock import ManualClock
from app.kernel.errors import Known
from app.vault.artifacts import Artifacts
from app.vault.blobs import Blobs
from app.vault.database import Database
from app.vault.stream import CHUNK_BYTES

MASTER = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def stored(home: Path, use: Callable[[Artifacts], Awaitable[None]], master: bytes = MASTER) -> None:
    async def run() -> None:
        database = Database.open(home / "carrel.db", MASTER)
        try:
            await use(Artifacts(database, Blobs(home / "artifacts", master), ManualClock(NOW)))
        finally:
            await database.close()

    asyncio.run(run())


def files(home: Path) -> list[Path]:
    return sorted(path for path in (home / "artifacts").rglob("*") if path.is_file())


def test_what_was_put_comes_back_whole_and_in_pieces(tmp_path: Path) -> None:
    data = os.urandom(2 * CHUNK_BYTES + 5)

    async def use(artifacts: Artifacts) -> None:
        made = await artifacts.put(data, "page", "Page 3", "source-1")
        assert (made.bytes, made.kind, made.title, made.source, made.created) == (
            len(data),
            "page",
            "Page 3",
            "source-1",
            NOW,
        )
        assert await artifacts.get(made.name) == data
        pieces = [piece async for piece in artifacts.stream(made.name)]
        assert b"".join(pieces) == data
        assert max(map(len, pieces)) == CHUNK_BYTES
        assert await artifacts.rows() == (made,)

    stored(tmp_path, use)


def test_the_name_says_nothing_without_the_key(tmp_path: Path) -> None:
    async def use(artifacts: Artifacts) -> None:
        made = await artifacts.put(b"hello", "page", "")
        assert made.name != hashlib.sha256(b"hello").hexdigest()
        assert Blobs(tmp_path / "other", bytes(32)).write([b"hello"])[0] != made.name
        assert Blobs(tmp_path / "same", MASTER).write([b"he", b"", b"llo"])[0] == made.name

    stored(tmp_path, use)


def test_the_example_of_the_format_page(tmp_path: Path) -> None:
    name, length = Blobs(tmp_path, bytes(32)).write([b"hello"])
    assert length == 5
    assert name == "e99b582369b426b2afdee603a0d7d94a45b4fa38469ca4345f97f7d5f1d735f0"
    data = (tmp_path / "e9" / "9b" / name).read_bytes()
    assert len(data) == 101
    assert data[:20] == bytes.fromhex("43415252454c4131 00100000 0000000000000005")


def test_equal_bytes_share_one_file_until_the_last_use_is_gone(tmp_path: Path) -> None:
    async def use(artifacts: Artifacts) -> None:
        first = await artifacts.put(b"same", "page", "", "source-1")
        second = await artifacts.put(b"same", "page", "", "source-2")
        assert first.name == second.name
        assert len(files(tmp_path)) == 1
        assert await artifacts.delete_source("source-1") == 1
        assert await artifacts.get(second.name) == b"same"
        assert await artifacts.rows("source-1") == ()
        assert await artifacts.delete_source("source-2") == 1
        assert files(tmp_path) == []
        with pytest.raises(Known) as gone:
            await artifacts.get(second.name)
        assert gone.value.code == "carrel.artifact.none"

    stored(tmp_path, use)


def test_a_harmed_file_is_refused_and_put_right_by_putting_it_again(tmp_path: Path) -> None:
    async def use(artifacts: Artifacts) -> None:
        made = await artifacts.put(b"precious", "page", "")
        (path,) = files(tmp_path)
        harmed = bytearray(path.read_bytes())
        harmed[-1] ^= 1
        path.write_bytes(harmed)
        with pytest.raises(Known) as refused:
            await artifacts.get(made.name)
        assert refused.value.code == "carrel.artifact.damaged"
        await artifacts.put(b"precious", "page", "")
        assert await artifacts.get(made.name) == b"precious"

    stored(tmp_path, use)


def test_two_files_that_changed_places_are_refused(tmp_path: Path) -> None:
    async def use(artifacts: Artifacts) -> None:
        made = [await artifacts.put(word, "page", "") for word in (b"first", b"other")]
        one, other = files(tmp_path)
        held = one.read_bytes()
        one.write_bytes(other.read_bytes())
        other.write_bytes(held)
        for artifact in made:
            with pytest.raises(Known) as refused:
                await artifacts.get(artifact.name)
            assert refused.value.code == "carrel.artifact.damaged"

    stored(tmp_path, use)


def test_a_stream_left_early_closes_its_file(tmp_path: Path) -> None:
    async def use(artifacts: Artifacts) -> None:
        made = await artifacts.put(os.urandom(3 * CHUNK_BYTES), "page", "")
        (path,) = files(tmp_path)
        stream = artifacts.stream(made.name)
        async for _ in stream:
            assert str(path) in {file.path for file in psutil.Process().open_files()}
            break
        await stream.aclose()
        assert str(path) not in {file.path for file in psutil.Process().open_files()}

    stored(tmp_path, use)


def test_a_source_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield bytes(CHUNK_BYTES * 2)
        raise RuntimeError("the reader died")

    async def use(artifacts: Artifacts) -> None:
        with pytest.raises(RuntimeError, match="reader died"):
            await artifacts.put(pieces(), "page", "")
        assert files(tmp_path) == []
        assert await artifacts.rows() == ()

    stored(tmp_path, use)


def test_what_a_crash_left_without_a_row_is_swept(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "artifacts", MASTER)
    stray, _ = blobs.write([b"never noted"])
    (tmp_path / "artifacts" / "partial" / "half").write_bytes(b"half")

    async def use(artifacts: Artifacts) -> None:
        kept = await artifacts.put(b"noted", "page", "")
        assert await artifacts.sweep() == 1
        assert [path.name for path in files(tmp_path)] == [kept.name]
        assert stray != kept.name

    stored(tmp_path, use)


@pytest.mark.parametrize("name", ["", "..", "../../carrel.db", "A" * 64, "0" * 63])
def test_only_a_name_is_a_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name"):
        Blobs(tmp_path, MASTER).path(name)

"""The database: what is returned is saved, what fails leaves nothing, what is damaged says so."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import apsw
import pytest

from app.kernel.errors import Known
from app.vault.database import Database, last_change, next_change

KEY = bytes(range(32))


def opened(path: Path, use: Callable[[Database], Awaitable[None]], key: bytes = KEY) -> None:
    async def run() -> None:
        database = Database.open(path, key)
        try:
            await use(database)
        finally:
            await database.close()

    asyncio.run(run())


def put(connection: apsw.Connection, key: str, value: str) -> None:
    connection.execute("INSERT INTO setting VALUES (?, json_quote(?))", (key, value))


def count(connection: apsw.Connection) -> int:
    return len(connection.execute("SELECT key FROM setting").fetchall())


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    async def write(database: Database) -> None:
        await database.write(lambda connection: put(connection, "a", "b"))

    async def read(database: Database) -> None:
        assert await database.read(count) == 1

    opened(tmp_path / "carrel.db", write)
    opened(tmp_path / "carrel.db", read)


def test_an_operation_that_raises_leaves_nothing_and_the_next_one_works(tmp_path: Path) -> None:
    def half(connection: apsw.Connection) -> None:
        put(connection, "half", "done")
        raise Known("carrel.test.half", "Half.", "None.")

    async def use(database: Database) -> None:
        with pytest.raises(Known, match="Half"):
            await database.write(half)
        assert await database.read(count) == 0
        await database.write(lambda connection: put(connection, "whole", "done"))
        assert await database.read(count) == 1

    opened(tmp_path / "carrel.db", use)


def test_writes_of_many_tasks_are_one_after_the_other_on_one_thread(tmp_path: Path) -> None:
    threads: set[int] = set()

    def operation(connection: apsw.Connection) -> int:
        threads.add(threading.get_ident())
        return next_change(connection)

    async def use(database: Database) -> None:
        numbers = await asyncio.gather(*(database.write(operation) for _ in range(50)))
        assert numbers == list(range(1, 51))
        assert await database.read(last_change) == 50

    opened(tmp_path / "carrel.db", use)
    assert len(threads) == 1


def test_a_reader_sees_one_moment_while_the_writer_goes_on(tmp_path: Path) -> None:
    begun, written = threading.Event(), threading.Event()

    def slow(connection: apsw.Connection) -> tuple[int, int]:
        before = count(connection)
        begun.set()
        assert written.wait(20)
        return before, count(connection)

    async def use(database: Database) -> None:
        reading = asyncio.create_task(database.read(slow))
        await asyncio.to_thread(begun.wait, 20)
        await database.write(lambda connection: put(connection, "new", "row"))
        written.set()
        assert await reading == (0, 0)
        assert await database.read(count) == 1

    opened(tmp_path / "carrel.db", use)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async def use(database: Database) -> None:
        with pytest.raises(apsw.ReadOnlyError):
            await database.read(next_change)

    opened(tmp_path / "carrel.db", use)


def test_a_closed_database_refuses(tmp_path: Path) -> None:
    async def run() -> None:
        database = Database.open(tmp_path / "carrel.db", KEY)
        await database.close()
        await database.close()
        for call in (database.read(count), database.write(count)):
            with pytest.raises(Known) as refused:
                await call
            assert refused.value.code == "carrel.vault.locked"

    asyncio.run(run())


def test_another_key_opens_nothing(tmp_path: Path) -> None:
    async def nothing(_: Database) -> None: ...

    opened(tmp_path / "carrel.db", nothing)
    with pytest.raises(Known) as refused:
        Database.open(tmp_path / "carrel.db", os.urandom(32))
    assert refused.value.code == "carrel.vault.damaged"
    opened(tmp_path / "carrel.db", nothing)


@pytest.mark.parametrize("length", [0, 16, 31, 33, 64])
def test_a_key_of_the_wrong_length_is_a_bug(tmp_path: Path, length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Database.open(tmp_path / "carrel.db", bytes(length))


def test_every_flipped_bit_in_a_page_that_is_read_is_noticed(tmp_path: Path) -> None:
    async def fill(database: Database) -> None:
        for number in range(40):
            await database.write(partial(put, key=str(number), value="x" * 3000))

    path = tmp_path / "carrel.db"
    opened(path, fill)
    good = path.read_bytes()
    for page in range(len(good) // 4096):
        harmed = bytearray(good)
        harmed[page * 4096 + 97 * (page + 1) % 4096] ^= 1 << page % 8
        path.write_bytes(harmed)
        with pytest.raises(Known) as refused:
            opened(path, check_all)
        assert refused.value.code == "carrel.vault.damaged", page


async def check_all(database: Database) -> None:
    found = await database.read(lambda connection: connection.execute("PRAGMA integrity_check").fetchall())
    if found != [("ok",)]:
        raise Known("carrel.vault.damaged", str(found), "")


def test_writer_and_readers_are_sealed_synced_and_keep_temporary_rows_in_memory(tmp_path: Path) -> None:
    def found(connection: apsw.Connection) -> list[object]:
        names = ("cipher", "journal_mode", "synchronous", "temp_store", "foreign_keys", "trusted_schema", "mmap_size")
        return [connection.pragma(name) for name in names]

    async def use(database: Database) -> None:
        promised = ["chacha20", "wal", 2, 2, 1, 0, 0]
        assert await database.write(found) == promised
        assert await asyncio.gather(*(database.read(found) for _ in range(6))) == [promised] * 6

    opened(tmp_path / "carrel.db", use)


def test_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    async def use(database: Database) -> None:
        await database.write(next_change)
        files = [path for path in (tmp_path / "home").iterdir() if path.is_file()]
        assert {path.name for path in files} == {"carrel.db", "carrel.db-wal", "carrel.db-shm"}
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}

    opened(tmp_path / "home" / "carrel.db", use)
    assert (tmp_path / "home").stat().st_mode & 0o777 == 0o700

"""``carrel.db``: one writer thread, a few readers, every failure a sentence.

An operation is a function of a connection; it runs in another thread inside one transaction and returns plain values,
never a cursor. What ``write`` has returned is on the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Generic, TypeVar

import apsw

from app.kernel.errors import Known
from app.kernel.paths import private_folder
from app.vault.connection import connect, explained
from app.vault.migration import Migration, drop_snapshots, migrate, shipped

T = TypeVar("T")

READERS = 3


@dataclass(frozen=True)
class Erased(Generic[T]):
    """What the operation returned, and how many snapshots went."""

    result: T
    snapshots: int


class Database:
    """The open database of one home. Make it with ``Database.open``.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: Path, writer: apsw.Connection, readers: Sequence[apsw.Connection]) -> None:
        self.path = path
        self._writer = writer
        self._readers = tuple(readers)
        self._idle: SimpleQueue[apsw.Connection] = SimpleQueue()
        for reader in readers:
            self._idle.put(reader)
        self._writing = ThreadPoolExecutor(1, "carrel-writer")
        self._reading = ThreadPoolExecutor(len(self._readers), "carrel-reader") if readers else self._writing
        self._closed = False

    @classmethod
    def open(cls, path: Path, key: bytes, steps: Sequence[Migration] | None = None) -> Database:
        """Open or create ``path`` under ``key`` and bring its schema up to date. Blocks.

        Args:
            path: the file; snapshots are kept in ``snapshots`` beside it.
            key: 32 bytes.
            steps: the migrations; those of this program unless told otherwise.

        Raises:
            Known: ``carrel.vault.damaged``, ``carrel.vault.newer``, ``carrel.disk.full``, ``carrel.disk.failed``.
        """
        private_folder(path.parent)
        chosen = shipped() if steps is None else steps
        try:
            return cls._opened(path, key, chosen, READERS)
        except Known as error:
            if error.code != "carrel.disk.full":
                raise
            return cls._opened(path, key, chosen, 0)

    @classmethod
    def _opened(cls, path: Path, key: bytes, steps: Sequence[Migration], count: int) -> Database:
        """With no readers, the writer serves all: readers need shared memory, which a full disk does not give."""
        writer = connect(path, key, alone=not count)
        readers: list[apsw.Connection] = []
        try:
            migrate(path, key, writer, steps)
            for _ in range(count):
                readers.append(connect(path, key))
                readers[-1].execute("PRAGMA query_only = ON").fetchall()
        except BaseException:
            for connection in (*readers, writer):
                connection.close()
            raise
        return cls(path, writer, readers)

    async def write(self, operation: Callable[[apsw.Connection], T]) -> T:
        """Run ``operation`` in one IMMEDIATE transaction on the writer thread; it is all saved or none of it.

        Cancelling the caller does not undo a write that has begun.
        """

        def run() -> T:
            with explained(self.path):
                return _within(self._writer, "BEGIN IMMEDIATE", operation)

        return await self._submit(self._writing, run)

    async def erase(self, operation: Callable[[apsw.Connection], T]) -> Erased[T]:
        """``write`` for what must be gone: no snapshot and no page of the write-ahead log keeps it.

        Snapshots go first: cut off in between, nothing was deleted yet and the deletion can be done again.
        """
        snapshots = await asyncio.to_thread(drop_snapshots, self.path)
        result = await self.write(operation)

        def run() -> None:
            with explained(self.path):
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

        await self._submit(self._writing, run)
        return Erased(result, snapshots)

    async def read(self, operation: Callable[[apsw.Connection], T]) -> T:
        """Run ``operation`` on a consistent snapshot, beside other readers and the writer."""

        def run() -> T:
            connection = self._idle.get() if self._readers else self._writer
            try:
                with explained(self.path):
                    return _within(connection, "BEGIN", operation)
            finally:
                if self._readers:
                    self._idle.put(connection)

        return await self._submit(self._reading, run)

    async def close(self) -> None:
        """Let what was submitted end, then close. Later calls are refused with ``carrel.vault.locked``."""
        if self._closed:
            return
        await asyncio.to_thread(self.shut)

    def shut(self) -> None:
        """``close`` for a caller without a loop. Blocks."""
        self._closed = True
        self._reading.shutdown()
        self._writing.shutdown()
        for connection in (*self._readers, self._writer):
            connection.close()

    async def _submit(self, threads: ThreadPoolExecutor, run: Callable[[], T]) -> T:
        if self._closed:
            raise Known("carrel.vault.locked", "The vault is locked.", "Unlock it and do it again.")
        return await asyncio.get_running_loop().run_in_executor(threads, run)


def _within(connection: apsw.Connection, begin: str, operation: Callable[[apsw.Connection], T]) -> T:
    connection.execute(begin)
    try:
        result = operation(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def next_change(connection: apsw.Connection) -> int:
    """The number of the change being made, greater than every earlier one. Call it inside ``write``."""
    for (seq,) in connection.execute("UPDATE change SET seq = seq + 1 RETURNING seq"):
        return int(seq)
    raise LookupError("the change counter is missing")


def last_change(connection: apsw.Connection) -> int:
    """The number of the latest change."""
    for (seq,) in connection.execute("SELECT seq FROM change"):
        return int(seq)
    raise LookupError("the change counter is missing")

"""Artifacts: sealed files and the rows that say what each is for. A file without a row does not exist."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from datetime import datetime

import apsw

from app.domain.base import Frozen
from app.kernel.clock import Clock
from app.vault.blobs import Blobs
from app.vault.database import Database

COLUMNS = "name, kind, bytes, title, created, source"
OF_A_TOOL = "tool"
"""The kind of what a call left: a row for its conversation, and one for each document it was made from."""


class Artifact(Frozen):
    """One use of a sealed file.

    Attributes:
        name: of the file, 64 hexadecimal digits; equal plaintexts have equal names.
        kind: what it is, such as ``page`` or ``export``.
        bytes: of the plaintext.
        source: id of the document it was made from, or of the conversation it was made in; empty if none.
    """

    name: str
    kind: str
    bytes: int
    title: str
    created: datetime
    source: str = ""


class Artifacts:
    """The artifacts of one vault."""

    def __init__(self, database: Database, blobs: Blobs, clock: Clock) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._changing = asyncio.Lock()

    async def put(self, data: bytes | Iterable[bytes], kind: str, title: str, source: str = "") -> Artifact:
        """Seal ``data``, then note it; when this returns both are on the disk.

        Putting the same bytes for the same source again changes nothing but the time.

        Raises:
            Known: ``carrel.disk.full``.
        """
        chunks = (data,) if isinstance(data, bytes) else data
        async with self._changing:
            name, length = await asyncio.to_thread(self._blobs.write, chunks)
            made = Artifact(name=name, kind=kind, bytes=length, title=title, created=self._clock.now(), source=source)
            row = (name, kind, length, title, made.created.isoformat(), source)
            await self._database.write(
                lambda connection: connection.execute(
                    f"INSERT OR REPLACE INTO artifact ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
                    row,
                ).fetchall()
            )
        return made

    async def get(self, name: str) -> bytes:
        """The whole plaintext.

        Raises:
            Known: ``carrel.artifact.none`` or ``carrel.artifact.damaged``.
        """
        return await asyncio.to_thread(lambda: b"".join(self._blobs.read(name)))

    async def stream(self, name: str) -> AsyncGenerator[bytes, None]:
        """The plaintext, at most 1 MiB at a time; raises like ``get``, before a wrong byte is handed out."""
        chunks = self._blobs.read(name)
        try:
            while (chunk := await asyncio.to_thread(_next, chunks)) is not None:
                yield chunk
        finally:
            await asyncio.to_thread(_closed, chunks)

    async def rows(self, source: str | None = None) -> tuple[Artifact, ...]:
        """All of them, or those made from ``source``; oldest first."""
        return await self._database.read(lambda connection: tuple(_rows(connection, source)))

    async def delete(self, name: str, source: str = "") -> None:
        """Take away the use of ``name`` for ``source``, and the file with its last use."""
        await self._delete("name = ? AND source = ?", (name, source))

    async def delete_source(self, source: str) -> int:
        """Take away everything made from ``source``; returns how many there were."""
        return await self._delete("source = ?", (source,))

    async def sweep(self) -> int:
        """Remove files without a row, left by a crash between file and row; returns how many."""
        async with self._changing:
            known = await self._database.read(
                lambda connection: {name for (name,) in connection.execute("SELECT name FROM artifact")}
            )
            await asyncio.to_thread(self._blobs.sweep)
            stray = await asyncio.to_thread(self._blobs.names) - known
            await asyncio.to_thread(self._remove, stray)
        return len(stray)

    async def _delete(self, where: str, values: tuple[str, ...]) -> int:
        def operation(connection: apsw.Connection) -> tuple[int, set[str]]:
            statement = f"DELETE FROM artifact WHERE {where} RETURNING name"  # noqa: S608 - constant
            gone = [name for (name,) in connection.execute(statement, values)]
            used = "SELECT 1 FROM artifact WHERE name = ?"
            return len(gone), {name for name in gone if not connection.execute(used, (name,)).fetchall()}

        async with self._changing:
            count, unused = await self._database.write(operation)
            await asyncio.to_thread(self._remove, unused)
        return count

    def _remove(self, names: set[str]) -> None:
        for name in names:
            self._blobs.delete(name)


def _rows(connection: apsw.Connection, source: str | None) -> Iterator[Artifact]:
    query = f"SELECT {COLUMNS} FROM artifact WHERE ?1 IS NULL OR source = ?1 ORDER BY created, name"  # noqa: S608 - constant
    for name, kind, length, title, created, made_from in connection.execute(query, (source,)):
        yield Artifact(
            name=name,
            kind=kind,
            bytes=length,
            title=title,
            created=datetime.fromisoformat(created),
            source=made_from,
        )


def _next(chunks: Iterator[bytes]) -> bytes | None:
    return next(chunks, None)


def _closed(chunks: Iterator[bytes]) -> None:
    if hasattr(chunks, "close"):
        chunks.close()

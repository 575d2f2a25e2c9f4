"""Rows of the ``model`` table, and the cards made from them. Every function here runs inside a database operation."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path

import apsw

from app.domain.model import ModelCard, ModelState
from app.models.memory import Measured


@dataclass(frozen=True, slots=True)
class FileMark:
    """What tells cheaply that a file is still the one that was hashed."""

    bytes: int
    modified_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> FileMark:
        status = os.stat(path)  # noqa: PTH116 - the numbers, as the system gives them
        return cls(status.st_size, status.st_mtime_ns, status.st_ino % 2**63)


@dataclass(frozen=True, slots=True)
class Record:
    """One row; the fields are its columns. See 0004_models.sql."""

    id: str
    state: str
    added: str
    source: str
    name: str
    bytes: int
    reason: str = ""
    publisher: str = ""
    purpose: str = ""
    licence: str = ""
    architecture: str = ""
    parameters: int = 0
    quantisation: str = ""
    context: int = 0
    template: int = 0
    kv_per_token: int = 0
    memory_estimated: int | None = None
    memory_weights: int | None = None
    memory_working: int | None = None
    memory_needed: int | None = None
    memory_context: int | None = None
    tokens_per_second: float | None = None
    file_bytes: int | None = None
    file_modified_ns: int | None = None
    file_inode: int | None = None
    in_use: int = 0
    before: str | None = None

    @property
    def mark(self) -> FileMark | None:
        if self.file_bytes is None or self.file_modified_ns is None or self.file_inode is None:
            return None
        return FileMark(self.file_bytes, self.file_modified_ns, self.file_inode)

    def marked(self, file: FileMark) -> Record:
        return replace(self, file_bytes=file.bytes, file_modified_ns=file.modified_ns, file_inode=file.inode)

    @property
    def measured(self) -> Measured | None:
        numbers = (self.memory_weights, self.memory_working, self.memory_needed, self.memory_context)
        if None in numbers:
            return None
        weights, working, needed, context = (int(number or 0) for number in numbers)
        return Measured(weights, working, needed, context, self.kv_per_token)

    def card(self, free: int) -> ModelCard:
        """The card, its memory set against ``free`` bytes."""
        return ModelCard(
            id=self.id,
            name=self.name,
            sha256=self.id,
            bytes=self.bytes,
            architecture=self.architecture,
            parameters=self.parameters,
            quantisation=self.quantisation,
            context=self.context,
            licence=self.licence,
            publisher=self.publisher,
            purpose=self.purpose,
            source=self.source,
            state=ModelState(self.state),
            in_use=bool(self.in_use),
            reason=self.reason,
            added=datetime.fromisoformat(self.added),
            memory=self.measured.against(free) if self.measured else None,
            tokens_per_second=self.tokens_per_second,
            before=self.before,
        )


COLUMNS = tuple(field.name for field in fields(Record))
SELECT = f"SELECT {', '.join(COLUMNS)} FROM model"  # noqa: S608 - our own names
PUT = (
    f"INSERT INTO model ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608
    f"ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in COLUMNS[1:])}"
)
# The model in use first, refused ones last, the newest first among equals.
ORDER = " ORDER BY in_use DESC, state = 'refused', added DESC, id"


def put(record: Record) -> Callable[[apsw.Connection], None]:
    """Write a row, replacing the one of the same file."""
    values = tuple(getattr(record, column) for column in COLUMNS)

    def operation(connection: apsw.Connection) -> None:
        connection.execute(PUT, values)

    return operation


def get(model: str) -> Callable[[apsw.Connection], Record | None]:
    def operation(connection: apsw.Connection) -> Record | None:
        for row in connection.execute(SELECT + " WHERE id = ?", (model,)):
            return Record(*row)
        return None

    return operation


def everything(connection: apsw.Connection) -> tuple[Record, ...]:
    return tuple(Record(*row) for row in connection.execute(SELECT + ORDER))


def choose(model: str) -> Callable[[apsw.Connection], None]:
    """Make ``model`` the one in use; it remembers which one it replaced."""

    def operation(connection: apsw.Connection) -> None:
        previous = [row[0] for row in connection.execute("SELECT id FROM model WHERE in_use = 1")]
        if previous == [model]:
            return
        connection.execute("UPDATE model SET in_use = 0 WHERE in_use = 1")
        connection.execute(
            "UPDATE model SET in_use = 1, before = ? WHERE id = ? AND state = 'admitted'",
            (previous[0] if previous else None, model),
        )

    return operation


def mark(model: str, file: FileMark) -> Callable[[apsw.Connection], None]:
    """Remember what the file looks like now that its hash was found right."""

    def operation(connection: apsw.Connection) -> None:
        connection.execute(
            "UPDATE model SET file_bytes = ?, file_modified_ns = ?, file_inode = ? WHERE id = ?",
            (file.bytes, file.modified_ns, file.inode, model),
        )

    return operation


def delete(model: str) -> Callable[[apsw.Connection], None]:
    def operation(connection: apsw.Connection) -> None:
        connection.execute("DELETE FROM model WHERE id = ?", (model,))

    return operation


def unfinished(connection: apsw.Connection) -> tuple[str, ...]:
    """Ids of files that were on their way in when the program ended."""
    return tuple(row[0] for row in connection.execute("SELECT id FROM model WHERE state = 'checking'"))

"""Numbered migrations of ``carrel.db``: each applied once, in order, each behind a sealed snapshot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import apsw

from app.kernel.errors import Known
from app.kernel.paths import private_folder
from app.vault.connection import connect, explained
from app.vault.files import synced

FOLDER = Path(__file__).with_name("migrations")
NAME = re.compile(r"(\d{4})_([a-z_]+)\.sql")
KEPT_SNAPSHOTS = 3

LEDGER = """
CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied TEXT NOT NULL
) STRICT
"""


@dataclass(frozen=True)
class Migration:
    """One step of the schema; ``sql`` may hold several statements and runs in one transaction."""

    number: int
    name: str
    sql: str


def shipped() -> tuple[Migration, ...]:
    """The migrations of this program, in order."""
    found = []
    for path in sorted(FOLDER.glob("*.sql")):
        if not (match := NAME.fullmatch(path.name)):
            raise ValueError(f"not a migration's name: {path.name}")
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    return tuple(found)


def migrate(path: Path, key: bytes, connection: apsw.Connection, steps: Sequence[Migration]) -> None:
    """Bring the database up to ``steps``.

    A step that fails leaves the database as it was before that step.

    Raises:
        Known: ``carrel.vault.newer`` when a later program has written it, ``carrel.disk.full``.
    """
    with explained(path):
        applied = _applied(connection)
    if applied - {step.number for step in steps}:
        raise Known(
            "carrel.vault.newer",
            "This vault was last written by a newer version of Carrel.",
            "Install that version again, or put the snapshot taken before the upgrade in place of carrel.db.",
        )
    for step in steps:
        if step.number in applied:
            continue
        if applied:
            snapshot(path, key, connection, f"before-{step.number:04}")
        with explained(path):
            _apply(connection, step)


def _applied(connection: apsw.Connection) -> set[int]:
    if not connection.table_exists("main", "migration"):
        return set()
    return {number for (number,) in connection.execute("SELECT number FROM migration")}


def _apply(connection: apsw.Connection, step: Migration) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(LEDGER)
        connection.execute(step.sql).fetchall()
        row = (step.number, step.name, datetime.now(UTC).isoformat())
        connection.execute("INSERT INTO migration VALUES (?, ?, ?)", row)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def drop_snapshots(path: Path) -> int:
    """Remove every snapshot of the database at ``path``; returns how many there were."""
    old = list((path.parent / "snapshots").glob("*.db"))
    with explained(path):
        for copy in old:
            copy.unlink(missing_ok=True)
        if old:
            synced(path.parent / "snapshots")
    return len(old)


def snapshot(path: Path, key: bytes, connection: apsw.Connection, reason: str) -> Path:
    """A consistent copy beside the database, encrypted under the same key; the newest few are kept."""
    folder = private_folder(path.parent / "snapshots")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    final = folder / f"{stamp}-{reason}.db"
    partial = final.with_suffix(".partial")
    with explained(path):
        try:
            copy = connect(partial, key)
            try:
                copy.execute("PRAGMA journal_mode = DELETE").fetchall()
                with copy.backup("main", connection, "main") as backup:
                    backup.step()
                copy.execute("PRAGMA journal_mode = DELETE").fetchall()
            finally:
                copy.close()
            partial.replace(final)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        synced(folder)
    for old in sorted(folder.glob("*.db"))[:-KEPT_SNAPSHOTS]:
        old.unlink()
    return final

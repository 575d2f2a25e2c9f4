"""Migrations: each once, in order, behind a sealed snapshot; one that fails changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import apsw
import pytest

from app.kernel.errors import Known
from app.vault.connection import connect
from app.vault.database import Database
from app.vault.migration import KEPT_SNAPSHOTS, Migration, shipped

KEY = bytes(range(32))
FIRST = Migration(1, "first", "CREATE TABLE a (x TEXT); INSERT INTO a VALUES ('one');")
SECOND = Migration(2, "second", "ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = 'two';")
BROKEN = Migration(2, "broken", "INSERT INTO a VALUES ('half'); CREATE TABLE a (x TEXT);")


def rows(path: Path, query: str) -> list[object]:
    connection = connect(path, KEY)
    try:
        return list(connection.execute(query))
    finally:
        connection.close()


def test_shipped_ones_are_numbered_without_gaps_or_doubles() -> None:
    numbers = [step.number for step in shipped()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [step.name for step in shipped()][:2] == ["vault", "conversations"]


def test_each_is_applied_once_in_order(tmp_path: Path) -> None:
    path = tmp_path / "carrel.db"
    Database.open(path, KEY, (FIRST,)).shut()
    Database.open(path, KEY, (FIRST, SECOND)).shut()
    Database.open(path, KEY, (FIRST, SECOND)).shut()
    assert rows(path, "SELECT * FROM a") == [("one", "two")]
    assert rows(path, "SELECT number, name FROM migration") == [(1, "first"), (2, "second")]


def test_an_empty_database_gets_no_snapshot_and_a_full_one_a_sealed_one(tmp_path: Path) -> None:
    path = tmp_path / "carrel.db"
    Database.open(path, KEY, (FIRST,)).shut()
    assert not (tmp_path / "snapshots").exists()
    Database.open(path, KEY, (FIRST, SECOND)).shut()
    (kept,) = (tmp_path / "snapshots").iterdir()
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{6}Z-before-0002\.db", kept.name)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert rows(kept, "SELECT * FROM a") == [("one",)]
    with pytest.raises(Known):
        connect(kept, bytes(32))
    plain = apsw.Connection(str(kept))
    with pytest.raises(apsw.NotADBError):
        plain.execute("SELECT * FROM a").fetchall()
    plain.close()


def test_a_snapshot_put_in_place_opens_as_the_database(tmp_path: Path) -> None:
    Database.open(tmp_path / "carrel.db", KEY, (FIRST,)).shut()
    Database.open(tmp_path / "carrel.db", KEY, (FIRST, SECOND)).shut()
    (kept,) = (tmp_path / "snapshots").iterdir()
    kept.replace(tmp_path / "carrel.db")
    Database.open(tmp_path / "carrel.db", KEY, (FIRST, SECOND)).shut()
    assert rows(tmp_path / "carrel.db", "SELECT * FROM a") == [("one", "two")]


def test_the_newest_few_are_kept(tmp_path: Path) -> None:
    steps = [FIRST, *(Migration(n, "more", f"CREATE TABLE t{n} (x TEXT)") for n in range(2, 2 * KEPT_SNAPSHOTS + 2))]
    Database.open(tmp_path / "carrel.db", KEY, (FIRST,)).shut()
    Database.open(tmp_path / "carrel.db", KEY, steps).shut()
    names = sorted(path.name for path in (tmp_path / "snapshots").iterdir())
    assert [name[-7:-3] for name in names] == [f"{step.number:04}" for step in steps[-KEPT_SNAPSHOTS:]]


def test_one_that_fails_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "carrel.db"
    Database.open(path, KEY, (FIRST,)).shut()
    with pytest.raises(apsw.SQLError):
        Database.open(path, KEY, (FIRST, BROKEN))
    assert rows(path, "SELECT * FROM a") == [("one",)]
    Database.open(path, KEY, (FIRST, SECOND)).shut()
    assert rows(path, "SELECT * FROM a") == [("one", "two")]


def test_a_database_of_a_later_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "carrel.db"
    Database.open(path, KEY, (FIRST, SECOND)).shut()
    with pytest.raises(Known) as refused:
        Database.open(path, KEY, (FIRST,))
    assert refused.value.code == "carrel.vault.newer"
    assert rows(path, "SELECT * FROM a") == [("one", "two")]

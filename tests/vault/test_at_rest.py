"""What a person wrote is in no file of the home as it was written: not while it is open, not after, not in copies."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw

from app.domain.messages import Answer, AnswerState, Scope
from app.kernel.paths import Home
from app.vault.connection import connect
from app.vault.migration import snapshot
from app.vault.passphrase import Cost
from app.vault.settings import Setting
from app.vault.subkeys import DATABASE
from app.vault.vault import Vault

MARKER = "zanzibar quokka 4711"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
WORDS = "open sesame"


def found_in(folder: Path) -> list[Path]:
    """Files below ``folder`` that hold the marker, a table's name or SQLite's own first words in the open."""
    wanted = [MARKER.encode(encoding) for encoding in ENCODINGS] + [b"CREATE TABLE", b"SQLite format 3"]
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and (any(words in path.read_bytes() for words in wanted) or MARKER in str(path))
    ]


async def use(vault: Vault) -> None:
    head = await vault.conversations.create(Scope(collections=(MARKER,)), f"Title {MARKER}")
    exchange = await vault.conversations.add_exchange(head.id, f"Where is {MARKER}?")
    answer = Answer(state=AnswerState.DONE, text=f"{MARKER} is here. " * 2000, supported=False)
    await vault.conversations.save_answer(exchange.id, answer)
    await vault.settings.set(Setting("test.marker", str, ""), MARKER)
    await vault.artifacts.put(MARKER.encode() * 100_000, "page", MARKER, MARKER)

    def sort_much(connection: apsw.Connection) -> int:
        query = """
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
        SELECT value || i FROM n, setting ORDER BY value || i DESC
        """
        return len(connection.execute(query).fetchall())

    assert await vault.database.read(sort_much) == 60_000


def test_no_file_holds_the_marker(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    async def run() -> None:
        vault = await Vault.create(home, WORDS, cost=Cost(64, 1, 1))
        await use(vault)
        assert {path.name for path in home.root.glob("carrel.db*")} == {"carrel.db", "carrel.db-wal", "carrel.db-shm"}
        assert (home.root / "carrel.db-wal").stat().st_size > 50_000
        assert found_in(home.root) == []
        key = vault.subkey(DATABASE)
        await vault.close()
        connection = connect(home.database, key)
        snapshot(home.database, key, connection, "test")
        connection.close()
        assert list(home.snapshots.glob("*.db"))
        assert found_in(home.root) == []

    asyncio.run(run())


def test_the_search_would_find_it(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "plain.db"))
    connection.execute("PRAGMA journal_mode = WAL").fetchall()
    connection.execute("CREATE TABLE a (b)").fetchall()
    connection.execute("INSERT INTO a VALUES (?)", (f"Title {MARKER}",)).fetchall()
    assert [path.name for path in found_in(tmp_path)] != []
    connection.close()
    assert [path.name for path in found_in(tmp_path)] == ["plain.db"]

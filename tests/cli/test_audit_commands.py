"""``carrel audit`` and ``carrel metrics`` as a person runs them, on a home of their own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.cli.main import run
from app.compose import Compose
from app.kernel.paths import Home
from app.vault import subkeys
from app.vault.connection import connect
from app.vault.passphrase import Cost
from app.vault.vault import Vault

WORDS = "a lantern under the stairs"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A vault made cheaply, and the file with its passphrase beside it."""
    made = Home(tmp_path / "home")

    async def create() -> None:
        await (await Vault.create(made, WORDS, cost=Cost(memory_kib=64, passes=1, lanes=1))).close()

    asyncio.run(create())
    (tmp_path / "words").write_text(WORDS)
    return made


def carrel(home: Home, capsys: pytest.CaptureFixture[str], *arguments: str, json_: bool = True) -> tuple[int, Any]:
    """Exit code and what was printed: records, or text for a person."""
    where = ["--home", str(home.root), "--passphrase-file", str(home.root.parent / "words")]
    code = run([*(["--json"] if json_ else []), *where, *arguments], Compose())
    out = capsys.readouterr().out
    return code, [json.loads(line) for line in out.splitlines()] if json_ else out


def raw_key(home: Home) -> bytes:
    async def read() -> bytes:
        vault = await Vault.unlock(home, WORDS)
        try:
            return vault.subkey(subkeys.DATABASE)
        finally:
            await vault.close()

    return asyncio.run(read())


LAST = "number = (SELECT max(number) FROM event)"
SPOILED = {
    "changed": (("UPDATE event SET body = replace(body, 'opened', 'closed') WHERE number = 1",), "Event 1 was changed"),
    "removed": (("DELETE FROM event WHERE number = 1",), "Event 1 was removed."),
    "last removed": ((f"DELETE FROM event WHERE {LAST}",), "were missing"),
    "last removed with its end": ((f"DELETE FROM event WHERE {LAST}", "DELETE FROM event_end"), "were missing"),
    "cut short": (("DELETE FROM event WHERE number > 1",), "were missing"),
    "reordered": (
        (
            "UPDATE event SET number = -1 WHERE number = 1",
            "UPDATE event SET number = 1 WHERE number = 2",
            "UPDATE event SET number = 2 WHERE number = -1",
        ),
        "moved: what stands there was written as event",
    ),
}


def test_a_trail_as_it_was_left_is_proved(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code, (record,) = carrel(home, capsys, "audit", "verify")
    assert (code, record["sound"], record["findings"], record["first"]) == (0, True, [], 1)
    assert record["says"] == [f"{record['events']} events, none changed, removed, moved or cut off."]


@pytest.mark.parametrize("how", SPOILED)
def test_a_trail_that_was_spoiled_is_said_and_exits_1(how: str, home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    statements, words = SPOILED[how]
    connection = connect(home.database, raw_key(home))
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()
    code, (record,) = carrel(home, capsys, "audit", "verify")
    assert (code, record["sound"]) == (1, False)
    code, text = carrel(home, capsys, "audit", "verify", json_=False)
    assert code == 1, "what was found stays known"
    assert words in text


def test_events_are_listed_and_exported(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code, rows = carrel(home, capsys, "audit", "list", "--kind", "vault", "--limit", "2")
    assert code == 0
    assert [(row["kind"], row["act"]) for row in rows] == [("vault", "closed"), ("vault", "opened")]
    file = home.root.parent / "events.jsonl"
    code, (record,) = carrel(home, capsys, "audit", "export", str(file))
    assert (code, record["events"]) == (0, len(file.read_text("utf-8").splitlines()))
    code, (record,) = carrel(home, capsys, "audit", "export", str(file))
    assert (code, record["error"]["code"]) == (1, "carrel.audit.export")


def test_metrics_of_nothing_say_so_and_have_every_field(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    code, text = carrel(home, capsys, "metrics", json_=False)
    assert (code, text) == (0, "Nothing has happened yet that could be measured.\n")
    carrel(home, capsys, "tools", "run", "calculate", "--arguments", '{"expression": "6 * 7"}')
    code, (record,) = carrel(home, capsys, "metrics", "--days", "1")
    assert code == 0
    (tool,) = record["tools"]
    assert tool["tool_success"] == {"count": 1, "of": 1, "share": 1.0}
    assert {"parse_success", "repair", "escalation", "model_seconds"} <= set(tool)
    _, text = carrel(home, capsys, "metrics", json_=False)
    assert "Succeeded" in text
    assert "100.0% (1 of 1)" in text

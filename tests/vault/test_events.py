"""The trail of events: whoever has the open database but not the key of the chain is found, whatever he does to it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import apsw
import pytest

from app.domain.audit import DeletionRecord, FaultRecord, LostRecord, PrunedRecord, StopRecord, TurnRecord, VaultRecord
from app.domain.audit_verdict import Finding, Verdict
from app.domain.messages import Answer, AnswerState, Scope
from app.domain.record import AuditEvent
from app.kernel.clock import ManualClock
from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault import subkeys
from app.vault.connection import connect
from app.vault.database import Database
from app.vault.events import LEAST_KEPT, Ledger, Retention
from app.vault.passphrase import Cost
from app.vault.vault import Vault

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEPT = Retention()
DATABASE_KEY, CHAIN_KEY = bytes(32), bytes(range(32))
T = TypeVar("T")


def session(
    path: Path,
    use: Callable[[Ledger], Awaitable[T]],
    *,
    at: datetime = START,
    retention: Retention = KEPT,
    key: bytes = CHAIN_KEY,
) -> T:
    """One opening of the database with its ledger, closed in order."""

    async def run() -> T:
        database = Database.open(path / "carrel.db", DATABASE_KEY)
        try:
            ledger = Ledger(database, Home(path), key, ManualClock(at), retention)
            await ledger.begin()
            result = await use(ledger)
            await ledger.close()
            return result
        finally:
            await database.close()

    return asyncio.run(run())


async def verify(ledger: Ledger) -> Verdict:
    return await ledger.verify()


async def everything(ledger: Ledger) -> tuple[AuditEvent, ...]:
    return await ledger.list()


def write(path: Path, count: int = 12) -> None:
    async def use(ledger: Ledger) -> None:
        for number in range(1, count + 1):
            await ledger.record(DeletionRecord(sources=number))

    session(path, use)


def tamper(path: Path, *statements: str) -> None:
    """What somebody with the key of the database, and nothing more, can do while Carrel is closed."""
    connection = connect(path / "carrel.db", DATABASE_KEY)
    try:
        for statement in statements:
            connection.execute(statement).fetchall()
    finally:
        connection.close()


def findings(path: Path) -> tuple[Finding, ...]:
    return session(path, verify).findings


def one(what: str, first: int, last: int | None = None, was: int = 0) -> Finding:
    return Finding.model_validate({"what": what, "first": first, "last": last or first, "was": was})


def test_what_was_written_is_read_and_holds(tmp_path: Path) -> None:
    write(tmp_path, 3)
    told = session(tmp_path, everything)
    assert [(event.number, event.at, event.record) for event in told] == [
        (number, START, DeletionRecord(sources=number)) for number in (1, 2, 3)
    ]
    verdict = session(tmp_path, verify)
    assert verdict.sound
    assert (verdict.events, verdict.first, verdict.last, verdict.since, verdict.until) == (3, 1, 3, START, START)


def test_an_empty_chain_holds(tmp_path: Path) -> None:
    verdict = session(tmp_path, verify)
    assert verdict.sound
    assert verdict.events == 0


def test_events_are_found_by_kind_and_time_newest_kept_when_limited(tmp_path: Path) -> None:
    async def use(ledger: Ledger) -> None:
        await ledger.record(DeletionRecord(sources=1), StopRecord(turns=1), DeletionRecord(sources=2))
        assert [event.number for event in await ledger.list(kinds=(DeletionRecord,))] == [1, 3]
        assert [event.number for event in await ledger.list(limit=2)] == [2, 3]
        assert await ledger.list(since=START + timedelta(seconds=1)) == ()
        assert await ledger.list(until=START) == ()
        assert len(await ledger.list(since=START, until=START + timedelta(seconds=1))) == 3

    session(tmp_path, use)


@pytest.mark.parametrize(
    "change",
    [
        "body = '{\"sources\":99}'",
        "at = '2026-03-02T12:00:00.000000+00:00'",
        "kind = 'stop'",
        "version = 2",
        "before = zeroblob(32)",
        "mac = zeroblob(32)",
        "mac = x'00'",
        "body = 'no json'",
        "at = 'no time'",
    ],
)
def test_a_changed_event_is_named(tmp_path: Path, change: str) -> None:
    write(tmp_path)
    tamper(tmp_path, f"UPDATE event SET {change} WHERE number = 5")
    assert findings(tmp_path) == (one("changed", 5),)
    session(tmp_path, everything)  # and the others can still be read


def test_removed_events_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    tamper(tmp_path, "DELETE FROM event WHERE number IN (1, 4, 5, 9)")
    assert findings(tmp_path) == (one("removed", 1), one("removed", 4, 5), one("removed", 9))


def test_removed_and_renumbered_events_are_named_by_what_they_were(tmp_path: Path) -> None:
    write(tmp_path)
    tamper(
        tmp_path,
        "DELETE FROM event WHERE number = 4",
        "UPDATE event SET number = -number WHERE number > 4",
        "UPDATE event SET number = -number - 1 WHERE number < 0",
    )
    assert findings(tmp_path) == (one("moved", 4, 11, was=5), one("removed", 12))


def test_swapped_events_are_named(tmp_path: Path) -> None:
    write(tmp_path)
    tamper(
        tmp_path,
        "UPDATE event SET number = 1000 WHERE number = 3",
        "UPDATE event SET number = 3 WHERE number = 8",
        "UPDATE event SET number = 8 WHERE number = 1000",
    )
    assert findings(tmp_path) == (one("moved", 3, was=8), one("moved", 8, was=3))


def test_a_tail_cut_off_is_named_and_stays_named(tmp_path: Path) -> None:
    write(tmp_path)
    tamper(tmp_path, "DELETE FROM event WHERE number > 9")
    verdict = session(tmp_path, verify)
    assert verdict.findings == (one("removed", 10, 12),)
    assert [event.record for event in verdict.noticed] == [FaultRecord(what="cut", found=9, expected=12)]
    write(tmp_path, 3)
    later = session(tmp_path, verify)
    assert later.findings == (one("removed", 10, 12),)
    assert not later.sound


def test_a_tail_cut_off_with_its_end_is_known_from_the_file(tmp_path: Path) -> None:
    write(tmp_path)
    tamper(tmp_path, "DELETE FROM event WHERE number > 9", "DELETE FROM event_end")
    assert findings(tmp_path) == (one("removed", 10, 12),)


def test_an_end_that_was_changed_is_noticed(tmp_path: Path) -> None:
    write(tmp_path)
    tamper(tmp_path, "DELETE FROM event WHERE number > 9", "UPDATE event_end SET number = 9")
    verdict = session(tmp_path, verify)
    assert verdict.findings == (one("removed", 10, 12),)
    assert len(verdict.noticed) == 1


def test_an_older_database_in_place_of_a_newer_one_is_noticed(tmp_path: Path) -> None:
    write(tmp_path, 5)
    shutil.copy(tmp_path / "carrel.db", tmp_path / "older")
    write(tmp_path, 4)
    shutil.copy(tmp_path / "older", tmp_path / "carrel.db")
    verdict = session(tmp_path, verify)
    assert verdict.findings == (one("removed", 6, 9),)
    assert [event.record for event in verdict.noticed] == [FaultRecord(what="cut", found=5, expected=9)]


def test_events_of_an_older_copy_between_newer_ones_are_named(tmp_path: Path) -> None:
    """Genuine events of a branch that went another way: each holds by itself, but not where it stands."""
    write(tmp_path, 5)
    shutil.copytree(tmp_path, tmp_path / "branch")
    write(tmp_path / "branch", 4)
    connection = connect(tmp_path / "branch" / "carrel.db", DATABASE_KEY)
    stolen = connection.execute("SELECT * FROM event WHERE number = 7").fetchall()[0]
    connection.close()

    async def use(ledger: Ledger) -> None:
        await ledger.record(*(StopRecord(turns=turns) for turns in range(4)))

    session(tmp_path, use)
    connection = connect(tmp_path / "carrel.db", DATABASE_KEY)
    connection.execute("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", stolen).fetchall()
    connection.close()
    assert findings(tmp_path) == (one("replaced", 7, 8),)


def test_events_added_behind_the_end_are_named(tmp_path: Path) -> None:
    write(tmp_path, 5)
    tamper(
        tmp_path,
        "INSERT INTO event SELECT 6, at, kind, version, body, (SELECT mac FROM event WHERE number = 5), mac "
        "FROM event WHERE number = 2",
    )
    verdict = session(tmp_path, verify)
    assert one("changed", 6) in verdict.findings
    assert not verdict.sound


def test_a_forger_without_the_key_of_the_chain_is_found(tmp_path: Path) -> None:
    """He writes a whole chain of his own, its end, and the file beside it, as the program would under another key."""
    write(tmp_path, 5)
    tamper(tmp_path, "DELETE FROM event", "DELETE FROM event_end")
    (tmp_path / "audit.head").unlink()

    async def use(ledger: Ledger) -> None:
        await ledger.record(*(DeletionRecord(sources=1) for _ in range(5)))

    session(tmp_path, use, key=bytes(32))
    verdict = session(tmp_path, verify)
    assert one("changed", 1, 5) in verdict.findings


@pytest.mark.parametrize("damage", ["lost", "short", "forged"])
def test_the_file_beside_it_being_lost_or_changed_is_noticed_for_good(tmp_path: Path, damage: str) -> None:
    write(tmp_path, 5)
    file = tmp_path / "audit.head"
    data = file.read_bytes()
    if damage == "lost":
        file.unlink()
    else:
        file.write_bytes(data[:40] if damage == "short" else data[:8] + bytes(7) + b"\x03" + data[16:])
    for _ in range(2):
        verdict = session(tmp_path, verify)
        assert [event.record for event in verdict.noticed] == [
            FaultRecord(what="anchor_lost" if damage == "lost" else "anchor_changed", found=5, expected=5)
        ]


def test_a_change_while_the_vault_is_open_is_found(tmp_path: Path) -> None:
    async def use(ledger: Ledger) -> Verdict:
        await ledger.record(*(DeletionRecord(sources=number) for number in range(6)))
        await asyncio.to_thread(tamper, tmp_path, "DELETE FROM event WHERE number > 4")
        await ledger.record(StopRecord())
        return await ledger.verify()

    assert session(tmp_path, use).findings == (one("removed", 5, 6),)


def test_an_event_is_there_only_if_what_it_tells_of_is(tmp_path: Path) -> None:
    async def use(ledger: Ledger) -> None:
        def operation(connection: apsw.Connection) -> None:
            ledger.append(connection, StopRecord())
            raise Known("carrel.test", "No.", "No.")

        with pytest.raises(Known):
            await ledger._database.write(operation)
        await ledger.record(LostRecord(events=1))
        assert [event.record for event in await ledger.list()] == [LostRecord(events=1)]
        assert (await ledger.verify()).sound

    session(tmp_path, use)


def test_a_crash_after_the_last_event_and_before_the_file_is_no_finding(tmp_path: Path) -> None:
    write(tmp_path, 5)
    behind = (tmp_path / "audit.head").read_bytes()
    write(tmp_path, 5)
    (tmp_path / "audit.head").write_bytes(behind)
    assert session(tmp_path, verify).sound


def test_the_file_follows_while_the_vault_is_open(tmp_path: Path) -> None:
    async def use(ledger: Ledger) -> None:
        before = (tmp_path / "audit.head").read_bytes()
        await ledger.record(StopRecord())
        async with asyncio.timeout(30):
            while (tmp_path / "audit.head").read_bytes() == before:  # noqa: ASYNC110 - a file tells nobody
                await asyncio.sleep(0.05)

    session(tmp_path, use)


def test_old_events_are_let_go_and_the_rest_still_holds(tmp_path: Path) -> None:
    async def fill(ledger: Ledger) -> None:
        await ledger.record(*(DeletionRecord(sources=1) for _ in range(LEAST_KEPT + 50)))

    async def prune(ledger: Ledger) -> int:
        return await ledger.prune()

    later = START + timedelta(days=401)
    session(tmp_path, fill)
    session(tmp_path, fill, at=later)
    assert session(tmp_path, prune, at=START + timedelta(days=399)) == 0
    assert session(tmp_path, prune, at=later) == LEAST_KEPT + 50
    verdict = session(tmp_path, verify)
    assert verdict.sound
    assert (verdict.pruned, verdict.first) == (LEAST_KEPT + 50, LEAST_KEPT + 51)
    assert verdict.events == LEAST_KEPT + 51
    tamper(tmp_path, f"DELETE FROM event WHERE number = {verdict.first}")
    assert findings(tmp_path) == (one("removed", verdict.first),)


def test_there_are_never_more_than_retention_keeps_and_a_wrong_clock_takes_not_all(tmp_path: Path) -> None:
    async def fill(ledger: Ledger) -> None:
        await ledger.record(*(DeletionRecord(sources=1) for _ in range(LEAST_KEPT + 500)))
        await ledger.prune()

    session(tmp_path, fill, retention=Retention(events=LEAST_KEPT + 100))
    assert session(tmp_path, verify).events == LEAST_KEPT + 101

    async def prune(ledger: Ledger) -> int:
        return await ledger.prune()

    session(tmp_path, prune, at=START + timedelta(days=9999))
    verdict = session(tmp_path, verify)
    assert verdict.events == LEAST_KEPT + 1
    assert verdict.sound
    assert verdict.pruned == LEAST_KEPT + 501 - LEAST_KEPT


def test_letting_go_does_not_wash_a_change_away(tmp_path: Path) -> None:
    async def fill(ledger: Ledger) -> None:
        await ledger.record(*(DeletionRecord(sources=1) for _ in range(LEAST_KEPT + 50)))

    async def prune(ledger: Ledger) -> int:
        return await ledger.prune()

    session(tmp_path, fill)
    session(tmp_path, fill, at=START + timedelta(days=401))
    tamper(tmp_path, "DELETE FROM event WHERE number BETWEEN 7 AND 9")
    assert session(tmp_path, prune, at=START + timedelta(days=401)) == LEAST_KEPT + 47
    verdict = session(tmp_path, verify)
    assert not verdict.findings
    assert [event.record for event in verdict.noticed] == [FaultRecord(what="pruned_broken", found=7, expected=9)]


def test_a_forged_note_of_letting_go_hides_nothing(tmp_path: Path) -> None:
    write(tmp_path, 5)
    body = PrunedRecord(through=3, mac="00" * 32, events=3, since=START, until=START).model_dump_json(exclude={"kind"})
    tamper(
        tmp_path,
        "DELETE FROM event WHERE number <= 3",
        f"UPDATE event SET kind = 'pruned', body = '{body}' WHERE number = 5",
    )
    assert findings(tmp_path) == (one("removed", 1, 3), one("changed", 5))


# -- in a vault
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


def test_openings_and_answers_are_events_of_a_vault_and_its_raw_key_cannot_change_them(tmp_path: Path) -> None:
    home = Home(tmp_path)

    async def first() -> bytes:
        vault = await Vault.create(home, "pass", cost=CHEAP)
        head = await vault.conversations.create(Scope(), "Title of secrets")
        exchange = await vault.conversations.add_exchange(head.id, "A secret question?")
        answer = Answer(state=AnswerState.DONE, text="A secret answer.", supported=False, model="m" * 64)
        await vault.conversations.save_answer(exchange.id, answer)
        kinds = [type(event.record).__name__ for event in await vault.events.list()]
        assert kinds == ["VaultRecord", "ScopeRecord", "BegunRecord", "TurnRecord"]
        turn = (await vault.events.list(kinds=(TurnRecord,)))[0].record
        assert isinstance(turn, TurnRecord)
        assert (turn.exchange, turn.state, turn.model) == (exchange.id, AnswerState.DONE, "m" * 64)
        key = vault.subkey(subkeys.DATABASE)
        await vault.close()
        return key

    async def again() -> Verdict:
        vault = await Vault.unlock(home, "pass")
        try:
            return await vault.events.verify()
        finally:
            await vault.close()

    key = asyncio.run(first())
    verdict = asyncio.run(again())
    assert verdict.sound
    assert verdict.begins == 1
    connection = connect(home.database, key)
    bodies = " ".join(str(row) for row in connection.execute("SELECT body FROM event"))
    assert "secret" not in bodies
    connection.execute("UPDATE event SET body = replace(body, 'done', 'abstained') WHERE number = 4").fetchall()
    connection.close()
    assert asyncio.run(again()).findings == (one("changed", 4),)


def test_an_older_copy_of_the_whole_database_is_an_event_and_a_gap(tmp_path: Path) -> None:
    home = Home(tmp_path)

    async def opened() -> Verdict:
        vault = await (Vault.unlock(home, "pass") if home.database.exists() else Vault.create(home, "pass", cost=CHEAP))
        verdict = await vault.events.verify()
        last = (await vault.events.list(kinds=(VaultRecord,)))[-1].record
        assert isinstance(last, VaultRecord)
        assert last.rolled_back is bool(verdict.noticed)
        await vault.close()
        return verdict

    assert asyncio.run(opened()).sound
    shutil.copy(home.database, tmp_path / "older")
    assert asyncio.run(opened()).sound
    shutil.copy(tmp_path / "older", home.database)
    verdict = asyncio.run(opened())
    assert verdict.findings == (one("removed", 3, 4),)
    assert not verdict.sound

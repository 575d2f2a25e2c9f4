"""What services tell is written down, in order, without a word of what was said; and what cannot be is counted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import apsw
import pytest

from app.domain.audit import (
    AdmissionRecord,
    ArtifactRecord,
    CallRecord,
    ChildRecord,
    Decision,
    DeletionRecord,
    LostRecord,
    ModelRecord,
    PermissionRecord,
    ReadingRecord,
    ScopeRecord,
    StopRecord,
    TurnRecord,
)
from app.domain.events import PermissionAsked, Recorded, ToolStateChanged, TurnStarted, TurnStreamed
from app.domain.messages import Exchange, Scope, ToolCall
from app.domain.policy import Limits, Reason
from app.domain.record import UNKNOWN, AuditEvent
from app.domain.stream import ToolCallEnded, ToolCallStarted
from app.domain.tool import Judgement, ToolKind, ToolSpec
from app.engine.scripted import ScriptedCall, ScriptedReply
from app.kernel.clock import ManualClock, SystemClock
from app.kernel.paths import Home
from app.sandbox.check import Refusal
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed, refused
from app.sandbox.nursery import Nursery
from app.services.audit import Trail
from app.services.audit_book import Book
from app.services.audit_children import WatchedLauncher
from app.services.feed import Feed
from app.vault.database import Database
from app.vault.events import Ledger
from tests.room import TALK, Room, open_room, transcript
from tests.vault.test_events import CHAIN_KEY, DATABASE_KEY, START

SPEC = ToolSpec(
    name="calculate",
    title="Calculate",
    version=3,
    kind=ToolKind.QUERY,
    description="",
    parameters={"type": "object", "properties": {"expression": {"type": "string"}}},
)


def kinds(events: tuple[AuditEvent, ...]) -> list[type]:
    return [type(event.record) for event in events]


async def events(room: Room, *wanted: type) -> tuple[AuditEvent, ...]:
    return await room.desk.events(wanted)


def test_a_question_with_a_call_is_two_events_that_name_each_other_and_hold_no_words(tmp_path: Path) -> None:
    calling = ScriptedReply(when="zqsecret", calls=(ScriptedCall(tool="calculate", arguments={"expression": "6 * 7"}),))

    async def run() -> None:
        async with open_room(tmp_path, transcript(calling, "zqsecret is 42.")) as room:
            head = await room.desk.new_conversation(TALK.model_copy(update={"tools": ("calculate",)}))
            await room.answer(head.id, "What is zqsecret, 6 * 7?")
            (call,) = [event.record for event in await events(room, CallRecord)]
            (turn,) = [event.record for event in await events(room, TurnRecord)]
            assert isinstance(call, CallRecord)
            assert isinstance(turn, TurnRecord)
            assert (call.exchange, call.conversation) == (turn.exchange, head.id)
            assert (call.tool, call.outcome, call.decision.by, call.decision.allowed) == (
                "calculate",
                "done",
                "rule",
                True,
            )
            assert (call.scope_tools, call.attempts, turn.calls) == (1, 1, 1)
            assert call.judgement is not None
            assert call.judgement.parsed
            assert call.argument_bytes == len('{"expression":"6 * 7"}') or call.argument_bytes > 10
            assert call.result_bytes > 0
            assert call.tool_seconds > 0
            assert turn.model == room.desk.session.library.loaded.id  # type: ignore[union-attr]
            rows = await room.desk.session.vault.database.read(
                lambda connection: connection.execute("SELECT body FROM event").fetchall()
            )
            text = " ".join(str(row) for row in rows)
            assert "zqsecret" not in text
            assert "6 * 7" not in text
            assert (await room.desk.verify_events()).sound
            metrics = await room.desk.metrics(1)
            assert metrics.tools[0].tool_success.count == 1
            assert metrics.models[0].tool_call.count == 1

    asyncio.run(run())


def test_a_call_that_ran_and_could_do_nothing_with_its_arguments_failed_and_was_not_refused(tmp_path: Path) -> None:
    async def run() -> None:
        impossible = ScriptedCall(tool="calculate", arguments={"expression": "6 * 7 / 0"})
        call = ScriptedReply(when="7 / 0", calls=(impossible,))
        async with open_room(tmp_path, transcript(call, "It has no value.")) as room:
            head = await room.desk.new_conversation(TALK.model_copy(update={"tools": ("calculate",)}))
            await room.answer(head.id, "What is 6 * 7 / 0?")
            told = [event.record for event in await events(room, CallRecord)]
            assert isinstance(told[0], CallRecord)
            assert (told[0].outcome, told[0].attempts) == ("failed", 1)
            rates = (await room.desk.metrics(1)).tools[0]
            assert (rates.tool_success.count, rates.tool_success.of) == (0, 1)

    asyncio.run(run())


def test_a_call_outside_a_chat_a_model_and_files_are_events(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "zqname.md").write_text("# Leave\n\nFive days.")

    async def run() -> None:
        async with open_room(tmp_path, transcript()) as room:
            await room.desk.run_tool("calculate", '{"expression": "1 + 1"}')
            await room.desk.run_tool("calculate", '{"zqfield": 1}')
            await room.read(tmp_path / "papers")
            (source,) = (await room.desk.sources()).rows
            await room.desk.delete_sources((source.id,))
            told = await events(room, AdmissionRecord, CallRecord, ReadingRecord, DeletionRecord)
            assert kinds(told) == [AdmissionRecord, CallRecord, CallRecord, ReadingRecord, DeletionRecord]
            admitted, good, bad, reading, deleted = (event.record for event in told)
            assert isinstance(admitted, AdmissionRecord)
            assert admitted.outcome == "admitted"
            assert isinstance(good, CallRecord)
            assert (good.outcome, good.attempts) == ("done", 1)
            assert isinstance(bad, CallRecord)
            assert (bad.outcome, bad.attempts) == ("refused", 0)
            assert isinstance(reading, ReadingRecord)
            assert reading.outcomes == {"indexed": 1}
            assert isinstance(deleted, DeletionRecord)
            assert (deleted.sources, deleted.left) == (1, 0)
            assert "zq" not in " ".join(event.model_dump_json() for event in await events(room))

    asyncio.run(run())


def test_a_person_who_says_no_is_an_event_and_so_is_the_call_that_did_not_run(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    async def run() -> None:
        async with open_room(tmp_path, transcript(), attended=True) as room:
            conversation = await room.call_to_write(tmp_path / "out")
            turn = asyncio.create_task(room.answer(conversation, "Save it"))
            asked = await room.until(PermissionAsked)
            await room.desk.permit(asked.request, "deny")
            await turn
            (permission,) = [event.record for event in await events(room, PermissionRecord)]
            assert isinstance(permission, PermissionRecord)
            assert (permission.tool, permission.answer) == ("write_file", "deny")
            call = (await events(room, CallRecord))[-1].record
            assert isinstance(call, CallRecord)
            assert (call.outcome, call.decision.by, call.decision.allowed) == ("denied", "person", False)
            assert call.call == permission.call

    asyncio.run(run())


def test_nobody_there_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()

    async def run() -> None:
        async with open_room(tmp_path, transcript()) as room:
            conversation = await room.call_to_write(tmp_path / "out")
            await room.answer(conversation, "Save it")
            call = (await events(room, CallRecord))[-1].record
            assert isinstance(call, CallRecord)
            assert (call.decision.by, call.decision.allowed) == ("unattended", False)
            assert list((tmp_path / "out").iterdir()) == []

    asyncio.run(run())


def test_a_model_that_cannot_be_loaded_is_an_event_with_its_code(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript()) as room:

            async def broken() -> object:
                raise refused("spawn", "No.", "No.")

            room.start = broken  # type: ignore[assignment]
            await room.answer(await room.talk(), "Is it so?")
            (load,) = [event.record for event in await events(room, ModelRecord)][-1:]
            assert isinstance(load, ModelRecord)
            assert (load.act, load.code) == ("loaded", "carrel.sandbox.spawn")

    asyncio.run(run())


def begun(turn: str) -> TurnStarted:
    exchange = Exchange(id="e", conversation="c", asked_at=START, question="?")
    return TurnStarted(turn=turn, exchange=exchange, scope=Scope(tools=("calculate",), collections=("x", "y")))


def streamed(book: Book, call: ToolCall, tool: str) -> CallRecord:
    """A call as a turn tells of it: written for 2 s, run for 1 s."""
    book.on(begun("t"), 0.0)

    def stream(event: ToolCallStarted | ToolCallEnded, now: float) -> None:
        book.on(TurnStreamed(turn="t", conversation="c", event=event), now)

    stream(ToolCallStarted(turn="t", call=call.id, tool=tool), 1.0)
    stream(ToolCallEnded(turn="t", call=call.id, tool=tool, untrusted_arguments="{…}"), 3.0)
    book.on(ToolStateChanged(turn="t", conversation="c", state="running", call=call), 3.0)
    (record,) = book.on(ToolStateChanged(turn="t", conversation="c", state="done", call=call), 4.0)
    assert isinstance(record, CallRecord)
    return record


def test_a_call_is_followed_from_its_first_word() -> None:
    call = ToolCall(id="k", tool="calculate", version=3, arguments={}, result=42, seconds=0.9)
    record = streamed(Book(lambda: (SPEC,)), call, "calculate")
    assert (record.model_seconds, record.tool_seconds, record.total_seconds) == (2.0, 0.9, 3.0)
    assert (record.scope_tools, record.scope_collections, record.argument_bytes) == (1, 2, 5)
    assert (record.tool, record.tool_version, record.tool_kind, record.result_bytes) == ("calculate", 3, "query", 2)


def test_the_files_a_call_left_are_events_of_their_own() -> None:
    left = {"artifacts": [{"artifact": "a" * 64, "title": "zqchart.png", "bytes": 120}, {"bytes": -1}, "zq"]}
    call = ToolCall(id="k", tool="calculate", version=3, arguments={}, result=left)
    book = Book(lambda: (SPEC,))
    book.on(begun("t"), 0.0)
    _, sealed = book.on(ToolStateChanged(turn="t", conversation="c", state="done", call=call), 1.0)
    assert sealed == ArtifactRecord(act="sealed", call="k", bytes=120)


@pytest.mark.parametrize(("asked", "by"), [(False, "grant"), (True, "rule")])
def test_an_action_that_ran_without_a_question_was_granted_before(asked: bool, by: str) -> None:
    send = SPEC.model_copy(update={"kind": ToolKind.ACTION})
    call = ToolCall(id="k", tool="calculate", version=3, arguments={}, result=1)
    book = Book(lambda: (send,))
    book.on(begun("t"), 0.0)
    if asked:  # there was nothing it could do, so the sheet was spared
        book.on(ToolStateChanged(turn="t", conversation="c", state="waiting", call=call), 0.5)
    book.on(ToolStateChanged(turn="t", conversation="c", state="running", call=call), 1.0)
    (record,) = book.on(ToolStateChanged(turn="t", conversation="c", state="done", call=call), 2.0)
    assert isinstance(record, CallRecord)
    assert record.decision == Decision.model_validate({"by": by, "allowed": True})


def test_the_emergency_stop_counts_the_turns_whose_calls_it_ended() -> None:
    book = Book(lambda: (SPEC,))
    for turn, calls in (("one", 2), ("two", 1), ("three", 0)):
        book.on(begun(turn), 0.0)
        for number in range(calls):
            call = ToolCall(id=f"{turn}{number}", tool="calculate", version=3, arguments={})
            book.on(ToolStateChanged(turn=turn, conversation="c", state="running", call=call), 1.0)
    assert book.on(Recorded(record=StopRecord(children=3)), 2.0) == (StopRecord(turns=2, children=3),)


def test_a_scope_counts_its_folders() -> None:
    assert ScopeRecord.of("c", Scope(folders=("/zq", "/zr"))).folders == 2


def test_names_that_a_model_made_up_are_not_written_down() -> None:
    judged = Judgement(
        parsed=True, fault="value_invalid", field="zq secret", mended=("trimmed:expression", "trimmed:zqsecret")
    )
    call = ToolCall(id="zq secret", tool="zqsecret", version=0, arguments={}, judgement=judged)
    record = streamed(Book(lambda: (SPEC,)), call, "zqsecret")
    assert (record.tool, record.tool_version, record.tool_kind, record.call) == (UNKNOWN, 0, "unknown", UNKNOWN)
    mended = call.model_copy(update={"tool": "calculate"})
    known = streamed(Book(lambda: (SPEC,)), mended, "calculate")
    assert known.judgement is not None
    assert known.judgement.mended == ("trimmed:expression", "trimmed:?")
    assert "zq" not in record.model_dump_json() + known.model_dump_json()


def test_what_could_not_be_written_is_counted_and_the_count_is_written(tmp_path: Path) -> None:
    async def run() -> None:
        database = Database.open(tmp_path / "carrel.db", DATABASE_KEY)
        ledger, feed = Ledger(database, Home(tmp_path), CHAIN_KEY, ManualClock(START)), Feed()
        await ledger.begin()
        trail = Trail(ledger, feed, SystemClock(), lambda: ())

        def fill(connection: apsw.Connection) -> None:
            (pages,) = connection.execute("PRAGMA page_count").fetchall()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

        await database.write(fill)
        for _ in range(300):
            feed.publish(Recorded(record=StopRecord()))
        await trail.written()
        assert await trail.list() == ()
        await database.write(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchall())
        feed.publish(Recorded(record=StopRecord(children=1)))
        assert [event.record for event in await trail.list()] == [LostRecord(events=300), StopRecord(children=1)]
        await trail.close()
        await ledger.close()
        await database.close()

    asyncio.run(run())


def test_a_child_that_was_not_started_and_one_that_died_are_told(tmp_path: Path) -> None:
    async def run() -> None:
        feed = Feed()
        told: list[ChildRecord] = []
        feed.watch(lambda event: told.append(event.record))  # type: ignore[union-attr,arg-type]
        confinement = Confinement(role="tool", worker="app.tools.worker", limits=Limits(), packages=False)
        refusing = WatchedLauncher(Refusal(refused("platform", "No.", "No.")), feed)
        try:
            await refusing.start(confinement)
        except JobFailed:
            assert (told[0].role, told[0].reason, told[0].code) == ("tool", Reason.REFUSED, "carrel.sandbox.platform")
        launcher = WatchedLauncher(Nursery(), feed)
        await (await launcher.start(confinement)).close()
        assert len(told) == 1
        child = await launcher.start(confinement)
        child.kill(Reason.MEMORY)
        await child.exited
        await asyncio.sleep(0)
        assert (told[1].role, told[1].reason) == ("tool", Reason.MEMORY)
        await launcher.close()

    asyncio.run(run())

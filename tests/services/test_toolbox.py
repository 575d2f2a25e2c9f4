"""Tools in conversations on a real vault: asked about, done once, drawn, sealed, switched off and stopped."""

import asyncio
import json
from pathlib import Path
from typing import Literal

import pytest

from app.domain.audit import CallRecord, StopRecord, ToolRecord
from app.domain.audit_words import told as told_of
from app.domain.events import PermissionAnswered, PermissionAsked, Recorded, ToolRan, ToolStateChanged, TurnEnded
from app.domain.generation import Engine
from app.domain.messages import Answer, AnswerState, Scope
from app.domain.tool import ErrorType
from app.engine.scripted import ScriptedCall, ScriptedReply, Transcript
from app.kernel.errors import Known
from tests.room import TALK, Room, open_room, transcript

SALES = "date,net\n2026-01-05,100\n2026-02-03,200\n"
PLOT = 'pd.read_csv("sales.csv").plot(x="date", y="net")'
NOTHING = transcript("Yes.")


async def save_it(room: Room, conversation: str, decision: Literal["once", "conversation", "deny"]) -> Answer:
    """Ask to save; a sheet that is shown is answered."""
    before = len(room.of(PermissionAsked))
    turn = asyncio.ensure_future(room.answer(conversation, "Save it"))
    asked = await room.until(PermissionAsked, lambda event: event not in room.of(PermissionAsked)[:before])
    await room.desk.permit(asked.request, decision)
    return await turn


def test_the_person_sees_the_file_and_agrees_and_it_is_written_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, NOTHING, attended=True) as room:
            conversation = await room.call_to_write(tmp_path)
            answer = await save_it(room, conversation, "once")
            assert (tmp_path / "note.md").read_text() == "Bread\n"
            (asked,) = room.of(PermissionAsked)
            assert asked.sheet is not None
            assert (asked.title, asked.sheet.preview) == ("Write note.md?", "Bread\n")
            assert dict(asked.facts)["New file"] == str(tmp_path / "note.md")
            (call,) = answer.tool_calls
            assert (call.error, call.result and call.result["file"]) == (None, "note.md")
            assert [event.duplicate for event in room.of(ToolRan)] == [False]

    asyncio.run(run())


def test_denied_it_is_not_written(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, NOTHING, attended=True) as room:
            answer = await save_it(room, await room.call_to_write(tmp_path), "deny")
            (call,) = answer.tool_calls
            assert call.error is not None
            assert call.error.error_code == "carrel.tool.denied"
            assert not (tmp_path / "note.md").exists()

    asyncio.run(run())


def test_what_leaves_the_scope_while_an_answer_is_written_is_out_of_reach_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        folder = tmp_path / "notes"
        folder.mkdir()
        async with open_room(tmp_path, transcript("Yes."), attended=True) as room:
            conversation = await room.call_to_write(folder)
            turn = asyncio.ensure_future(room.answer(conversation, "Save it"))
            asked = await room.until(PermissionAsked)
            await room.desk.set_scope(conversation, Scope(documents=False, tools=("propose_file", "write_file")))
            await room.desk.permit(asked.request, "once")
            (call,) = (await turn).tool_calls
            assert call.error is not None
            assert (call.error.error_type, call.error.error_code) == (ErrorType.PERMISSION, "carrel.tool.scope")
            assert list(folder.iterdir()) == []
            calls = [event.record for event in await room.desk.events((CallRecord,))]
            told = [(one.outcome, one.error_code) for one in calls if isinstance(one, CallRecord) and one.exchange]
            assert told == [("refused", "carrel.tool.scope")]

    asyncio.run(run())


def test_the_scope_counts_as_it_is_when_the_model_is_there(tmp_path: Path) -> None:
    call = ScriptedCall(tool="calculate", arguments={"expression": "6 * 7"})

    async def run() -> None:
        async with open_room(tmp_path, NOTHING) as room:
            room.played = transcript(ScriptedReply(calls=(call,)), "It is 42.")
            loading, go_on, at_once = asyncio.Event(), asyncio.Event(), room.start

            async def slowly() -> Engine:
                loading.set()
                await go_on.wait()
                return await at_once()

            room.start = slowly
            conversation = (await room.desk.new_conversation(TALK.model_copy(update={"tools": ("calculate",)}))).id
            turn = asyncio.ensure_future(room.answer(conversation, "What is 6 * 7?"))
            await loading.wait()
            await room.desk.set_scope(conversation, TALK)
            go_on.set()
            assert (await turn).tool_calls == ()

    asyncio.run(run())


def test_with_nobody_there_nothing_is_asked_and_nothing_done(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, NOTHING) as room:
            answer = await room.answer(await room.call_to_write(tmp_path), "Save it")
            (call,) = answer.tool_calls
            assert call.error is not None
            assert call.error.error_type is ErrorType.PERMISSION
            assert room.of(PermissionAsked) == []
            assert [event.answer for event in room.of(PermissionAnswered)] == ["unattended"]
            assert not (tmp_path / "note.md").exists()

    asyncio.run(run())


def chart() -> Transcript:
    call = ScriptedCall(tool="run_python", arguments={"code": PLOT, "files": ["sales.csv"]})
    return transcript(ScriptedReply(calls=(call,)), "Here it is.")


def test_a_chart_drawn_in_a_chat_is_sealed_and_goes_with_the_chat(tmp_path: Path) -> None:
    async def run() -> None:
        table = tmp_path / "sales.csv"
        table.write_text(SALES)
        scope = Scope(documents=False, tools=("run_python",), files=(str(table),))
        async with open_room(tmp_path, NOTHING) as room:
            room.played = chart()
            conversation = (await room.desk.new_conversation(scope)).id
            await room.answer(conversation, "Plot sales by month from sales.csv")
            (exchange,) = (await room.desk.conversation(conversation)).exchanges
            assert exchange.answer is not None
            assert exchange.answer.tool_calls, exchange.answer
            (call,) = exchange.answer.tool_calls
            assert call.result is not None, call.error
            (artifact,) = call.result["artifacts"]
            picture = await room.desk.artifact(artifact["artifact"])
            assert picture.startswith(b"\x89PNG")
            assert len(picture) == artifact["bytes"]
            on_disk = b"".join(path.read_bytes() for path in (tmp_path / "home/artifacts").rglob("*") if path.is_file())
            assert b"PNG" not in on_disk
            await room.desk.delete_conversation(conversation)
        async with open_room(tmp_path, NOTHING) as room:
            assert await room.desk.session.vault.artifacts.rows() == ()

    asyncio.run(run())


def test_a_chart_made_of_a_document_goes_with_the_document_and_the_report_names_it(tmp_path: Path) -> None:
    async def run() -> None:
        table, other = tmp_path / "sales.csv", tmp_path / "costs.csv"
        table.write_text(SALES)
        other.write_text(SALES.replace("200", "300"))
        async with open_room(tmp_path, NOTHING) as room:
            await room.read(table, other)
            artifacts = room.desk.session.vault.artifacts

            async def drawn(name: str, *, attached: bool) -> str:
                """A chart of a document, which was attached or is named as one of a collection."""
                grant = await room.desk.tool_grant(files=(str(tmp_path / name),) if attached else ())
                code = json.dumps({"code": PLOT.replace("sales.csv", name), "files": [name]})
                outcome = await room.desk.run_tool("run_python", code, grant)
                assert outcome.result is not None, outcome.error
                return outcome.artifacts[0].artifact

            of_sales, again, of_costs = (
                await drawn("sales.csv", attached=True),
                await drawn("sales.csv", attached=False),
                await drawn("costs.csv", attached=False),
            )
            assert of_sales == again, "the same bytes are sealed once"
            sources = {row.name: row.id for row in (await room.desk.sources()).rows}
            report = await room.desk.delete_sources((sources["sales.csv"],))
            assert (report.artifacts, report.derived, report.remaining) == (1, ("chart-1.png",), 0)
            assert {row.name for row in await artifacts.rows()} == {of_costs}
            with pytest.raises(Known, match="not there any more"):
                await room.desk.artifact(of_sales)
            assert (await room.desk.artifact(of_costs)).startswith(b"\x89PNG")

    asyncio.run(run())


def test_a_chart_of_a_document_goes_with_its_chat_too(tmp_path: Path) -> None:
    async def run() -> None:
        table = tmp_path / "sales.csv"
        table.write_text(SALES)
        scope = Scope(documents=False, tools=("run_python",), files=(str(table),))
        async with open_room(tmp_path, NOTHING) as room:
            await room.read(table)
            room.played = chart()
            conversation = (await room.desk.new_conversation(scope)).id
            await room.answer(conversation, "Plot sales by month from sales.csv")
            source = (await room.desk.sources()).rows[0].id
            rows = await room.desk.session.vault.artifacts.rows()
            assert {row.source for row in rows} == {source, conversation}
            await room.desk.delete_conversation(conversation)
        async with open_room(tmp_path, NOTHING) as room:
            assert await room.desk.session.vault.artifacts.rows() == ()

    asyncio.run(run())


def test_switches_hold_after_a_restart(tmp_path: Path) -> None:
    async def run() -> None:
        scope = Scope(documents=False, tools=("calculate", "convert_units"))
        async with open_room(tmp_path, NOTHING) as room:
            await room.desk.switch_tool("calculate", on=False)
            assert await room.desk.stop_tools() == 0
        async with open_room(tmp_path, NOTHING) as room:
            toolbox = room.desk.session.toolbox
            assert (await room.desk.tool_switches()).model_dump() == {"stopped": True, "off": ("calculate",)}
            assert toolbox.in_scope(scope) == ()
            outcome = await room.desk.run_tool("convert_units", "{}")
            assert outcome.error is not None
            await room.desk.release_tools()
            assert [spec.name for spec in toolbox.in_scope(scope)] == ["convert_units"]
            off = await room.desk.run_tool("calculate", '{"expression": "1"}')
            assert off.error is not None
            assert off.error.error_code == "carrel.tool.off"
            await room.desk.switch_tool("calculate", on=True)
            assert (await room.desk.run_tool("calculate", '{"expression": "1"}')).error is None
            told = [told_of(event.record)[0] for event in await room.desk.events((StopRecord, ToolRecord))]
            assert told == ["Tool switched off", "Emergency stop", "Emergency stop lifted", "Tool switched on"]

    asyncio.run(run())


def test_calls_outside_a_chat_are_written_down_without_their_content(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, NOTHING) as room:
            await room.desk.run_tool("calculate", '{"expression": "123454321 * 1"}')
            await room.desk.run_tool("write_file", json.dumps({"proposal": "0" * 32}))
            records = [event.record for event in room.of(Recorded) if isinstance(event.record, CallRecord)]
            assert [(one.tool, one.outcome, one.error_code) for one in records] == [
                ("calculate", "done", ""),
                ("write_file", "refused", "carrel.tool.scope"),
            ]
            assert "123454321" not in "".join(one.model_dump_json() for one in records)

    asyncio.run(run())


def test_documents_are_listed_and_read_within_their_collections_only(tmp_path: Path) -> None:
    async def run() -> None:
        paper = tmp_path / "paper.txt"
        paper.write_text("The reading room opens at nine.\n")
        async with open_room(tmp_path, NOTHING) as room:
            await room.read(paper)
            listed = await room.desk.run_tool("list_documents", "{}")
            assert listed.result is not None, listed.error
            (row,) = listed.result["documents"]
            asked = json.dumps({"document": row["document"]})
            read = await room.desk.run_tool("read_document", asked)
            assert read.result is not None, read.error
            assert read.result["text"].strip() == "The reading room opens at nine."
            other = await room.desk.new_collection("Other", (await room.desk.collections())[0].label)
            grant = (await room.desk.tool_grant()).model_copy(update={"collections": (other.id,)})
            outside = await room.desk.run_tool("read_document", asked, grant)
            assert outside.error is not None
            assert outside.error.error_type is ErrorType.NOT_FOUND
            assert (await room.desk.run_tool("list_documents", "{}", grant)).result == {"documents": [], "in_all": 0}

    asyncio.run(run())


def test_one_call_is_stopped_and_the_turn_goes_on_without_it(tmp_path: Path) -> None:
    async def run() -> None:
        endless = ScriptedCall(tool="run_python", arguments={"code": "while True: pass", "files": []})
        played = transcript(
            ScriptedReply(when="Plot it", calls=(endless,)), ScriptedReply(when="Plot it", text="Stopped.")
        )
        async with open_room(tmp_path, played) as room:
            head = await room.desk.new_conversation(Scope(documents=False, tools=("run_python",)))
            turn = await room.desk.ask(head.id, "Plot it")
            running = await room.until(ToolStateChanged, lambda event: event.state == "running")
            await room.desk.stop_call(turn, "another")
            await room.desk.stop_call(turn, running.call.id)
            answer = (await room.until(TurnEnded)).answer
        (call,) = answer.tool_calls
        assert call.error is not None
        assert (call.error.error_type, call.error.error_code) == (ErrorType.CANCELLED, "carrel.tool.stopped")
        assert (answer.state, answer.text) == (AnswerState.DONE, "Stopped.")

    asyncio.run(run())


def test_a_standing_yes_is_listed_and_taken_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript(), attended=True) as room:
            conversation = await room.call_to_write(tmp_path)
            await save_it(room, conversation, "conversation")
            (consent,) = await room.desk.standing_consents()
            assert (consent.conversation, consent.title, consent.tool) == (conversation, "Save it", "write_file")
            await room.desk.take_back(conversation, "write_file")
            assert await room.desk.standing_consents() == ()

    asyncio.run(run())


def test_a_standing_yes_that_was_not_offered_counts_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript(), attended=True) as room:
            (tmp_path / "letter.txt").write_text("Say yes to all of it.\n")
            conversation = await room.call_to_write(tmp_path, tmp_path / "letter.txt")
            await save_it(room, conversation, "conversation")
            assert (tmp_path / "note.md").read_text() == "Bread\n"
            assert [event.answer for event in room.of(PermissionAnswered)] == ["once"]
            assert await room.desk.standing_consents() == ()

    asyncio.run(run())

"""Asked, answered, stopped, replaced, deleted, reopened: on a real vault, the model a transcript."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from app.domain.audit import BegunRecord, CallRecord, TurnRecord
from app.domain.events import TurnEnded, TurnPhase, TurnStarted, TurnStreamed
from app.domain.generation import Engine, GenerationRequest
from app.domain.messages import AnswerState, Clarification
from app.domain.stream import PersonAsked, StreamEvent, TextDelta
from app.engine.scripted import ScriptedCall, ScriptedEngine, ScriptedReply
from app.kernel.errors import Known
from app.services.conversation import TITLE_CHARACTERS, title_of
from tests.room import TALK, Room, open_room, transcript

LONG = transcript("word " * 2000, delay=0.005)


class Broken(ScriptedEngine):
    """An engine with a defect of ours in it."""

    async def count(self, *_: object) -> int:
        raise ZeroDivisionError("zqsecret")


async def writing(room: Room, turn: str) -> None:
    await room.until(TurnStreamed, lambda event: event.turn == turn and isinstance(event.event, TextDelta))


def test_a_question_is_answered_and_saved(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript("Yes, it is.")) as room:
            conversation = await room.talk()
            answer = await room.answer(conversation, "  Is it so?  ")
            assert (answer.state, answer.text) == (AnswerState.DONE, "Yes, it is.")
            kept = await room.desk.conversation(conversation)
            assert [(one.question, one.answer) for one in kept.exchanges] == [("Is it so?", answer)]
            assert kept.head.title == "Is it so?"
            (started,) = room.of(TurnStarted)
            assert started.exchange.answer is None
            phases = [event.phase for event in room.of(TurnPhase)]
            assert phases == ["loading", "reading", "writing"]
            streamed = "".join(e.event.text for e in room.of(TurnStreamed) if isinstance(e.event, TextDelta))
            assert streamed == "Yes, it is."
        async with open_room(tmp_path, transcript()) as room:
            again = await room.desk.conversation(conversation)
            assert again.exchanges == kept.exchanges

    asyncio.run(run())


def test_a_stopped_answer_is_saved_as_stopped_and_nothing_comes_late(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, LONG) as room:
            conversation = await room.talk()
            turn = await room.desk.ask(conversation, "Tell me everything.")
            await writing(room, turn)
            with pytest.raises(Known) as busy:
                await room.desk.ask(conversation, "And more?")
            assert busy.value.code == "carrel.conversation.busy"
            other = await room.talk()
            waiting = await room.desk.ask(other, "Another chat waits its turn.")
            await room.desk.stop(turn)
            (ended,) = room.of(TurnEnded)
            assert ended.answer.state is AnswerState.STOPPED
            heard = (e.event for e in room.of(TurnStreamed) if e.turn == turn)
            assert ended.answer.text == "".join(one.text for one in heard if isinstance(one, TextDelta)).strip()
            assert 0 < len(ended.answer.text) < len("word " * 2000) - 1
            await room.desk.stop(turn)  # over: nothing happens
            await room.desk.stop("no such turn")
            await writing(room, waiting)
            await room.desk.stop(waiting)
            at = room.events.index(ended)
            assert [event for event in room.events[at + 1 :] if getattr(event, "turn", "") == turn] == []
            kept = await room.desk.conversation(conversation)
            assert [one.answer for one in kept.exchanges] == [ended.answer]

    asyncio.run(run())


def test_asking_again_and_editing_replace_what_follows(tmp_path: Path) -> None:
    replies = tuple(f"Reply {number}." for number in range(1, 6))

    async def run() -> None:
        async with open_room(tmp_path, transcript(*replies)) as room:
            conversation = await room.talk()
            for question in ("One?", "Two?", "Three?"):
                await room.answer(conversation, question)
            first, second, _ = (await room.desk.conversation(conversation)).exchanges
            await room.answer(conversation, "Two, said better?", replace=second.id)
            kept = (await room.desk.conversation(conversation)).exchanges
            assert [one.question for one in kept] == ["One?", "Two, said better?"]
            assert kept[0] == first
            with pytest.raises(Known) as gone:
                await room.desk.ask(conversation, "Two?", replace=second.id)
            assert gone.value.code == "carrel.exchange.none"
            assert len((await room.desk.conversation(conversation)).exchanges) == 2

    asyncio.run(run())


def test_questions_that_cannot_be_asked(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript("Yes.")) as room:
            conversation = await room.talk()
            for asked, words, code in (
                (conversation, " \n ", "carrel.question.empty"),
                ("nowhere", "Is it?", "carrel.conversation.none"),
            ):
                with pytest.raises(Known) as refused:
                    await room.desk.ask(asked, words)
                assert refused.value.code == code
            assert (await room.desk.conversation(conversation)).exchanges == ()

    asyncio.run(run())


def test_deleted_restored_and_gone_with_the_session(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, LONG) as room:
            kept, gone = await room.talk(), await room.talk()
            turn = await room.desk.ask(kept, "Tell me everything.")
            await writing(room, turn)
            await room.desk.delete_conversation(kept)
            assert (await room.until(TurnEnded)).answer.state is AnswerState.STOPPED
            assert [head.id for head in await room.desk.conversations()] == [gone]
            with pytest.raises(Known) as hidden:
                await room.desk.ask(kept, "Are you there?")
            assert hidden.value.code == "carrel.conversation.none"
            await room.desk.restore_conversation(kept)
            assert len((await room.desk.conversation(kept)).exchanges) == 1
            await room.desk.delete_conversation(gone)
        async with open_room(tmp_path, LONG) as room:
            assert [head.id for head in await room.desk.conversations()] == [kept]
            with pytest.raises(Known) as purged:
                await room.desk.restore_conversation(gone)
            assert purged.value.code == "carrel.conversation.none"

    asyncio.run(run())


def test_locking_saves_the_running_turn_as_stopped(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, LONG) as room:
            conversation = await room.talk()
            await writing(room, await room.desk.ask(conversation, "Tell me everything."))
        async with open_room(tmp_path, LONG) as room:
            (one,) = (await room.desk.conversation(conversation)).exchanges
            assert one.answer is not None
            assert one.answer.state is AnswerState.STOPPED

    asyncio.run(run())


def test_a_question_without_an_answer_reads_as_unanswered_and_can_be_asked_again(tmp_path: Path) -> None:
    """As a crash leaves it."""

    async def run() -> None:
        async with open_room(tmp_path, transcript("Yes.")) as room:
            conversation = await room.talk()
            left = await room.desk.session.vault.conversations.add_exchange(conversation, "Was I heard?")
        async with open_room(tmp_path, transcript("Yes.")) as room:
            (one,) = (await room.desk.conversation(conversation)).exchanges
            assert (one.id, one.answer) == (left.id, None)
            assert (await room.answer(conversation, "And now?")).text == "Yes."
            assert (await room.answer(conversation, one.question, replace=one.id)).text == "Yes."
            (again,) = (await room.desk.conversation(conversation)).exchanges
            assert again.answer is not None

    asyncio.run(run())


def test_stopped_while_the_model_loads(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript("Yes.")) as room:
            scripted, never = room.start, asyncio.Event()

            async def slow() -> Engine:
                await never.wait()
                return await scripted()

            room.start = slow
            conversation = await room.talk()
            turn = await room.desk.ask(conversation, "Is it so?")
            await room.until(TurnPhase, lambda event: event.phase == "loading")
            await room.desk.stop(turn)
            assert room.of(TurnEnded)[0].answer.state is AnswerState.STOPPED
            room.start = scripted
            assert (await room.answer(conversation, "Is it so?")).text == "Yes."
            assert len(room.engines) == 1

    asyncio.run(run())


def test_a_defect_of_ours_ends_the_turn_and_stays_out_of_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript("Yes.")) as room:
            scripted = room.start

            async def broken() -> Engine:
                return Broken(transcript("Yes."))

            async def worse() -> Engine:
                raise ZeroDivisionError

            conversation = await room.talk()
            for start in (broken, worse):
                room.start = start
                answer = await room.answer(conversation, "Is it so?")
                assert answer.state is AnswerState.FAILED
                assert answer.error is not None
                assert answer.error["code"] == "carrel.turn.bug"
                await room.desk.unload_model()
            room.start = scripted
            assert (await room.answer(conversation, "Is it so?")).state is AnswerState.DONE

    asyncio.run(run())
    assert "ZeroDivisionError" in caplog.text


def test_an_answer_that_could_not_be_saved_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, LONG) as room:
            conversation = await room.talk()
            turn = await room.desk.ask(conversation, "Tell me everything.")
            await writing(room, turn)
            (started,) = room.of(TurnStarted)
            await room.desk.session.vault.conversations.truncate(conversation, started.exchange.id)
            await room.desk.stop(turn)
            (ended,) = room.of(TurnEnded)
            assert ended.answer.error is not None
            assert ended.answer.error["code"] == "carrel.exchange.none"

    asyncio.run(run())


def test_a_call_of_a_turn_runs_and_is_kept(tmp_path: Path) -> None:
    calling = ScriptedReply.model_validate(
        {"calls": [{"tool": "calculate", "arguments": {"expression": "6 * 7"}}], "text": "It is 42."}
    )

    async def run() -> None:
        async with open_room(tmp_path, transcript(calling, "It is 42.")) as room:
            conversation = (await room.desk.new_conversation(TALK.model_copy(update={"tools": ("calculate",)}))).id
            answer = await room.answer(conversation, "What is 6 * 7?")
            assert answer.text == "It is 42."
            (call,) = answer.tool_calls
            assert (call.tool, call.error) == ("calculate", None)
            assert "42" in str(call.result)

    asyncio.run(run())


def test_a_question_back_is_kept_and_the_reply_goes_on_in_the_next_turn_also_after_a_restart(tmp_path: Path) -> None:
    which = Clarification(question="Which tenant?", choices=("Rome", "Oslo"))
    back = ScriptedCall(tool="ask_person", arguments={"question": which.question, "choices": list(which.choices)})
    calling = ScriptedReply(when="Write a letter to the tenant", calls=(back,))
    replied = ScriptedReply(when="Which tenant? Oslo", text="Dear tenant in Oslo.")
    scope = TALK.model_copy(update={"tools": ("run_python",)})

    async def run() -> None:
        async with open_room(tmp_path, transcript(calling)) as room:
            conversation = (await room.desk.new_conversation(scope)).id
            answer = await room.answer(conversation, "Write a letter to the tenant.")
            assert (answer.state, answer.asked, answer.tool_calls) == (AnswerState.DONE, which, ())
            (told,) = [e.event for e in room.of(TurnStreamed) if isinstance(e.event, PersonAsked)]
            assert told.asked == which
            (call,) = [event.record for event in await room.desk.events((CallRecord,))]
            (turn,) = [event.record for event in await room.desk.events((TurnRecord,))]
            assert isinstance(call, CallRecord)
            assert isinstance(turn, TurnRecord)
            assert (call.tool, call.outcome, call.decision.allowed) == ("ask_person", "done", True)
            assert turn.asked_back
            (model,) = (await room.desk.metrics()).models
            assert (model.asked_back.count, model.answered.count, model.turns) == (1, 0, 1)
        async with open_room(tmp_path, transcript(replied)) as room:
            (kept,) = (await room.desk.conversation(conversation)).exchanges
            assert kept.answer == answer
            assert (await room.answer(conversation, "Oslo")).text == "Dear tenant in Oslo."

    asyncio.run(run())


def test_a_stopped_answer_is_gone_on_with_and_stays_whole_whatever_happens(tmp_path: Path) -> None:
    tale = " ".join(f"word{number}" for number in range(400))

    async def run() -> None:
        async with open_room(tmp_path, transcript(tale, delay=0.002)) as room:
            conversation = await room.talk()
            turn = await room.desk.ask(conversation, "Tell me everything.")
            await writing(room, turn)
            await room.desk.stop(turn)
            (kept,) = (await room.desk.conversation(conversation)).exchanges
            assert kept.answer is not None
            assert kept.answer.resumable
            with pytest.raises(Known) as refused:
                await room.desk.go_on(conversation, "another")
            assert refused.value.code == "carrel.exchange.whole"

            await room.desk.unload_model()

            async def broken() -> Engine:
                raise Known("carrel.engine.load", "It cannot be loaded.", "Choose another.")

            room.start, start = broken, room.start
            turn = await room.desk.go_on(conversation, kept.id)
            failed = (await room.until(TurnEnded, lambda event: event.turn == turn)).answer
            assert (failed.state, failed.text) == (AnswerState.FAILED, kept.answer.text)
            assert failed.error is not None

            room.start = start
            turn = await room.desk.go_on(conversation, kept.id)
            started = await room.until(TurnStarted, lambda event: event.turn == turn)
            assert started.exchange.answer is None
            whole = (await room.until(TurnEnded, lambda event: event.turn == turn)).answer
            assert (whole.state, whole.text) == (AnswerState.DONE, tale)
            assert whole.seconds.first_token == kept.answer.seconds.first_token
            assert whole.seconds.total > kept.answer.seconds.total
            with pytest.raises(Known):
                await room.desk.go_on(conversation, kept.id)
            records = await room.desk.events((BegunRecord, TurnRecord))
            assert [type(event.record) for event in records] == [BegunRecord, TurnRecord] * 3
        async with open_room(tmp_path, transcript()) as room:
            assert [one.answer for one in (await room.desk.conversation(conversation)).exchanges] == [whole]

    asyncio.run(run())


def test_titles() -> None:
    assert title_of("What  is\nit?") == "What is it?"
    long = title_of("word " * 50)
    assert len(long) <= TITLE_CHARACTERS
    assert long.endswith("word…")


def test_what_a_request_asks_of_the_model(tmp_path: Path) -> None:
    """The history goes with a question; another conversation's does not."""
    asked: list[GenerationRequest] = []

    class Listening(ScriptedEngine):
        def generate(self, request: GenerationRequest) -> AsyncGenerator[StreamEvent]:
            asked.append(request)
            return super().generate(request)

    async def run() -> None:
        async with open_room(tmp_path, transcript("Yes.")) as room:

            async def listening() -> Engine:
                return Listening(transcript("Yes."))

            room.start = listening
            first, second = await room.talk(), await room.talk()
            await room.answer(first, "Is the kettle on?")
            await room.answer(second, "Is the lamp lit?")
            await room.answer(first, "And the door?")
            last = "\n".join(message.content for message in [one for one in asked if one.max_tokens][-1].messages)
            assert "Is the kettle on?" in last
            assert "Is the lamp lit?" not in last

    asyncio.run(run())

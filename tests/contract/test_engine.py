"""One suite for every engine: the scripted one that ships, and a real model in its confined child."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.domain.generation import (
    Calls,
    ChatMessage,
    Constraint,
    Engine,
    Free,
    GenerationRequest,
    QuoteFirst,
    Role,
    Schema,
)
from app.domain.stream import (
    Failed,
    Finished,
    QuoteDelta,
    StreamEvent,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallEnded,
    ToolCallStarted,
    Usage,
)
from app.domain.tool import ToolKind, ToolSpec
from app.engine.llama_engine import LlamaEngine
from app.engine.scripted import ScriptedCall, ScriptedEngine, ScriptedReply, Transcript
from app.kernel.errors import Known
from app.sandbox.nursery import Nursery

SMALL = "SmolLM2-135M-Instruct.Q4_1.gguf"
PASSAGES = (
    ("The fee is 250 euros.", "It was raised\n in 2021.", "Members pay half."),
    ("会费是250欧元。", "Guests pay “in full”."),
)
ADD = ToolSpec(
    name="add",
    title="Add",
    version=1,
    kind=ToolKind.QUERY,
    description="Adds two whole numbers.",
    parameters={
        "type": "object",
        "properties": {
            "left": {"type": "integer", "minimum": 0, "maximum": 99},
            "right": {"type": "integer", "minimum": 0, "maximum": 99},
        },
        "required": ["left", "right"],
        "additionalProperties": False,
    },
)
COLOUR = {
    "type": "object",
    "properties": {"colour": {"enum": ["red", "blue"]}},
    "required": ["colour"],
    "additionalProperties": False,
}
TRANSCRIPT = Transcript(
    replies=(
        ScriptedReply(when="add", calls=(ScriptedCall(tool="add", arguments={"left": 2, "right": 3}),)),
        ScriptedReply(when="colour", text='{"colour": "red"}'),
        ScriptedReply(when="fee", quotes=("fee is", "会费"), text="It is 250 euros."),
        ScriptedReply(text="one two three four five six seven eight nine ten eleven twelve " * 8),
    ),
    delay_seconds=0.001,
    context_tokens=1024,
)


@dataclass
class Stage:
    """An engine and the loop it belongs to."""

    runner: asyncio.Runner
    engine: Engine

    def play(self, question: str, **options: Any) -> list[StreamEvent]:
        return self.runner.run(collect(self.engine.generate(request(question, **options))))


@pytest.fixture(scope="module", params=["scripted", "llama"])
def stage(request: pytest.FixtureRequest, development_model: Callable[[str], Path]) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        if request.param == "scripted":
            scripted = ScriptedEngine(TRANSCRIPT, most_waiting=1)
            yield Stage(runner, scripted)
            runner.run(scripted.close())
            return
        launcher = Nursery()
        model = development_model(SMALL)
        llama = runner.run(LlamaEngine.start(launcher, model, context_tokens=1024, most_waiting=1))
        yield Stage(runner, llama)
        runner.run(llama.close())
        runner.run(launcher.close())


def request(
    question: str,
    *,
    turn: str = "turn",
    constraint: Constraint | None = None,
    tools: tuple[ToolSpec, ...] = (),
    **options: Any,
) -> GenerationRequest:
    messages = (
        ChatMessage(role=Role.SYSTEM, content="You answer questions."),
        ChatMessage(role=Role.USER, content=question),
    )
    return GenerationRequest(
        turn=turn,
        messages=messages,
        tools=tools,
        constraint=constraint or Free(),
        **{"max_tokens": 24, "threads": 1, **options},
    )


async def collect(events: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    return [event async for event in events]


def text_of(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def quotes_of(events: list[StreamEvent]) -> dict[tuple[int, int], str]:
    """Finished quotes by index and passage."""
    found: dict[tuple[int, int], str] = {}
    done = set()
    for event in events:
        if isinstance(event, QuoteDelta):
            found[event.index, event.passage] = found.get((event.index, event.passage), "") + event.text
            if event.done:
                done.add((event.index, event.passage))
    assert set(found) == done
    return found


def test_a_stream_ends_with_usage_and_finished_and_names_its_turn(stage: Stage) -> None:
    events = stage.play("Count to twelve.", turn="t-7")
    assert {event.turn for event in events} == {"t-7"}
    assert [type(event) for event in events[-2:]] == [Usage, Finished]
    assert text_of(events)
    assert all(isinstance(event, TextDelta) for event in events[:-2])


def test_max_tokens_is_the_end(stage: Stage) -> None:
    *_, usage, finished = stage.play("Count to twelve.", max_tokens=3)
    assert isinstance(usage, Usage)
    assert usage.completion_tokens == 3
    assert finished == Finished(turn="turn", reason="length")


def test_no_tokens_asked_reads_the_prompt_only(stage: Stage) -> None:
    usage, finished = stage.play("Count to thirteen.", max_tokens=0)
    assert isinstance(usage, Usage)
    assert usage.completion_tokens == 0
    assert finished == Finished(turn="turn", reason="length")
    usage = stage.play("Count to thirteen.", max_tokens=1)[-2]
    assert isinstance(usage, Usage)
    assert usage.cached_tokens == usage.prompt_tokens - 1


def test_a_reply_that_was_begun_is_given_back_and_gone_on_with(stage: Stage) -> None:
    fee = QuoteFirst(passages=PASSAGES, most_quotes=1)
    ((_, passage), text) = next(iter(quotes_of(stage.play("The fee?", constraint=fee, max_tokens=80)).items()))
    begun = f'[{passage + 1}] "{text}"\nAnswer: It is'
    events = stage.play("The fee?", constraint=fee, max_tokens=6, begun=begun)
    assert quotes_of(events) == {(0, passage): text}
    assert text_of(events).startswith("It is")
    assert len(text_of(events)) > len("It is")
    usage, finished = events[-2:]
    assert isinstance(usage, Usage)
    assert 0 < usage.completion_tokens <= 6
    assert isinstance(finished, Finished)
    assert text_of(stage.play("Count to twelve.", max_tokens=3, begun="one two")).startswith("one two ")


def test_a_stop_text_ends_the_reply_and_is_not_part_of_it(stage: Stage) -> None:
    whole = text_of(stage.play("Count to twelve."))
    middle = whole[len(whole) // 3 : len(whole) // 3 + 4]
    events = stage.play("Count to twelve.", stop=(middle,))
    assert text_of(events) == whole[: whole.index(middle)]
    assert events[-1] == Finished(turn="turn", reason="stop")


def test_closing_the_stream_cancels_and_the_next_turn_hears_nothing_of_it(stage: Stage) -> None:
    async def journey() -> list[StreamEvent]:
        first = stage.engine.generate(request("Count to twelve.", turn="old", max_tokens=200))
        assert (await anext(first)).turn == "old"
        await first.aclose()
        return await collect(stage.engine.generate(request("Count to twelve.", turn="new", max_tokens=4)))

    events = stage.runner.run(journey())
    assert {event.turn for event in events} == {"new"}
    assert isinstance(events[-1], Finished)
    assert stage.engine.alive


def test_a_cancelled_task_cancels_the_stream(stage: Stage) -> None:
    async def journey() -> list[StreamEvent]:
        task = asyncio.create_task(collect(stage.engine.generate(request("Count to twelve.", max_tokens=200))))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await collect(stage.engine.generate(request("Count to twelve.", max_tokens=2)))

    assert isinstance(stage.runner.run(journey())[-1], Finished)
    assert stage.engine.alive


def test_the_queue_is_bounded_and_says_so(stage: Stage) -> None:
    async def journey() -> None:
        first, second, third = (
            stage.engine.generate(request("Count to twelve.", turn=turn, max_tokens=4)) for turn in "abc"
        )
        await anext(first)
        waiting = asyncio.create_task(collect(second))
        await asyncio.sleep(0)
        with pytest.raises(Known) as refused:
            await anext(third)
        assert refused.value.code == "carrel.engine.busy"
        assert refused.value.retryable
        await collect(first)
        assert (await waiting)[-1] == Finished(turn="b", reason="length")
        again = await collect(stage.engine.generate(request("Count to twelve.", turn="d", max_tokens=4)))
        assert again[-1] == Finished(turn="d", reason="length")

    stage.runner.run(journey())


def test_counting_agrees_with_what_a_turn_uses(stage: Stage) -> None:
    asked = request("Count to twelve.", max_tokens=1)
    *_, usage, _ = stage.runner.run(collect(stage.engine.generate(asked)))
    assert isinstance(usage, Usage)
    assert stage.runner.run(stage.engine.count(asked.messages)) == usage.prompt_tokens
    assert stage.runner.run(stage.engine.count(asked.messages, (ADD,))) > usage.prompt_tokens
    short, long, none = stage.runner.run(stage.engine.count_texts(("one", "one two three four five", "")))
    assert 0 == none < short < long
    assert stage.runner.run(stage.engine.count_texts(())) == ()


def test_a_follow_up_reuses_what_was_read(stage: Stage) -> None:
    stage.play("Tell me about the sea. " * 10, max_tokens=1)
    *_, usage, _ = stage.play("Tell me about the sea. " * 10 + "And ships?", max_tokens=1)
    assert isinstance(usage, Usage)
    assert usage.prompt_tokens * 0.7 < usage.cached_tokens < usage.prompt_tokens


def test_a_prompt_beyond_the_context_fails_in_a_sentence(stage: Stage) -> None:
    (failed,) = stage.play("word " * 2000)
    assert isinstance(failed, Failed)
    assert failed.code == "carrel.engine.context"
    assert isinstance(stage.play("Count to twelve.", max_tokens=1)[-1], Finished)


def test_a_schema_is_obeyed(stage: Stage) -> None:
    value = json.loads(text_of(stage.play("Which colour?", constraint=Schema(json_schema=COLOUR))))
    assert value in ({"colour": "red"}, {"colour": "blue"})


@pytest.mark.parametrize("choice", [Calls(choice="required"), Calls(choice="named", named="add")])
def test_a_call_is_valid_for_its_schema_and_streams_its_arguments(stage: Stage, choice: Calls) -> None:
    events = stage.play("Please add 2 and 3.", constraint=choice, tools=(ADD,), max_tokens=400)
    calls = [event for event in events if isinstance(event, ToolCallEnded)]
    assert calls
    for call in calls:
        arguments = json.loads(call.untrusted_arguments)
        assert sorted(arguments) == ["left", "right"]
        assert all(isinstance(number, int) and 0 <= number <= 99 for number in arguments.values())
        streamed = [e.json_text for e in events if isinstance(e, ToolArgumentsDelta) and e.call == call.call]
        assert "".join(streamed) == call.untrusted_arguments
        started = next(e for e in events if isinstance(e, ToolCallStarted) and e.call == call.call)
        assert started.tool == call.tool == "add"
    assert events[-1] == Finished(turn="turn", reason="tool_calls")


def test_no_call_without_leave(stage: Stage) -> None:
    events = stage.play("Please add 2 and 3.", constraint=Calls(choice="none"), tools=(ADD,))
    assert not [event for event in events if isinstance(event, ToolCallStarted)]


def test_a_quote_can_only_be_whole_sentences_of_its_passage(stage: Stage) -> None:
    question = (
        "[1] The fee is 250 euros. It was raised in 2021. Members pay half.\n\n[2] 会费是250欧元。\n\nWhat is the fee?"
    )
    events = stage.play(question, constraint=QuoteFirst(passages=PASSAGES), max_tokens=200)
    quotes = quotes_of(events)
    assert 1 <= len(quotes) <= 3
    sentences = [[" ".join(sentence.split()) for sentence in passage] for passage in PASSAGES]
    for (_, passage), quote in quotes.items():
        lines = sentences[passage]
        assert quote in [*lines, *(" ".join(pair) for pair in pairwise(lines))]
    assert len(set(quotes.values())) == len(quotes)
    kinds = [type(event) for event in events[:-2]]
    assert kinds == sorted(kinds, key=[QuoteDelta, TextDelta].index)
    assert text_of(events)
    assert not set('"“”„«»') & set(text_of(events))


def test_most_quotes_is_the_most(stage: Stage) -> None:
    constraint = QuoteFirst(passages=PASSAGES, most_quotes=1, most_sentences=1)
    events = stage.play("What is the fee?", constraint=constraint, max_tokens=100)
    assert len(quotes_of(events)) == 1


def test_without_passages_there_is_only_an_answer(stage: Stage) -> None:
    events = stage.play("What is the fee?", constraint=QuoteFirst(passages=()))
    assert not quotes_of(events)
    assert text_of(events)


def test_calls_may_stand_instead_of_an_answer(stage: Stage) -> None:
    constraint = QuoteFirst(passages=PASSAGES, calls=True)
    events = stage.play("Please add 2 and 3.", constraint=constraint, tools=(ADD,), max_tokens=200)
    called = any(isinstance(event, ToolCallEnded) for event in events)
    assert called != bool(quotes_of(events))


def test_after_closing_every_turn_fails_in_a_sentence(stage: Stage) -> None:
    """Last in the module: it closes the engine."""
    stage.runner.run(stage.engine.close())
    (failed,) = stage.play("Count to twelve.")
    assert isinstance(failed, Failed)
    assert failed.code == "carrel.engine.closed"
    assert not stage.engine.alive

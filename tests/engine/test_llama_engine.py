"""A real model in its confined child: death, stopping, hostile files, memory, control tokens."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.domain.generation import Calls, ChatMessage, GenerationRequest, QuoteFirst, Role, Schema
from app.domain.policy import Reason
from app.domain.stream import Failed, Finished, QuoteDelta, StreamEvent, TextDelta, ToolCallEnded, Usage
from app.domain.tool import ToolKind, ToolSpec
from app.engine.llama_engine import LlamaEngine, engine_limits
from app.kernel.errors import Known
from app.sandbox.nursery import Nursery

SMALL = "SmolLM2-135M-Instruct.Q4_1.gguf"
HALF = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"


@dataclass
class Stage:
    runner: asyncio.Runner
    launcher: Nursery
    engine: LlamaEngine

    def play(self, question: str, **options: Any) -> list[StreamEvent]:
        return self.runner.run(collect(self.engine.generate(request(question, **options))))


def request(question: str, **options: Any) -> GenerationRequest:
    messages = (ChatMessage(role=Role.USER, content=question),)
    return GenerationRequest(**{"turn": "t", "messages": messages, "max_tokens": 8, "threads": 1, **options})


async def collect(events: AsyncIterator[StreamEvent]) -> list[StreamEvent]:
    return [event async for event in events]


def usage(events: list[StreamEvent]) -> Usage:
    return next(event for event in events if isinstance(event, Usage))


@contextlib.contextmanager
def loaded(model: Path) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        launcher = Nursery()
        engine = runner.run(LlamaEngine.start(launcher, model, context_tokens=2048))
        yield Stage(runner, launcher, engine)
        runner.run(engine.close())
        runner.run(launcher.close())


@pytest.fixture(scope="module")
def stage(development_model: Callable[[str], Path]) -> Iterator[Stage]:
    with loaded(development_model(SMALL)) as stage:
        yield stage


@pytest.fixture(scope="module")
def half(development_model: Callable[[str], Path]) -> Iterator[Stage]:
    with loaded(development_model(HALF)) as stage:
        yield stage


def test_memory_is_measured_in_its_four_parts(stage: Stage, development_model: Callable[[str], Path]) -> None:
    report, size = stage.engine.report, development_model(SMALL).stat().st_size
    memory = report.memory
    assert 0.9 * size < memory.weights <= size
    layers, heads, width, kinds, half_float = 30, 3, 64, 2, 2
    assert memory.kv == 2048 * layers * heads * width * kinds * half_float
    assert memory.compute > 0
    assert memory.weights < memory.resident < engine_limits(size).resident_bytes
    assert report.trained_context_tokens == 8192
    assert report.vocabulary == 49152


def test_a_context_is_never_larger_than_the_model_was_trained_for(
    stage: Stage, development_model: Callable[[str], Path]
) -> None:
    async def size() -> int:
        engine = await LlamaEngine.start(stage.launcher, development_model(SMALL), context_tokens=1_000_000)
        await engine.close()
        return engine.report.context_tokens

    assert stage.runner.run(size()) == 8192


def test_a_child_that_dies_in_a_reply_is_an_event_and_the_next_request_has_a_new_one(stage: Stage) -> None:
    async def journey() -> list[StreamEvent]:
        stream = stage.engine.generate(request("Tell a story.", max_tokens=500))
        events = [await anext(stream)]
        assert stage.engine._child
        stage.engine._child.kill(Reason.MEMORY)
        return events + [event async for event in stream]

    failed = stage.runner.run(journey())[-1]
    assert isinstance(failed, Failed)
    assert failed.code == "carrel.child.memory"
    assert failed.message == "The model used more memory than it may and was stopped."
    assert not stage.engine.alive
    assert isinstance(stage.play("Tell a story.")[-1], Finished)
    assert stage.engine.alive


def test_stopping_while_it_reads_needs_no_new_child(stage: Stage) -> None:
    long = "The keeper counts the ships that pass the light. " * 30

    async def journey() -> None:
        assert stage.engine._child
        child = stage.engine._child
        reading = asyncio.create_task(collect(stage.engine.generate(request(long))))
        await asyncio.sleep(0.5)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert stage.engine._child is child
        assert child.alive

    stage.play("Hi", max_tokens=1)
    stage.runner.run(journey())
    used = usage(stage.play(long, max_tokens=1))
    assert used.prompt_tokens > 250
    assert used.cached_tokens < used.prompt_tokens


def test_a_question_right_after_a_stop_that_was_not_obeyed_has_a_new_child(stage: Stage) -> None:
    async def journey() -> tuple[int, ...]:
        stream = stage.engine.generate(request("Tell a story.", max_tokens=500))
        await anext(stream)
        assert stage.engine._child
        os.kill(stage.engine._child.pid, signal.SIGSTOP)
        counting = asyncio.create_task(stage.engine.count_texts(("a keeper",)))
        await asyncio.sleep(0.1)
        await stream.aclose()
        return await counting

    (tokens,) = stage.runner.run(journey())
    assert tokens > 0
    assert isinstance(stage.play("Tell a story.")[-1], Finished)


def test_an_engine_outlives_many_stops_while_it_reads(stage: Stage) -> None:
    """llama.cpp says something at every stop; what it says it to has to live as long as the process."""
    child = stage.engine._child

    async def stopped(number: int) -> None:
        reading = asyncio.ensure_future(collect(stage.engine.generate(request(f"{number} " + "word " * 600))))
        await asyncio.sleep(0.2)
        reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reading

    for number in range(8):
        stage.runner.run(stopped(number))
        assert not any(isinstance(event, Failed) for event in stage.play("Hi", max_tokens=2))
    assert stage.engine._child is child


def test_a_stopped_reply_leaves_a_cache_that_gives_the_same_words(stage: Stage) -> None:
    question = "Tell a story about the sea."

    def words(events: list[StreamEvent]) -> str:
        return "".join(event.text for event in events if isinstance(event, TextDelta))

    async def stopped() -> None:
        stream = stage.engine.generate(request(question, max_tokens=200))
        for _ in range(5):
            await anext(stream)
        await stream.aclose()

    fresh = words(stage.play(question, max_tokens=12))
    stage.play("Something else entirely.")
    stage.runner.run(stopped())
    again = stage.play(question, max_tokens=12)
    assert words(again) == fresh
    assert usage(again).cached_tokens == usage(again).prompt_tokens - 1


def test_a_seed_repeats_a_warm_reply(stage: Stage) -> None:
    def words(seed: int) -> str:
        events = stage.play("Name a colour.", temperature=1.5, seed=seed, max_tokens=12)
        return "".join(event.text for event in events if isinstance(event, TextDelta))

    words(0)  # read with a prompt in one batch, the last digits of a processor's sums are others than with one token
    assert words(1) == words(1)
    assert len({words(seed) for seed in range(4)}) > 1


def test_control_tokens_in_a_message_are_only_text(stage: Stage) -> None:
    def count(content: str) -> int:
        return stage.runner.run(stage.engine.count((ChatMessage(role=Role.USER, content=content),)))

    assert count("<|im_end|>" * 10) - count("") > 30


def test_a_schema_that_cannot_be_enforced_is_named_and_the_engine_goes_on(stage: Stage) -> None:
    (failed,) = stage.play("Hi", constraint=Schema(json_schema={"type": "array", "uniqueItems": True}))
    assert isinstance(failed, Failed)
    assert failed.code == "carrel.engine.schema"
    assert "“uniqueItems”" in failed.message
    assert isinstance(stage.play("Hi")[-1], Finished)


def test_files_that_are_not_models_are_refused_in_a_sentence(
    stage: Stage, tmp_path: Path, development_model: Callable[[str], Path]
) -> None:
    def code(path: Path) -> str:
        with pytest.raises(Known) as refused:
            stage.runner.run(LlamaEngine.start(stage.launcher, path))
        assert str(path) not in refused.value.message
        return refused.value.code

    assert code(tmp_path / "gone.gguf") == "carrel.engine.missing"
    words = tmp_path / "words.gguf"
    words.write_bytes(b"not a model" * 100)
    assert code(words) == "carrel.engine.load"
    whole = development_model(SMALL).read_bytes()
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(whole[:4_000_000])
    assert code(cut) == "carrel.engine.load"
    key = b"general.architecture"
    at = whole.index(key) + len(key) + 4 + 8  # the type of the value, its length
    assert whole[at : at + 5] == b"llama"
    other = tmp_path / "other.gguf"
    other.write_bytes(whole[:at] + b"lynxx" + whole[at + 5 :])
    assert code(other) == "carrel.engine.architecture"


def test_the_half_billion_model_quotes_the_right_sentence(half: Stage) -> None:
    passages = (
        ("The library opens at nine.", "It closes at six, on Fridays at eight."),
        ("The yearly fee is 250 euros.", "Students pay nothing."),
        ("Dogs must wait outside.",),
    )
    shown = "\n\n".join(f"[{number}] {' '.join(part)}" for number, part in enumerate(passages, 1))
    question = f"{shown}\n\nWhat is the yearly fee?"
    events = half.play(question, constraint=QuoteFirst(passages=passages), max_tokens=120)
    quoted = "".join(event.text for event in events if isinstance(event, QuoteDelta))
    answer = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert "The yearly fee is 250 euros." in quoted
    assert "250" in answer


def test_a_model_that_reaches_for_a_tool_which_is_not_there_answers_in_words(half: Stage) -> None:
    fields = {"species": {"type": "string"}, "area": {"type": "number"}}
    biomass = ToolSpec(
        name="plant_biomass",
        title="Biomass",
        version=1,
        kind=ToolKind.QUERY,
        description="Calculate the biomass of a plant species in an area.",
        parameters={"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False},
    )
    asked_twice = 0
    for question in ("What is the weather in Paris?", "Book a table for two.", "Send Bob a text message: I am late."):
        events = half.play(question, tools=(biomass,), constraint=Calls(), max_tokens=40)
        assert not [event for event in events if isinstance(event, ToolCallEnded)]
        assert "".join(event.text for event in events if isinstance(event, TextDelta)).strip()
        asked_twice += len([event for event in events if isinstance(event, Usage)]) == 2
    assert asked_twice
    held = half.play(question, tools=(biomass,), constraint=Calls(), names_held=True, max_tokens=40)
    assert len([event for event in held if isinstance(event, Usage)]) == 1


def test_the_half_billion_model_calls_a_tool_by_itself(half: Stage) -> None:
    calculate = ToolSpec(
        name="calculate",
        title="Calculate",
        version=1,
        kind=ToolKind.QUERY,
        description="Evaluate an arithmetic expression.",
        parameters={
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
            "additionalProperties": False,
        },
    )
    events = half.play("What is 12*13+5?", tools=(calculate,), constraint=Calls(), max_tokens=60)
    (call,) = (event for event in events if isinstance(event, ToolCallEnded))
    assert call.tool == "calculate"
    assert "12" in json.loads(call.untrusted_arguments)["expression"]
    assert events[-1] == Finished(turn="t", reason="tool_calls")

"""A child killed at a random moment is one sentence at most: what was stored is there, and the next request works."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from pathlib import Path

import psutil

from app.compose import Compose
from app.domain.documents import Outcome
from app.domain.events import Event, SourceChanged, TurnEnded, TurnStreamed
from app.domain.messages import Answer, AnswerState, Scope
from app.domain.stream import TextDelta
from app.engine.scripted import Transcript
from app.services.local import LocalDesk
from tests.journeys.killing import ROUNDS, all_searchable, composed, in_time, kill, word_of, write_papers
from tests.journeys.program import PASSPHRASE, SECONDS, Program

pytestmark = in_time


async def child(program: Program, role: str, number: int = 1) -> int:
    """Process id of the ``number``-th child of a role, as soon as it is up."""
    async with asyncio.timeout(SECONDS):
        while len(pids := program.children(role)) < number:  # noqa: ASYNC110 - a log file has no event
            await asyncio.sleep(0.02)
    return pids[number - 1]


async def ended_after(
    desk: LocalDesk, conversation: str, question: str, words: int, act: Callable[[str], None]
) -> Answer:
    """Ask, ``act`` on the turn after some words of the answer, and return how it ended."""
    ended: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    written = 0

    def hear(event: Event) -> None:
        nonlocal written
        if isinstance(event, TurnStreamed) and isinstance(event.event, TextDelta):
            written += 1
            if written == words:
                act(event.turn)
        elif isinstance(event, TurnEnded):
            ended.set_result(event.answer)

    stop = desk.watch(hear)
    await desk.ask(conversation, question)
    async with asyncio.timeout(SECONDS):
        answer = await ended
    stop()
    return answer


def test_an_engine_killed_while_it_writes(at_home: Program, development_model: Callable[[str], Path]) -> None:
    """With a real model: the turn ends with a sentence and keeps the words; the next question loads it again."""
    model = development_model("SmolLM2-135M-Instruct.Q4_1.gguf")
    dice = random.Random(3)

    async def run() -> None:
        async with Compose().desk(at_home.home, PASSPHRASE) as desk:
            card = await desk.add_model(model)
            await desk.use_model(card.id)
            stopping: list[asyncio.Task[None]] = []
            for _ in range(ROUNDS):
                conversation = (await desk.new_conversation(Scope(documents=False))).id
                failed = await ended_after(
                    desk,
                    conversation,
                    "Tell me a long story about the sea and the ships on it.",
                    dice.randint(1, 6),
                    lambda _: kill(at_home.children("engine")[-1]),
                )
                assert failed.state is AnswerState.FAILED
                assert failed.text
                assert failed.error is not None
                assert failed.error["code"] == "carrel.child.crashed"
                assert failed.error["message"].startswith("The model stopped unexpectedly")
                assert failed.error["hint"]
                answer = await ended_after(
                    desk,
                    conversation,
                    "Tell me another one.",
                    4,
                    lambda turn: stopping.append(asyncio.create_task(desk.stop(turn))),
                )
                await asyncio.gather(*stopping)
                assert answer.state is AnswerState.STOPPED
                assert answer.text
                kept = (await desk.conversation(conversation)).exchanges
                assert [one.answer.state for one in kept if one.answer] == ["failed", "stopped"]

    asyncio.run(run())


def test_embedder_and_index_killed_between_questions(at_home: Program) -> None:
    """The embedder is started again by the question; without Chroma the exact index answers, and Chroma is rebuilt.

    Twice in each session: an index that dies a third time before it stands is left off, as its own tests show.
    """

    async def session() -> None:
        begun = {role: len(at_home.children(role)) for role in ("embedder", "index")}
        async with composed(Transcript(replies=())).desk(at_home.home, PASSPHRASE) as desk:
            reach = Scope(collections=tuple(row.id for row in await desk.collections()))
            for number in (1, 2):
                for role, before in begun.items():
                    kill(await child(at_home, role, before + number))
                    found = await desk.search("When does the ferry leave?", reach, 1)
                    assert found.hits[0].title == "ferry"
            await child(at_home, "index", begun["index"] + 3)

    for _ in range(0, ROUNDS, 2):
        asyncio.run(session())


def test_reader_and_embedder_killed_while_reading(at_home: Program) -> None:
    """The run goes on; what a killed child was busy with is failed with a reason, and read by the next run."""
    papers = at_home.place / "more"
    count = 4 * ROUNDS
    write_papers(papers, range(count))

    async def run() -> None:
        async with composed(Transcript(replies=())).desk(at_home.home, PASSPHRASE) as desk:
            collection = (await desk.collections())[0]
            told: dict[str, SourceChanged] = {}

            def hear(event: Event) -> None:
                if isinstance(event, SourceChanged):
                    told[event.source.path] = event

            stop = desk.watch(hear)
            reading = await desk.add_documents((papers,), collection.id)
            before = len(at_home.children("reader"))
            for number in range(1, 2 * ROUNDS, 2):
                kill_if_there(await child(at_home, "reader", before + number))
            kill(at_home.children("embedder")[-1])
            progress = await desk.reading_over(reading)
            assert progress.done == progress.total == len(told) == count
            stop()
            failed = {path for path, event in told.items() if event.source.outcome != "indexed"}
            assert all(told[path].source.reason.endswith(".") for path in failed)
            await all_searchable(desk, {path: e.source.id for path, e in told.items() if path not in failed})
            again = await desk.reading_over(await desk.add_documents((papers,), collection.id))
            assert again.outcomes.get(Outcome.INDEXED, 0) == len(failed)
            assert again.outcomes.get(Outcome.UNCHANGED, 0) == count - len(failed)
            found = await desk.search(word_of(count - 1), Scope(collections=(collection.id,)), 1)
            assert found.hits[0].title == f"Paper {count - 1}"

    asyncio.run(run())


def kill_if_there(pid: int) -> None:
    """A reader lives for moments only; it may have ended by itself."""
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        kill(pid)

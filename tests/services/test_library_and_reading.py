"""Models used and unloaded; folders read, paused, stopped; and reading that rests while a question is answered."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.documents.progress import BY_YOU, YIELDING
from app.domain.documents import Label
from app.domain.events import Event, Problem, ReadingChanged, SourceChanged, TurnEnded, TurnPhase
from app.domain.messages import Scope
from app.kernel.errors import Known
from app.services.feed import Feed
from tests.material.gguf_files import LLAMA, GgufFile, string
from tests.room import Room, open_room, transcript

LONG = transcript("word " * 2000, delay=0.005)


def papers(folder: Path, count: int, word: str = "paper") -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{word}{number}.md").write_text(f"# {word} {number}\n\nIt tells of {word}{number}.\n", "utf-8")
    return folder


async def collection(room: Room, name: str = "Papers") -> str:
    return (await room.desk.new_collection(name, Label.INTERNAL)).id


def test_a_model_is_used_unloaded_and_started_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, transcript("Yes.")) as room:
            (first,) = await room.desk.models()
            pairs = (*(pair for pair in LLAMA if b"general.name" not in pair), string("general.name", "Second"))
            second = await room.desk.add_model(GgufFile(pairs=pairs).write(tmp_path / "second.gguf"))
            assert (first.in_use, second.in_use) == (True, False)
            conversation = await room.talk()
            assert (await room.answer(conversation, "Who are you?")).model == first.id
            assert (await room.answer(conversation, "Who are you?")).model == first.id
            assert len(room.engines) == 1, "loaded once"
            await room.engines[0].close()
            assert (await room.answer(conversation, "Are you back?")).model == first.id
            assert len(room.engines) == 2, "a dead engine is started again"
            await room.desk.use_model(second.id, remember=False)
            assert [engine.alive for engine in room.engines] == [False, False, True]
            assert (await room.answer(conversation, "Who are you?")).model == second.id
            await room.desk.unload_model()
            assert not any(engine.alive for engine in room.engines)
            assert (await room.answer(conversation, "Who are you?")).model == first.id, "only the choice stays"
            await room.desk.remove_model(first.id)
            assert not any(engine.alive for engine in room.engines)
            answer = await room.answer(conversation, "Is anybody there?")
            assert answer.error is not None
            assert answer.error["code"] == "carrel.model.none"

    asyncio.run(run())


def test_paused_resumed_and_stopped(tmp_path: Path) -> None:
    folder = papers(tmp_path / "folder", 5)

    async def run() -> None:
        async with open_room(tmp_path, transcript()) as room:
            into = await collection(room)
            reading = await room.desk.add_documents((folder,), into)
            await room.until(SourceChanged)
            await room.desk.pause_reading(reading)
            paused = await room.until(ReadingChanged, lambda event: event.progress.paused == BY_YOU)
            assert not paused.progress.finished
            index = (await room.desk.status()).index
            assert (index.state, index.text, index.detail) == ("paused", "Reading paused", BY_YOU)
            await room.desk.resume_reading(reading)
            progress = await room.desk.reading_over(reading)
            assert (progress.done, progress.paused) == (5, "")
            with pytest.raises(Known) as over:
                await room.desk.pause_reading(reading)
            assert over.value.code == "carrel.reading.over"
            more = papers(tmp_path / "more", 5, "more")
            reading = await room.desk.add_documents((more,), into)
            await room.until(SourceChanged, lambda event: event.run == reading)
            await room.desk.stop_reading(reading)
            kept = (await room.desk.sources(into)).total
            assert 5 < kept < 10
            again = await room.desk.reading_over(await room.desk.add_documents((more,), into))
            assert again.outcomes == {"unchanged": kept - 5, "indexed": 10 - kept}

    asyncio.run(run())


def test_two_runs_side_by_side_name_themselves(tmp_path: Path) -> None:
    folders = [papers(tmp_path / name, 2, name) for name in ("east", "west")]

    async def run() -> None:
        async with open_room(tmp_path, transcript()) as room:
            runs = [await room.desk.add_documents((one,), await collection(room, one.name)) for one in folders]
            for reading in runs:
                await room.desk.reading_over(reading)
            told = {Path(event.source.path).parent.name: event.run for event in room.of(SourceChanged)}
            assert told == dict(zip(("east", "west"), runs, strict=True))
            assert room.of(Problem) == []

    asyncio.run(run())


def test_reading_rests_while_a_question_is_answered(tmp_path: Path) -> None:
    folder = papers(tmp_path / "folder", 4)

    async def run() -> None:
        async with open_room(tmp_path, LONG) as room:
            into = await collection(room)
            conversation = await room.talk()
            turn = await room.desk.ask(conversation, "Tell me everything.")
            await room.until(TurnPhase, lambda event: event.phase == "writing")
            reading = await room.desk.add_documents((folder,), into)
            await room.until(ReadingChanged, lambda event: event.progress.paused == YIELDING)
            assert room.of(SourceChanged) == []
            await room.desk.stop(turn)
            progress = await room.desk.reading_over(reading)
            assert progress.outcomes == {"indexed": 4}
            ended = room.events.index(await room.until(TurnEnded))
            assert all(room.events.index(told) > ended for told in room.of(SourceChanged))

    asyncio.run(run())


def test_what_is_deleted_is_found_no_more(tmp_path: Path) -> None:
    folder = papers(tmp_path / "folder", 3)

    async def run() -> None:
        async with open_room(tmp_path, transcript()) as room:
            into = await collection(room)
            await room.desk.reading_over(await room.desk.add_documents((folder,), into))
            found = await room.desk.search("paper1", Scope(collections=(into,)), 1)
            source = found.hits[0].source
            assert (await room.desk.source(source)).name == "paper1.md"
            report = await room.desk.delete_sources((source,))
            assert report.sources == 1
            left = await room.desk.search("paper1", Scope(collections=(into,)), 10)
            assert source not in {hit.source for hit in left.hits}
            assert (await room.desk.search("paper2", Scope(), 10)).hits == (), "an empty scope reaches nothing"

    asyncio.run(run())


def test_a_listener_that_fails_keeps_no_other_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    feed = Feed()
    heard: list[Event] = []

    def fails(_event: object) -> None:
        raise ZeroDivisionError

    feed.watch(fails)
    stop = feed.watch(heard.append)
    event = Problem(code="carrel.x", message="It.", hint="That.")
    feed.publish(event)
    stop()
    stop()
    feed.publish(event)
    assert heard == [event]
    assert "a listener failed" in caplog.text

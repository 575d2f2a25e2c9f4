"""Where no child can be started the vault opens all the same: what is stored is read, what needs a child refuses."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from app.compose import EMBEDDER, Compose
from app.domain.documents import Outcome
from app.domain.generation import Engine
from app.domain.messages import AnswerState, Scope
from app.engine.scripted import ScriptedEngine, ScriptedReply, Transcript
from app.kernel.errors import Known
from app.kernel.paths import resources
from app.sandbox.check import Refusal
from app.sandbox.ending import refused
from app.sandbox.nursery import Launcher
from app.services.local import LocalDesk
from tests.journeys.program import PASSPHRASE, Program, answered

WHY = refused("bubblewrap", "Files cannot be opened safely: there is no bubblewrap.", "Install it.")
QUESTION = "When does the ferry of Quindlewerth leave?"


async def refusing() -> Launcher:
    return Refusal(WHY)


async def scripted(path: Path, context_tokens: int) -> Engine:
    reply = ScriptedReply(quotes=("ferry",), text="The ferry leaves at seven.")
    return ScriptedEngine(Transcript(replies=(reply,), context_tokens=8192))


async def everything(desk: LocalDesk) -> Scope:
    return Scope(collections=tuple(row.id for row in await desk.collections()))


async def ask_once(program: Program) -> str:
    """A chat with one answered question, made while all is well."""
    async with Compose(start_engine=scripted).desk(program.home, PASSPHRASE) as desk:
        chat = (await desk.new_conversation(await everything(desk))).id
        assert (await answered(desk, chat, QUESTION)).state is AnswerState.DONE
    return chat


def test_without_a_sandbox(at_home: Program) -> None:
    paper = at_home.place / "lamp.md"
    paper.write_text("The lighthouse of Quindlewerth has two lamps.\n", encoding="utf-8")

    async def run() -> None:
        chat = await ask_once(at_home)
        async with Compose(start_engine=scripted, launch=refusing).desk(at_home.home, PASSPHRASE) as desk:
            (kept,) = (await desk.conversation(chat)).exchanges
            assert kept.answer is not None
            assert [quote.verified for quote in kept.answer.quotes] == [True]
            scope = await everything(desk)
            found = await desk.search("ferry", scope, 3)
            assert "ferry" in found.hits[0].text
            assert WHY.message in found.lacking
            assert "leaves at seven" in await desk.source_text(found.hits[0].source)
            sandbox = (await desk.status()).sandbox
            assert (sandbox.state, WHY.hint in sandbox.detail) == ("bad", True)
            with pytest.raises(Known) as meaning:
                await desk.search("ferry", scope, 3, "vector")
            with pytest.raises(Known) as reading:
                await desk.reading_over(await desk.add_documents((paper,), scope.collections[0]))
            harbour = next(row for row in (await desk.sources()).rows if row.kind == "pdf")
            with pytest.raises(Known) as drawing:
                await desk.page_picture(harbour.id, 0, 300)
            for raised in (meaning, reading, drawing):
                assert (raised.value.code, raised.value.hint) == (WHY.code, WHY.hint)
            failed = await answered(desk, chat, "And on Sundays?")
            assert failed.error is not None
            assert (failed.state, failed.error["code"]) == (AnswerState.FAILED, WHY.code)
            assert len((await desk.conversation(chat)).exchanges) == 2, "the question is kept"
            assert (await desk.sources()).total == 3
        async with Compose(start_engine=scripted).desk(at_home.home, PASSPHRASE) as desk:
            scope = await everything(desk)
            progress = await desk.reading_over(await desk.add_documents((paper,), scope.collections[0]))
            assert progress.outcomes == {Outcome.INDEXED: 1}

    asyncio.run(run())


def test_with_an_embedder_that_does_not_load(at_home: Program) -> None:
    """What was read before is neither lost nor replaced by a failure."""
    broken = at_home.place / "embedder"
    shutil.copytree(resources() / EMBEDDER, broken)
    with (broken / "model.onnx").open("r+b") as file:
        file.truncate(1_000_000)
    paper = at_home.place / "lamp.md"
    paper.write_text("The lighthouse of Quindlewerth has two lamps.\n", encoding="utf-8")

    async def run() -> None:
        async with Compose(start_engine=scripted).desk(at_home.home, PASSPHRASE) as desk:
            into = (await everything(desk)).collections[0]
            read = await desk.reading_over(await desk.add_documents((paper,), into))
            assert read.outcomes == {Outcome.INDEXED: 1}
        paper.write_text("The lighthouse of Quindlewerth has three lamps by now.\n", encoding="utf-8")
        async with Compose(start_engine=scripted, embedder=broken).desk(at_home.home, PASSPHRASE) as desk:
            before = (await desk.sources()).counts
            found = await desk.search("lighthouse", Scope(collections=(into,)), 3)
            assert "two lamps" in found.hits[0].text
            assert found.lacking
            with pytest.raises(Known) as reading:
                await desk.reading_over(await desk.add_documents((paper,), into))
            assert reading.value.code == "carrel.embedder.load"
            assert (await desk.sources()).counts == before
            found = await desk.search("lighthouse", Scope(collections=(into,)), 3)
            assert "two lamps" in found.hits[0].text

    asyncio.run(run())

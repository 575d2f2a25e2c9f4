"""A program of its own for each test, and a home with a model and a few papers to begin from."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.compose import Compose
from app.domain.documents import Label
from app.domain.generation import Engine
from app.engine.scripted import ScriptedEngine, ScriptedReply, Transcript
from tests.journeys.papers import docx, markdown, pdf
from tests.journeys.program import PASSPHRASE, Program

if sys.platform != "linux":
    pytest.skip("children are confined on Linux only, so far", allow_module_level=True)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """Carrel on an empty place; its folder in RAM is removed afterwards whatever the test left."""
    made = Program(tmp_path)
    yield made
    shutil.rmtree(made.home.memory, ignore_errors=True)


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short documents of three formats."""
    folder = tmp_path_factory.mktemp("papers")
    pdf(folder / "harbour.pdf", "The harbour pilot of Quindlewerth is called Marrabelle Ostrovane.")
    docx(folder / "ferry.docx", "The ferry of Quindlewerth leaves at seven and returns at nine.")
    markdown(folder / "tides.md", "# Tides", "The tide tables of Quindlewerth are printed every March.")
    return folder


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory, papers: Path) -> Path:
    """A closed home that holds a vault, a model for scripted engines, and the papers."""
    program = Program(tmp_path_factory.mktemp("furnished"))
    program.made()

    async def furnish() -> None:
        async def start(path: Path, context_tokens: int) -> Engine:
            return ScriptedEngine(Transcript(replies=(ScriptedReply(text="one two three four"),)))

        async with Compose(start_engine=start).desk(program.home, PASSPHRASE) as desk:
            await desk.add_model(program.model())
            collection = await desk.new_collection("Papers", Label.INTERNAL)
            read = await desk.reading_over(await desk.add_documents((papers,), collection.id))
            assert read.outcomes == {"indexed": 3}

    asyncio.run(furnish())
    (program.home.logs / "carrel.log").unlink()
    return program.home.root


@pytest.fixture
def at_home(program: Program, furnished: Path) -> Program:
    """Carrel on a copy of the furnished home."""
    shutil.copytree(furnished, program.home.root)
    return program

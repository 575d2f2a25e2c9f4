"""The embedder child: questions first, restarts, bad files."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.domain.policy import Reason
from app.engine.onnx_embedder import OnnxEmbedder
from app.kernel.errors import Known
from app.kernel.paths import resources
from app.sandbox.nursery import Nursery

FOLDER = resources() / "embedder"


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def launcher(runner: asyncio.Runner) -> Iterator[Nursery]:
    launcher = Nursery()
    yield launcher
    runner.run(launcher.close())


@pytest.fixture(scope="module")
def embedder(runner: asyncio.Runner, launcher: Nursery) -> Iterator[OnnxEmbedder]:
    embedder = runner.run(OnnxEmbedder.start(launcher, FOLDER))
    yield embedder
    runner.run(embedder.close())


def test_a_question_does_not_wait_for_indexing(runner: asyncio.Runner, embedder: OnnxEmbedder) -> None:
    async def journey() -> list[str]:
        order: list[str] = []

        async def embed(name: str, texts: list[str], *, urgent: bool = False) -> None:
            await embedder.embed(texts, urgent=urgent)
            order.append(name)

        indexing = [asyncio.create_task(embed(f"bulk {number}", ["some words"] * 24)) for number in range(3)]
        await asyncio.sleep(0.02)
        await embed("question", ["how high is the fee?"], urgent=True)
        await asyncio.gather(*indexing)
        return order

    assert runner.run(journey())[0] == "question"


def test_a_dead_child_is_replaced(runner: asyncio.Runner, embedder: OnnxEmbedder) -> None:
    async def journey() -> None:
        before = await embedder.embed(["the fee"])
        assert embedder._child
        embedder._child.kill(Reason.MEMORY)
        await embedder._child.exited
        assert np.array_equal(await embedder.embed(["the fee"]), before)

    runner.run(journey())


def test_the_card_says_what_the_files_are(embedder: OnnxEmbedder) -> None:
    assert embedder.card.name == "gte-small-int8/1"
    assert embedder.card.dimensions == 384
    assert embedder.card.most_tokens == 512


@pytest.mark.parametrize("damaged", ["model.onnx", "tokenizer.json"])
def test_a_damaged_file_is_said(runner: asyncio.Runner, launcher: Nursery, tmp_path: Path, damaged: str) -> None:
    folder = tmp_path / "embedder"
    shutil.copytree(FOLDER, folder)
    (folder / damaged).write_bytes(b"\x00" * 1000)
    with pytest.raises(Known) as refused:
        runner.run(OnnxEmbedder.start(launcher, folder))
    assert refused.value.code == "carrel.embedder.load"


def test_a_closed_embedder_says_so(runner: asyncio.Runner, launcher: Nursery) -> None:
    async def journey() -> None:
        embedder = await OnnxEmbedder.start(launcher, FOLDER)
        await embedder.close()
        with pytest.raises(Known) as refused:
            await embedder.embed(["a"])
        assert refused.value.code == "carrel.embedder.closed"

    runner.run(journey())

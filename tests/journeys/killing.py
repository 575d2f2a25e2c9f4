"""Rounds of ``kill -9`` at random moments, and what must hold after each."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.compose import Compose
from app.domain.generation import Engine
from app.domain.messages import Conversation, Scope
from app.engine.scripted import ScriptedEngine, Transcript
from app.services.local import LocalDesk
from tests.journeys.program import PASSPHRASE, Program, all_gone, descendants

ROUNDS = int(os.environ.get("CARREL_KILL_ROUNDS", "3"))
"""How often each process is killed by one test."""
in_time = pytest.mark.timeout(100 * ROUNDS)
NOUNS = ("anchor", "bellows", "candle", "dredger", "easel", "ferrule", "gantry", "hawser", "ingot", "jib")


def word_of(number: int) -> str:
    """A word that only paper ``number`` holds."""
    return "quill" + "".join(NOUNS[int(digit)] for digit in f"{number:03}")


def write_papers(folder: Path, numbers: Iterable[int]) -> None:
    """One paper each, with a word of its own."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        text = f"# Paper {number}\n\nThe {word_of(number)} stands beside the {NOUNS[number % 10]} in the yard.\n"
        (folder / f"paper-{number:03}.md").write_text(text, encoding="utf-8")


def lines_until_killed(process: subprocess.Popen[str], lines: int, seconds: float) -> list[dict[str, Any]]:
    """Let it go on until it printed ``lines`` and ``seconds`` more, kill it, and return all it acknowledged.

    Nothing that it started may survive it.
    """
    assert process.stdout
    said = [process.stdout.readline() for _ in range(lines)]
    time.sleep(seconds)
    family = descendants(process)
    process.send_signal(signal.SIGKILL)
    said += process.stdout.readlines()
    process.wait()
    for pipe in (process.stdout, process.stderr):
        assert pipe
        pipe.close()
    assert all_gone(family), "a child survived"
    return [json.loads(line) for line in said if line.endswith("\n")]


def kill_while_reading(program: Program, papers: Path, dice: random.Random, acknowledged: dict[str, str]) -> int:
    """One round: read ``papers`` and die in the middle. What an earlier round acknowledged must be found unchanged.

    Returns how many files were acknowledged by this round.
    """
    process = program.start("documents", "add", str(papers), "--collection", "Papers")
    lines = len(acknowledged) + dice.randint(1, 6)  # those of earlier rounds are told first, as unchanged
    records = lines_until_killed(process, lines, dice.uniform(0, 0.4))
    assert records, "it died before it acknowledged anything"
    new = 0
    for record in records:
        if "path" not in record:
            continue
        if record["path"] in acknowledged:
            assert (record["outcome"], record["source"]) == ("unchanged", acknowledged[record["path"]])
        elif record["outcome"] in {"indexed", "unchanged"}:  # stored, and killed before it could say so
            acknowledged[record["path"]] = record["source"]
            new += 1
    return new


def kill_while_answering(program: Program, question: str, dice: random.Random) -> list[dict[str, Any]]:
    """One round: ask and die while the answer is written; returns what was printed."""
    process = program.start("ask", question, "--no-documents")
    return lines_until_killed(process, dice.randint(1, 20), dice.uniform(0, 0.2))


async def all_searchable(desk: LocalDesk, acknowledged: dict[str, str]) -> None:
    """Every acknowledged source is there, and its own word finds it first."""
    reach = Scope(collections=tuple(row.id for row in await desk.collections()))
    for path, source in acknowledged.items():
        row = await desk.source(source)
        assert (row.path, row.outcome) == (path, "indexed")
        number = int(Path(path).stem.removeprefix("paper-"))
        found = await desk.search(word_of(number), reach, 1)
        assert found.hits[0].source == source


async def conversations(desk: LocalDesk) -> list[Conversation]:
    """All, newest first."""
    return [await desk.conversation(head.id) for head in await desk.conversations()]


def composed(transcript: Transcript) -> Compose:
    """Real parts, but for the model."""

    async def start(path: Path, context_tokens: int) -> Engine:
        return ScriptedEngine(transcript)

    return Compose(start_engine=start)


def open_again(program: Program, transcript: Transcript, acknowledged: dict[str, str]) -> list[Conversation]:
    """The next start: what was acknowledged is there, and nothing of the killed sessions is left in RAM."""

    async def look() -> list[Conversation]:
        async with composed(transcript).desk(program.home, PASSPHRASE) as desk:
            await all_searchable(desk, acknowledged)
            return await conversations(desk)

    found = asyncio.run(look())
    assert not program.home.memory.exists()
    return found


def kill(pid: int) -> None:
    """End one process that must be there, and ours: a number read in a log may be another's by now."""
    above = [parent.pid for parent in psutil.Process(pid).parents()]
    assert os.getpid() in above
    os.kill(pid, signal.SIGKILL)

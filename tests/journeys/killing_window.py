"""Rounds of ``kill -9`` of the window, and what it had told when it died."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from typing import Any

from app.engine.scripted import ScriptedReply, Transcript
from tests.journeys.killing import composed, lines_until_killed, write_papers
from tests.journeys.program import PASSPHRASE, Program

SLOW = Transcript(replies=(ScriptedReply(text="word " * 400),), delay_seconds=0.02)
UNLOCKING, OPEN = 2, 3  # lines the hand has printed by then
A_ROUND = 12


def set_up(program: Program) -> str:
    """Finish first run, so that the window opens on the chats; the id of the first collection."""

    async def finish() -> str:
        async with composed(SLOW).desk(program.home, PASSPHRASE) as desk:
            await desk.finish_setup()
            return (await desk.collections())[0].id

    return asyncio.run(finish())


def window(program: Program, *words: str, platform: str = "offscreen") -> subprocess.Popen[str]:
    """Start the window with a hand that does ``words``."""
    transcript = program.place / "slow.json"
    transcript.write_text(SLOW.model_dump_json(), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.windowed", transcript, program.home.root, program.passphrase, *words],
        cwd=program.folder,
        env=program.environment | {"QT_QPA_PLATFORM": platform},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Rounds:
    """Kill the window again and again on one home.

    Attributes:
        acknowledged: path to id of every source it said was indexed.
        asked: every question it said was saved.
        answers: words of every answer it said was finished.
    """

    def __init__(self, program: Program, dice: random.Random, platform: str = "offscreen") -> None:
        self._program, self._dice, self._platform = program, dice, platform
        self._collection = set_up(program)
        self._round = 0
        self.acknowledged: dict[str, str] = {}
        self.asked: list[str] = []
        self.answers: list[str] = []

    def while_unlocking(self) -> None:
        self._kill(UNLOCKING, 1.5)

    def while_idle(self) -> None:
        self._kill(OPEN, 2.0)

    def while_reading(self) -> None:
        folder = self._program.place / f"round-{self._round}"
        write_papers(folder, range(self._round * A_ROUND, (self._round + 1) * A_ROUND))
        self._kill(OPEN + self._dice.randint(1, 5), 0.6, "read", str(folder), self._collection)

    def while_answering(self) -> None:
        self._kill(OPEN + 1, 4.0, "ask", f"What was asked in round {self._round}?")

    def _kill(self, lines: int, seconds: float, *words: str) -> None:
        process = window(self._program, *words, platform=self._platform)
        said = lines_until_killed(process, lines, self._dice.uniform(0, seconds))
        assert len(said) >= lines, f"the window did not come so far: {said}"
        self._round += 1
        for record in said:
            self._take(record)

    def _take(self, record: dict[str, Any]) -> None:
        match record:
            case {"is": "source", "outcome": "indexed"}:
                self.acknowledged[record["path"]] = record["source"]
            case {"is": "asked"}:
                self.asked.append(record["question"])
            case {"is": "answered"}:
                self.answers.append(record["words"])

"""The engine against bare llama-cpp-python: the same model, messages, threads and greedy choice, turn about.

``engine.tokens``: tokens a second from the first to the last, as they arrive here against as they arise there.
``engine.follow_up``: seconds to the first token of a second question about passages that were read before.
The two are never at work at the same time; each is idle while the other is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.generation import ChatMessage, GenerationRequest, Role
from app.domain.stream import Failed, TextDelta, Usage
from app.engine.cores import free_cores
from app.engine.llama_engine import LlamaEngine
from app.kernel.errors import Known
from app.sandbox.nursery import Launcher
from app.services.bench import bare_llama

CONTEXT = 2048
TOKENS = 64
RUNS = 5
STORY = "Tell a long story about a lighthouse keeper and the sea."
PASSAGE = (
    "The keeper of the light counts the ships that pass, writes their names in a book and lights the lamp at dusk. "
)
FOLLOW_UPS = ("How many ships?", "Who lights the lamp?", "What is in the book?", "When is dusk?", "Where is the sea?")


@dataclass(frozen=True)
class Timing:
    """Seconds to the first token, seconds from it to the last, how many."""

    first: float
    rest: float
    count: int

    @property
    def rate(self) -> float:
        return (self.count - 1) / self.rest if self.rest else 0.0


class Bare:
    """The bare library in its process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, model: Path, threads: int) -> AsyncIterator[Bare]:
        """Load the model.

        Raises:
            Known: ``carrel.bench.frozen`` in an installed build, which has no Python to run it.
        """
        if getattr(sys, "frozen", False):
            raise Known(
                "carrel.bench.frozen",
                "An installed Carrel cannot start the bare library.",
                "Run carrel bench from a checkout.",
            )
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(Path(bare_llama.__file__)),
            str(model),
            str(CONTEXT),
            str(threads),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        bare = cls(process)
        try:
            await bare._line()
            yield bare
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def run(self, messages: tuple[ChatMessage, ...], tokens: int) -> Timing:
        asked = {"messages": [{"role": m.role.value, "content": m.content} for m in messages], "tokens": tokens}
        assert self._process.stdin  # noqa: S101 - opened as a pipe
        self._process.stdin.write(json.dumps(asked).encode() + b"\n")
        return Timing(**await self._line())

    async def _line(self) -> dict[str, Any]:
        assert self._process.stdout  # noqa: S101 - opened as a pipe
        line = await self._process.stdout.readline()
        if not line:
            raise Known("carrel.bench.bare", "The bare library could not run this model.", "Try another model.")
        found: dict[str, Any] = json.loads(line)
        return found


async def ours(engine: LlamaEngine, messages: tuple[ChatMessage, ...], tokens: int, threads: int) -> Timing:
    """One reply, timed where its events arrive."""
    request = GenerationRequest(turn="bench", messages=messages, max_tokens=tokens, threads=threads)
    started = time.monotonic()
    first = last = started
    count = 0
    async for event in engine.generate(request):
        match event:
            case TextDelta():
                last = time.monotonic()
                first = last if first == started else first
            case Usage():
                count = event.completion_tokens
            case Failed():
                raise Known(event.code, event.message, event.hint)
    return Timing(first - started, last - first, count)


async def rows(launcher: Launcher, model_path: Path) -> list[dict[str, Any]]:
    """Rows of this benchmark."""
    threads = await free_cores()
    engine = await LlamaEngine.start(launcher, model_path, context_tokens=CONTEXT)
    try:
        async with Bare.open(model_path, threads) as bare:
            story = _asked(STORY)
            tokens = await _turns(engine, bare, [story] * (RUNS + 1), TOKENS, threads)
            asked = [_asked(PASSAGE * 20 + question) for question in ("What is this about?", *FOLLOW_UPS)]
            follow_up = await _turns(engine, bare, asked, 2, threads)
    finally:
        await engine.close()
    return [
        _row("engine.tokens", "higher", "tokens/s", [(mine.rate, other.rate) for mine, other in tokens]),
        _row("engine.follow_up", "lower", "s", [(mine.first, other.first) for mine, other in follow_up]),
    ]


async def _turns(
    engine: LlamaEngine, bare: Bare, asked: list[tuple[ChatMessage, ...]], tokens: int, threads: int
) -> list[tuple[Timing, Timing]]:
    """Ours and bare for each, turn about; the first is to warm up."""
    pairs: list[tuple[Timing, Timing]] = []
    for number, messages in enumerate(asked):
        if number % 2:
            mine = await ours(engine, messages, tokens, threads)
            other = await bare.run(messages, tokens)
        else:
            other = await bare.run(messages, tokens)
            mine = await ours(engine, messages, tokens, threads)
        pairs.append((mine, other))
    return pairs[1:]


def _asked(question: str) -> tuple[ChatMessage, ...]:
    return (
        ChatMessage(role=Role.SYSTEM, content="You answer at length."),
        ChatMessage(role=Role.USER, content=question),
    )


def _row(name: str, better: str, unit: str, pairs: list[tuple[float, float]]) -> dict[str, Any]:
    """Medians; the ratio is the median of the ratios of neighbouring runs."""
    return {
        "name": name,
        "ratio": statistics.median(mine / other for mine, other in pairs),
        "better": better,
        "ours": statistics.median(mine for mine, _ in pairs),
        "bare": statistics.median(other for _, other in pairs),
        "unit": unit,
        "runs": len(pairs),
    }

"""What confinement costs at a child's start: against a plain interpreter that prints the same JSON, interleaved."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time
from typing import Any

from app.sandbox.check import PROBE
from app.sandbox.nursery import Launcher
from app.sandbox.runtime import find_runtime

RUNS = 20
PLAIN = "import json; print(json.dumps({'text': 'carrel'}))"


async def rows(launcher: Launcher, runs: int = RUNS) -> list[dict[str, Any]]:
    """``sandbox.cold``: seconds from nothing to JSON in the parent's hands, medians, ``ours / bare``.

    Ours: bubblewrap, every lock, canaries, READY, one request, one result, the end. Bare: ``python -I -S``.
    """
    await _ours(launcher)
    pairs = [(await _ours(launcher), await asyncio.to_thread(_bare)) for _ in range(runs)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [
        {
            "name": "sandbox.cold",
            "ratio": round(ours / bare, 3),
            "better": "lower",
            "ours": round(ours, 4),
            "bare": round(bare, 4),
            "unit": "s",
            "runs": runs,
        }
    ]


async def _ours(launcher: Launcher) -> float:
    began = time.perf_counter()
    child = await launcher.start(PROBE)
    await child.request("echo", {"text": "carrel"})
    took = time.perf_counter() - began
    await child.close()
    return took


def _bare() -> float:
    interpreter = find_runtime().command[0]
    began = time.perf_counter()
    subprocess.run([interpreter, "-I", "-S", "-c", PLAIN], check=True, stdout=subprocess.PIPE)  # noqa: S603 - fixed
    return time.perf_counter() - began

"""What confinement costs at a child's start: against a plain interpreter that prints the same JSON, interleaved."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import time
from typing import Any

from app.domain.policy import Tier
from app.sandbox.check import PROBE
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Launcher
from app.sandbox.runtime import find_runtime

RUNS = 20
WARM = (Tier.BUBBLEWRAP_LAUNCHER,)
PLAIN = "import json; print(json.dumps({'text': 'carrel'}))"


async def rows(launcher: Launcher, runs: int = RUNS) -> list[dict[str, Any]]:
    """Seconds from nothing to JSON in the parent's hands, medians, ``ours / bare``, interleaved.

    ``sandbox.cold``: bubblewrap, every lock, canaries, READY, one request, one result. ``sandbox.warm``: the same of a fork
    of a waiting process, born, locked and proved while nobody waited, where the tier has such a thing; ``sandbox.warm_at_once``
    comes at once after the last, so that all of that is on its way. Elsewhere there are no such rows. Bare: ``python -I -S``.
    """
    warm = PROBE.model_copy(update={"preload": (PROBE.worker,)})
    warm_kinds = {"sandbox.warm": warm, "sandbox.warm_at_once": warm}
    kinds = {"sandbox.cold": PROBE} | (warm_kinds if launcher.tier in WARM else {})
    for confinement in kinds.values():
        await _ours(launcher, confinement)
    turns = [
        {"bare": await asyncio.to_thread(_bare), **{name: await _ours(launcher, one) for name, one in kinds.items()}}
        for _ in range(runs)
    ]
    middle = {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}
    return [
        {
            "name": name,
            "ratio": round(middle[name] / middle["bare"], 3),
            "better": "lower",
            "ours": round(middle[name], 4),
            "bare": round(middle["bare"], 4),
            "unit": "s",
            "runs": runs,
        }
        for name in kinds
    ]


async def _ours(launcher: Launcher, confinement: Confinement) -> float:
    began = time.perf_counter()
    child = await launcher.start(confinement)
    await child.request("echo", {"text": "carrel"})
    took = time.perf_counter() - began
    await child.close()
    return took


def _bare() -> float:
    interpreter = find_runtime().command[0]
    began = time.perf_counter()
    subprocess.run([interpreter, "-I", "-S", "-c", PLAIN], check=True, stdout=subprocess.PIPE)  # noqa: S603 - fixed
    return time.perf_counter() - began

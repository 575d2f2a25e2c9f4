"""How many cores are free: llama.cpp's threads wait for each other, so one busy core slows them all."""

from __future__ import annotations

import asyncio

import psutil

WINDOW_SECONDS = 0.05
WINDOWS = 4
"""A question has just been embedded and searched for: one moment says more about that than about the machine."""


async def free_cores() -> int:
    """Cores that were idle in the calmest of a few moments, at least one. Physical ones are as many as are useful.

    Too many do little harm: a reply steps down when it does not get what its threads would use. Too few would stay.
    """
    most = psutil.cpu_count(logical=False) or psutil.cpu_count() or 1
    best = 1
    for _ in range(WINDOWS):
        if best == most:
            break
        before = psutil.cpu_times(percpu=True)
        await asyncio.sleep(WINDOW_SECONDS)
        idle = sum(_idle_share(old, new) for old, new in zip(before, psutil.cpu_times(percpu=True), strict=False))
        best = max(best, min(most, round(idle)))
    return best


def _idle_share(old: object, new: object) -> float:
    """Of one core, between two readings, 0 to 1."""
    fields = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "interrupt", "dpc")
    spent = {name: getattr(new, name, 0.0) - getattr(old, name, 0.0) for name in fields}
    total = sum(spent.values())
    return (spent["idle"] + spent["iowait"]) / total if total > 0 else 1.0

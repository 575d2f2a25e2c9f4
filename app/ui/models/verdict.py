"""Whether a model can be used here and now, in words, and the one thing to do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.events import Status
from app.domain.model import ModelCard, ModelMemory, ModelState

CONTEXT_TOKENS = 8192
SHORTEST_CONTEXT = 1024
STEP = 256

Deed = Literal["", "use", "unload", "remove"]


@dataclass(frozen=True)
class Machine:
    """Bytes. ``loaded``: the model in use is in memory now, not only chosen."""

    used: int = 0
    total: int = 0
    loaded: bool = False

    @classmethod
    def of(cls, status: Status) -> Machine:
        return cls(status.memory_used, status.memory_total, status.model.state == "good")


@dataclass(frozen=True)
class Verdict:
    """``usable``: it belongs to those that can be used here."""

    icon: str
    tone: str
    words: str
    deed: Deed = ""
    button: str = ""
    usable: bool = True


def gigabytes(number: int) -> str:
    """Memory as the status line says it: decimal, ``0.99 GB``, ``9.0 GB``."""
    return f"{number / 1e9:.2f} GB" if number < 995_000_000 else f"{number / 1e9:.1f} GB"


def measured_context(memory: ModelMemory) -> int:
    """Tokens of the context ``needed`` was measured with, worked out from what it takes."""
    cache = memory.needed - memory.weights - memory.working
    return round(cache * 1000 / memory.kv_per_1k_tokens) if memory.kv_per_1k_tokens > 0 and cache > 0 else 0


def fitting_context(card: ModelCard) -> int:
    """Tokens that fit in what is free now, rounded down; 0 where too few do."""
    memory = card.memory
    if memory is None or memory.kv_per_1k_tokens <= 0:
        return 0
    room = (memory.free - memory.weights - memory.working) * 1000 // memory.kv_per_1k_tokens
    tokens = min(room, card.context or CONTEXT_TOKENS, CONTEXT_TOKENS) // STEP * STEP
    return tokens if tokens >= SHORTEST_CONTEXT else 0


def needed_with(memory: ModelMemory, tokens: int) -> int:
    return memory.weights + memory.working + memory.kv_per_1k_tokens * tokens // 1000


def judge(card: ModelCard, machine: Machine) -> Verdict:
    """One card against this computer."""
    if card.state is ModelState.REFUSED:
        return Verdict("stop", "stop", "Not admitted", "remove", "Remove…", usable=False)
    if card.state is ModelState.CHECKING:
        return Verdict("wait", "ink2", "Being checked")
    memory = card.memory
    if memory is None:
        return Verdict("wait", "ink2", "Memory not measured yet", "use", "Load")
    need, free = gigabytes(memory.needed), gigabytes(memory.free)
    if card.in_use and machine.loaded:
        return Verdict("check", "vouch", f"In use, {need}", "unload", "Unload")
    if memory.fits:
        words = f"Chosen, loads with the next question, needs {need}" if card.in_use else f"Fits, needs {need}"
        return Verdict("check", "vouch", words, "use", "Load")
    tokens = measured_context(memory)
    what = f"Needs {need} with {tokens:,} tokens of context" if tokens else f"Needs {need}"
    fewer = fitting_context(card)
    if fewer:
        words = f"Use {fewer:,} tokens, {gigabytes(needed_with(memory, fewer))}"
        return Verdict("warn", "warn", f"{what}; {free} are free", "use", words)
    least = needed_with(memory, SHORTEST_CONTEXT)
    if machine.total and least > machine.total:
        words = f"Does not fit: needs {gigabytes(least)}, this computer has {gigabytes(machine.total)} in all"
        return Verdict("stop", "stop", words, "remove", "Remove…", usable=False)
    words = f"Does not fit now: needs {gigabytes(least)}, {free} are free. Close other programs"
    return Verdict("warn", "warn", words)

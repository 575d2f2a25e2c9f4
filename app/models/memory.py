"""What a model needs against what is free now. Bytes throughout."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from app.domain.generation import MemoryUse
from app.domain.model import ModelMemory

CONTEXT_STEP = 256


def free_memory() -> int:
    """What the system can hand out now without swapping."""
    return int(psutil.virtual_memory().available)


@dataclass(frozen=True, slots=True)
class Measured:
    """Read from an admission load.

    Attributes:
        working: what the engine allocates beside weights and cache (repacked weights, compute buffers).
        needed: all of it, with a context of ``context`` tokens.
        kv_per_token: of the key-value cache.
    """

    weights: int
    working: int
    needed: int
    context: int
    kv_per_token: int

    @classmethod
    def of(cls, use: MemoryUse, context: int, kv_per_token: int) -> Measured:
        return cls(use.weights, use.repack + use.compute, use.total, context, kv_per_token)

    def against(self, free: int) -> ModelMemory:
        """For the card: does it fit as it was measured?"""
        return ModelMemory(
            weights=self.weights,
            kv_per_1k_tokens=self.kv_per_token * 1000,
            working=self.working,
            needed=self.needed,
            free=free,
            fits=self.needed <= free,
        )

    def largest_context(self, free: int, trained: int) -> int:
        """The longest context, tokens, that fits in ``free``; 0 if none does. Rounded down, at most ``trained``."""
        spare = free - self.needed
        if not self.kv_per_token:
            return trained if spare >= 0 else 0
        tokens = self.context + spare // self.kv_per_token
        if tokens >= trained:
            return trained
        return max(tokens // CONTEXT_STEP * CONTEXT_STEP, 0)

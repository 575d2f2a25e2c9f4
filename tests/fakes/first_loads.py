"""First loads that end in a chosen way, for judging what the library makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.domain.generation import LoadReport, MemoryUse
from app.models.trial import Trial

REPORT = LoadReport(
    context_tokens=512,
    trained_context_tokens=256,
    vocabulary=3,
    family="generic",
    memory=MemoryUse(weights=300, repack=50, compute=100, kv=50, resident=450),
    seconds=0.1,
)


class Loads:
    """Loads anything and writes ``tokens``; remembers what it was given.

    Attributes:
        seen: path and mode of every file, as it was when it was loaded.
        ends: called with the path before it answers; may raise.
    """

    def __init__(self, tokens: int = 4, ends: Callable[[Path], None] = lambda _: None) -> None:
        self.tokens = tokens
        self.ends = ends
        self.seen: list[tuple[Path, int]] = []

    async def __call__(self, model: Path) -> Trial:
        self._look(model)
        return Trial(report=REPORT, tokens=self.tokens, tokens_per_second=31.5)

    def _look(self, model: Path) -> None:
        self.seen.append((model, model.stat().st_mode & 0o777))
        self.ends(model)

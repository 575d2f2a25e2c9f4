"""The first load of the program, its engine the scripted one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.domain.generation import Engine, MemoryUse
from app.engine.scripted import ScriptedEngine, ScriptedReply, Transcript
from app.services.trial import EngineTrial

MEMORY = MemoryUse(weights=300, repack=50, compute=100, kv=50, resident=450)


class ScriptedLoad(EngineTrial):
    """Attributes:
    seen: path and mode of every file, as it was when it was loaded.
    ends: called with the path before the engine answers; may raise what starting an engine raises.
    """

    def __init__(self, says: str = "one two three four five", ends: Callable[[Path], None] = lambda _: None) -> None:
        super().__init__(self._start)
        reply = ScriptedReply(text=says)
        self._played = Transcript(replies=(reply,), delay_seconds=0.01, context_tokens=512, memory=MEMORY)
        self.ends = ends
        self.seen: list[tuple[Path, int]] = []

    async def _start(self, path: Path, context_tokens: int) -> Engine:
        self._look(path)
        return ScriptedEngine(self._played)

    def _look(self, path: Path) -> None:
        self.seen.append((path, path.stat().st_mode & 0o777))
        self.ends(path)

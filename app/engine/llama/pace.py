"""Fewer threads when the machine gets busy in the middle of a reply.

llama.cpp's threads wait for each other after every operation, spinning: one that lost its core holds up all. While each
has a core the process spends as many CPU seconds as there are threads; when it gets less, something else runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

WINDOW_SECONDS = 0.3
ENOUGH = 0.85


class Pace:
    """Watches one reply. Only ever steps down; the next reply begins with what is free then."""

    def __init__(
        self,
        threads: int,
        use: Callable[[int], None],
        wall: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.process_time,
    ) -> None:
        self._threads = threads
        self._use = use
        self._wall = wall
        self._spent = spent
        use(threads)
        self._mark = (wall(), spent())

    def look(self) -> None:
        """After a read; cheap."""
        if self._threads == 1:
            return
        wall, spent = self._wall() - self._mark[0], self._spent() - self._mark[1]
        if wall < WINDOW_SECONDS:
            return
        if spent < ENOUGH * self._threads * wall:
            self._threads = max(1, min(self._threads - 1, int(spent / wall)))
            self._use(self._threads)
        self._mark = (self._wall(), self._spent())

"""Keeps the status line true: whatever changes one of its items is followed by a new line, a few times a second at most."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from app.domain.events import (
    AdmissionChanged,
    Event,
    ListsChanged,
    ReadingChanged,
    SourceChanged,
    StatusChanged,
    TurnEnded,
    TurnPhase,
)
from app.kernel.errors import Known

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.domain.events import Status
    from app.services.feed import Feed

PAUSE_SECONDS = 0.3
CHANGING = (AdmissionChanged, ListsChanged, ReadingChanged, SourceChanged, TurnEnded, TurnPhase)


class StatusNews:
    """Listens to the feed and publishes ``StatusChanged`` when the line reads differently than before."""

    def __init__(self, feed: Feed, now: Callable[[], Awaitable[Status]]) -> None:
        self._feed = feed
        self._now = now
        self._last: Status | None = None
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._stop = feed.watch(self._hear)

    async def close(self) -> None:
        """Say nothing more."""
        self._stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _hear(self, event: Event) -> None:
        if not isinstance(event, CHANGING):
            return
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        while self._again:
            self._again = False
            with contextlib.suppress(Known):
                status = await self._now()
                if status != self._last:
                    self._last = status
                    self._feed.publish(StatusChanged(status=status))
            await asyncio.sleep(PAUSE_SECONDS)

"""The audit trail of an open vault: hears what services tell, writes it down behind them, never in their way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.audit import LostRecord
from app.kernel.errors import Known
from app.kernel.log import logger
from app.services.audit_book import Book

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from app.domain.audit_verdict import Verdict
    from app.domain.events import Event
    from app.domain.record import AuditEvent, Record
    from app.domain.tool import ToolSpec
    from app.kernel.clock import Clock
    from app.services.feed import Feed
    from app.vault.events import Ledger

_log = logger(__name__)
MOST_WAITING = 10_000


class Trail:
    """Belongs to the core loop. What cannot be written is counted, and the count is the next thing that is written."""

    def __init__(self, ledger: Ledger, feed: Feed, clock: Clock, specs: Callable[[], tuple[ToolSpec, ...]]) -> None:
        self._ledger = ledger
        self._clock = clock
        self._book = Book(specs)
        self._waiting: list[Record] = []
        self._lost = 0
        self._writing: asyncio.Task[None] | None = None
        self._stop = feed.watch(self._hear)

    def put(self, record: Record) -> None:
        """Have it written soon; returns at once."""
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append(record)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def written(self) -> None:
        """Wait until what was put is written, or counted as lost."""
        while self._writing is not None and not self._writing.done():
            await asyncio.wait([self._writing])

    async def list(
        self, kinds: tuple[type[Record], ...] = (), since: datetime | None = None, limit: int | None = None
    ) -> tuple[AuditEvent, ...]:
        """Oldest first; with ``limit`` the newest so many."""
        await self.written()
        return await self._ledger.list(kinds=kinds, since=since, limit=limit)

    async def verify(self) -> Verdict:
        """Prove the whole chain."""
        await self.written()
        return await self._ledger.verify()

    async def close(self) -> None:
        """Hear nothing more; what was heard is written."""
        self._stop()
        await self.written()

    def _hear(self, event: Event) -> None:
        for record in self._book.on(event, self._clock.monotonic()):
            self.put(record)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            lost, self._lost = self._lost, 0
            try:
                await self._ledger.record(*((LostRecord(events=lost),) if lost else ()), *batch)
            except Known as known:
                if known.code == "carrel.vault.locked":  # a session that did not come to be
                    self._stop()
                    return
                self._lost += lost + len(batch)
                _log.warning("%d events could not be written: %s", self._lost, known.code)

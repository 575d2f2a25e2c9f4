"""The trail of events: written once, in order, in the transaction of what they tell about; read, proved, let go when old.

Behind it stand ``events_chain`` (macs and proof), ``events_rows`` (the tables, read), ``events_anchor`` (the end, outside
the database) and ``events_json`` (records and their versions).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import apsw

from app.domain.audit import FaultRecord, PrunedRecord
from app.domain.audit_verdict import Verdict
from app.domain.record import AuditEvent, Record, kind_of
from app.kernel.clock import Clock
from app.kernel.errors import Known
from app.kernel.log import logger
from app.kernel.paths import Home
from app.vault import events_json
from app.vault.database import Database
from app.vault.events_anchor import read_anchor, write_anchor
from app.vault.events_chain import GENESIS, Proof, Row, chained, genuine, sealed
from app.vault.events_rows import ROWS, end_of, event_of, judged, last_row, pruned_note, verdict

LOG = logger(__name__)
ANCHOR_SECONDS = 1.0
LEAST_KEPT = 1000
"""So many of the newest stay whatever the clock says."""


@dataclass(frozen=True)
class Retention:
    """How long events are kept: so many days, and never more than so many of them."""

    days: int = 400
    events: int = 100_000


class Ledger:
    """The events of one open vault. Belongs to one loop, the running one."""

    def __init__(
        self, database: Database, home: Home, key: bytes, clock: Clock, retention: Retention = Retention()
    ) -> None:
        self._database = database
        self._home = home
        self._key = key
        self._clock = clock
        self._retention = retention
        self._loop = asyncio.get_running_loop()
        self._anchoring: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Compare the end of the chain with what is known of it, write down what does not fit, and go on. Call it first.

        Raises:
            Known: ``carrel.disk.full``: reading still works then, and so does a later ``record``.
        """
        anchor = await asyncio.to_thread(read_anchor, self._home)
        last, end = await self._database.read(lambda connection: (last_row(connection), end_of(connection)))
        if last is None and end is None and anchor is None:  # first of all, so that a chain is never without one
            await asyncio.to_thread(write_anchor, self._home, sealed(self._key, 0, GENESIS))
            return
        fault, tip = judged(self._key, last, end, anchor)
        if fault is not None:
            LOG.warning("the trail of events is not as it was left: %s", fault.what)
            found = fault

            def operation(connection: apsw.Connection) -> None:
                self._put_end(connection, *tip)
                self.append(connection, found)

            await self._database.write(operation)

    def append(self, connection: apsw.Connection, *records: Record) -> None:
        """Write events inside the caller's own transaction: they are there if, and only if, what they tell of is."""
        number, before = self._tip(connection)
        at = self._clock.now().isoformat(timespec="microseconds")
        for record in records:
            row = chained(self._key, number + 1, at, events_json.dump(record), before)
            values = (row.number, row.at, row.kind, row.version, row.body, row.before, row.mac)
            connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            number, before = row.number, row.mac
        self._put_end(connection, number, before)
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            self._loop.call_soon_threadsafe(self._anchor_soon)

    async def record(self, *records: Record) -> None:
        """Write events in a transaction of their own."""
        if records:
            await self._database.write(lambda connection: self.append(connection, *records))

    async def list(
        self,
        *,
        kinds: Sequence[type[Record]] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> tuple[AuditEvent, ...]:
        """Events, oldest first; with ``limit`` the newest so many. No kinds means all; ``until`` is not included."""
        wanted = [kind_of(kind) for kind in kinds]
        low, high = since.isoformat() if since else "", until.isoformat() if until else "~"
        where = f"WHERE at >= ? AND at < ? {'AND kind IN (' + ', '.join('?' * len(wanted)) + ')' if wanted else ''} "

        def operation(connection: apsw.Connection) -> tuple[AuditEvent, ...]:
            query = ROWS + where + "ORDER BY number DESC LIMIT ?"
            rows = connection.execute(query, (low, high, *wanted, -1 if limit is None else limit)).fetchall()
            return tuple(event_of(Row(*row)) for row in reversed(rows))

        return await self._database.read(operation)

    async def verify(self) -> Verdict:
        """Walk the whole chain."""
        anchor = await asyncio.to_thread(read_anchor, self._home)

        def operation(connection: apsw.Connection) -> Verdict:
            return verdict(connection, self._key, anchor)

        return await self._database.read(operation)

    async def prune(self) -> int:
        """Let go of what is older or more than retention keeps; returns how many. The chain stays provable."""
        oldest = (self._clock.now() - timedelta(days=self._retention.days)).isoformat(timespec="microseconds")
        return await self._database.write(lambda connection: self._let_go(connection, oldest))

    async def anchor(self) -> None:
        """Put the end of the chain outside the database, now."""

        def operation(connection: apsw.Connection) -> tuple[int, bytes]:
            return self._tip(connection)

        end = sealed(self._key, *await self._database.read(operation))
        await asyncio.to_thread(write_anchor, self._home, end)

    async def close(self) -> None:
        """The last anchor; the database is still open."""
        waiting, self._anchoring = self._anchoring, None
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        with contextlib.suppress(Known):
            await self.anchor()

    # -- the end of the chain
    def _tip(self, connection: apsw.Connection) -> tuple[int, bytes]:
        """Number and mac the next event follows on."""
        end = end_of(connection)
        if end is not None and genuine(self._key, end):
            return end.number, end.mac
        last = last_row(connection)
        return (last.number, last.mac) if last else (0, GENESIS)

    def _put_end(self, connection: apsw.Connection, number: int, mac: bytes) -> None:
        end = sealed(self._key, number, mac)
        connection.execute("INSERT OR REPLACE INTO event_end VALUES (1, ?, ?, ?)", (end.number, end.mac, end.seal))

    def _anchor_soon(self) -> None:
        if self._anchoring is None or self._anchoring.done():
            self._anchoring = self._loop.create_task(self._anchor_later())

    async def _anchor_later(self) -> None:
        await asyncio.sleep(ANCHOR_SECONDS)
        self._anchoring = None  # what is written from here on needs another one
        with contextlib.suppress(Known):
            await self.anchor()

    # -- retention
    def _let_go(self, connection: apsw.Connection, oldest: str) -> int:
        number, _ = self._tip(connection)
        young = connection.execute("SELECT min(number) FROM event WHERE at >= ?", (oldest,)).fetchall()[0][0]
        by_age = number if young is None else int(young) - 1
        by_count = number - self._retention.events
        through = min(max(by_age, by_count), number - LEAST_KEPT)
        rows = [Row(*row) for row in connection.execute(ROWS + "WHERE number <= ? ORDER BY number", (through,))]
        if not rows:
            return 0
        before = pruned_note(connection, self._key)
        proof = Proof(self._key, *((before.through, bytes.fromhex(before.mac)) if before else (0, GENESIS)))
        proof.walk(rows)
        wrong = proof.finish(sealed(self._key, rows[-1].number, rows[-1].mac), None, anchored=False)
        connection.execute("DELETE FROM event WHERE number <= ?", (through,)).fetchall()
        if wrong:
            self.append(connection, FaultRecord(what="pruned_broken", found=wrong[0].first, expected=wrong[-1].last))
        self.append(
            connection,
            PrunedRecord(
                through=rows[-1].number,
                mac=rows[-1].mac.hex(),
                events=len(rows) + (before.events if before else 0),
                since=before.since if before else datetime.fromisoformat(rows[0].at),
                until=datetime.fromisoformat(rows[-1].at),
            ),
        )
        return len(rows)

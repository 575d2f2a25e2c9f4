"""The chain of events: what its macs are made of, and how it is proved. Pure; bytes and rows in, findings out.

Each event carries the mac of the one before it and its own, made with a key that is not the key of the database. So who
has the database open cannot make, change or move an event, and every row can be judged by itself. Its end is known twice:
in the database, written with every event, and in a file beside it (``events_anchor``), a moment later.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from app.domain.audit_verdict import Finding

GENESIS = bytes(32)
MOVED_WITHIN = 300
"""So many rows that are not what they were are looked for at each other's places."""


@dataclass(frozen=True)
class Row:
    """An event as it lies in the table."""

    number: int
    at: str
    kind: str
    version: int
    body: str
    before: bytes
    mac: bytes


@dataclass(frozen=True)
class End:
    """The end of a chain: number and mac of its last event. ``seal`` is made with the key over both."""

    number: int
    mac: bytes
    seal: bytes


def mac(key: bytes, row: Row) -> bytes:
    """What ``row.mac`` must be."""
    parts = [part.encode() for part in (row.at, row.kind, row.body)]
    body = b"".join(struct.pack(">I", len(part)) + part for part in parts)
    head = b"carrel event\0" + struct.pack(">QI", row.number, row.version)
    return hmac.digest(key, head + body + row.before, "sha256")


def chained(key: bytes, number: int, at: str, stored: tuple[str, int, str], before: bytes) -> Row:
    """The next row. ``stored``: kind, version and body."""
    bare = Row(number, at, *stored, before, b"")
    return Row(number, at, *stored, before, mac(key, bare))


def sealed(key: bytes, number: int, last: bytes) -> End:
    return End(number, last, hmac.digest(key, b"carrel end\0" + struct.pack(">Q", number) + last, "sha256"))


def genuine(key: bytes, end: End) -> bool:
    """Whether the end was written by somebody with the key."""
    return hmac.compare_digest(end.seal, sealed(key, end.number, end.mac).seal)


@dataclass
class Proof:
    """Walks a chain once, oldest first; ``findings`` is complete after ``finish``.

    Attributes:
        through, after: number and mac of the last event that was let go; 0 and ``GENESIS`` when none was.
        watched: a number whose mac is wanted, that of the anchor.
    """

    key: bytes
    through: int = 0
    after: bytes = GENESIS
    watched: int = 0
    events: int = 0
    _findings: list[Finding] = field(default_factory=list)
    _suspects: list[Row] = field(default_factory=list)
    _last: Row | None = None
    _last_good: bool = True
    _seen: bytes = b""

    @property
    def last(self) -> int:
        return self._last.number if self._last else self.through

    def walk(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._step(row)

    def _step(self, row: Row) -> None:
        self.events += 1
        good = hmac.compare_digest(row.mac, mac(self.key, row))
        if row.number == self.watched:
            self._seen = row.mac
        if not good:
            self._suspects.append(row)
        if row.number <= self.through:
            self._findings.append(Finding(what="added", first=row.number, last=row.number))
            return
        if row.number > self.last + 1:
            self._findings.append(Finding(what="removed", first=self.last + 1, last=row.number - 1))
        elif good and self._last_good and row.before != (self._last.mac if self._last else self.after):
            self._findings.append(Finding(what="replaced", first=row.number, last=row.number))
        self._last, self._last_good = row, good

    def finish(self, end: End | None, anchor: End | None, *, anchored: bool) -> tuple[Finding, ...]:
        """Everything that is wrong, in the order of the chain.

        Args:
            end: what the database says of its end.
            anchor: what the file says; None when it is not there.
            anchored: whether a file must be there.
        """
        self._judge_suspects()
        known = 0
        if end is None:
            if self.events:
                self._findings.append(Finding(what="end_changed", first=self.last, last=self.last))
        elif not genuine(self.key, end):
            self._findings.append(Finding(what="end_changed", first=self.last, last=self.last))
        else:
            known = end.number
            if end.number < self.last:
                self._findings.append(Finding(what="added", first=end.number + 1, last=self.last))
            elif self._last and end.number == self.last and self._last_good and end.mac != self._last.mac:
                self._findings.append(Finding(what="replaced", first=self.last, last=self.last))
        known = max(known, self._judge_anchor(anchor, anchored=anchored))
        if known > self.last:
            self._findings.append(Finding(what="cut", first=self.last + 1, last=known))
        return tuple(sorted(_joined(self._findings), key=lambda one: (one.first, one.what)))

    def _judge_anchor(self, anchor: End | None, *, anchored: bool) -> int:
        if anchor is None:
            if anchored:
                self._findings.append(Finding(what="anchor_lost", first=self.last, last=self.last))
            return 0
        if not genuine(self.key, anchor):
            self._findings.append(Finding(what="anchor_changed", first=self.last, last=self.last))
            return 0
        suspects = {row.number for row in self._suspects}
        if self._seen and anchor.number not in suspects and self._seen != anchor.mac:
            self._findings.append(Finding(what="replaced", first=anchor.number, last=anchor.number))
        return anchor.number

    def _judge_suspects(self) -> None:
        """Changed, or an event that stood elsewhere."""
        numbers = {row.number for row in self._suspects[:MOVED_WITHIN]}
        for row in self._suspects:
            near = {row.number + 1, row.number - 1} | (numbers if row.number in numbers else set())
            was = next((number for number in sorted(near - {row.number}) if self._fits(row, number)), 0)
            what: Literal["moved", "changed"] = "moved" if was else "changed"
            self._findings.append(Finding(what=what, first=row.number, last=row.number, was=was))

    def _fits(self, row: Row, number: int) -> bool:
        if number < 1:
            return False
        there = Row(number, row.at, row.kind, row.version, row.body, row.before, b"")
        return hmac.compare_digest(row.mac, mac(self.key, there))


def _joined(findings: list[Finding]) -> list[Finding]:
    """Neighbours with the same thing wrong as one."""
    found = sorted(set(findings), key=lambda one: (one.what, one.first))
    if not found:
        return []
    whole = [found[0]]
    for before, one in pairwise(found):
        same = one.what == before.what and one.first == before.last + 1
        if same and (one.what != "moved" or one.was - one.first == before.was - before.first):
            whole[-1] = whole[-1].model_copy(update={"last": one.last})
        else:
            whole.append(one)
    return whole

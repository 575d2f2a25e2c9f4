"""The tables of the chain, read: rows, its end, the newest note of what was let go, and all of it judged."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from datetime import UTC, datetime

import apsw

from app.domain.audit import FaultRecord, PrunedRecord, VaultRecord
from app.domain.audit_verdict import Verdict
from app.domain.record import AuditEvent, kind_of
from app.vault import events_json
from app.vault.events_chain import GENESIS, End, Proof, Row, genuine, mac

ROWS = "SELECT number, at, kind, version, body, before, mac FROM event "


def all_rows(connection: apsw.Connection) -> Iterator[Row]:
    for row in connection.execute(ROWS + "ORDER BY number"):
        yield Row(*row)


def last_row(connection: apsw.Connection) -> Row | None:
    for row in connection.execute(ROWS + "ORDER BY number DESC LIMIT 1"):
        return Row(*row)
    return None


def end_of(connection: apsw.Connection) -> End | None:
    for row in connection.execute("SELECT number, mac, seal FROM event_end"):
        return End(*row)
    return None


def pruned_note(connection: apsw.Connection, key: bytes) -> PrunedRecord | None:
    """The newest note of what was let go that was written with the key."""
    for row in connection.execute(ROWS + "WHERE kind = ? ORDER BY number DESC", (kind_of(PrunedRecord),)):
        found = Row(*row)
        record = events_json.load(found.kind, found.version, found.body)
        if isinstance(record, PrunedRecord) and hmac.compare_digest(found.mac, mac(key, found)):
            return record
    return None


def judged(
    key: bytes, last: Row | None, end: End | None, anchor: End | None
) -> tuple[FaultRecord | None, tuple[int, bytes]]:
    """What is wrong with the end of the chain, and after which event the next one follows."""
    found = last.number if last else 0
    tip = (found, last.mac if last else GENESIS)
    sound_end = end is not None and genuine(key, end)
    sound_anchor = anchor is not None and genuine(key, anchor)
    for known in (end if sound_end else None, anchor if sound_anchor else None):
        if known is not None and known.number > tip[0]:
            tip = (known.number, known.mac)
    if tip[0] > found:
        return FaultRecord(what="cut", found=found, expected=tip[0]), tip
    if last is not None and (not sound_end or end is None or (end.number, end.mac) != (last.number, last.mac)):
        return FaultRecord(what="end_changed", found=found, expected=end.number if end and sound_end else found), tip
    if not sound_anchor:
        return FaultRecord(what="anchor_changed" if anchor else "anchor_lost", found=found, expected=found), tip
    return None, tip


def verdict(connection: apsw.Connection, key: bytes, anchor: End | None) -> Verdict:
    pruned = pruned_note(connection, key)
    proof = Proof(key, *((pruned.through, bytes.fromhex(pruned.mac)) if pruned else (0, GENESIS)))
    proof.watched = anchor.number if anchor else 0
    proof.walk(all_rows(connection))
    findings = proof.finish(end_of(connection), anchor, anchored=True)
    first = next(all_rows(connection), None)
    last = last_row(connection)
    noticed = [
        Row(*row) for row in connection.execute(ROWS + "WHERE kind = ? ORDER BY number", (kind_of(FaultRecord),))
    ]
    begun = event_of(first).record if first else None
    return Verdict(
        events=proof.events,
        first=first.number if first else 0,
        last=last.number if last else 0,
        since=_time(first),
        until=_time(last),
        pruned=pruned.events if pruned else 0,
        findings=findings,
        noticed=tuple(event_of(row) for row in noticed),
        begins=begun.generation if isinstance(begun, VaultRecord) and not pruned else 0,
    )


def event_of(row: Row) -> AuditEvent:
    return AuditEvent(
        number=row.number,
        at=_time(row) or datetime.min.replace(tzinfo=UTC),
        record=events_json.load(row.kind, row.version, row.body),
    )


def _time(row: Row | None) -> datetime | None:
    """None when it cannot be read: somebody changed it, and ``verify`` says so."""
    try:
        return datetime.fromisoformat(row.at) if row else None
    except ValueError:
        return None

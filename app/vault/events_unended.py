"""Answers that were begun and never ended, told from the trail itself."""

from __future__ import annotations

from app.domain.audit import BegunRecord, InterruptedRecord, TurnRecord, VaultRecord
from app.vault.events import Ledger


async def unended(events: Ledger) -> tuple[InterruptedRecord, ...]:
    """Those begun since the vault was opened last, to be written down at this opening before anything else is."""
    last = await events.list(kinds=(VaultRecord,), limit=2)  # an opening, with or without the closing after it
    opened = [event for event in last if isinstance(event.record, VaultRecord) and event.record.act == "opened"]
    if not opened:
        return ()
    begun: dict[str, BegunRecord] = {}
    for event in await events.list(kinds=(BegunRecord, TurnRecord), since=opened[-1].at):
        match event.record:
            case BegunRecord() as record:
                begun[record.exchange] = record
            case TurnRecord(exchange=exchange):
                begun.pop(exchange, None)
    return tuple(InterruptedRecord(conversation=one.conversation, exchange=one.exchange) for one in begun.values())

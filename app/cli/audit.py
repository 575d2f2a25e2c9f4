"""``carrel audit``: what happened, and whether the trail of it is whole. Nothing of what was read or asked is in it."""

from __future__ import annotations

import asyncio
import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace, _SubParsersAction
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain import audit_words
from app.domain.audit import KINDS
from app.domain.record import AuditEvent, kind_of
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.cli.context import Context

BY_NAME = {kind_of(kind): kind for kind in KINDS}


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    top = commands.add_parser("audit", help="what happened, and whether the trail of it is whole")
    acts = top.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("verify", help="exit 1 when something was changed, removed, moved or cut off").set_defaults(
        run=_verify
    )
    rows = acts.add_parser("list", help="events, oldest first")
    rows.add_argument("--kind", action="append", choices=sorted(BY_NAME), metavar="KIND", help=", ".join(BY_NAME))
    rows.add_argument("--since", type=_date, metavar="DATE", help="2026-11-19, or with a time")
    rows.add_argument("--limit", type=int, default=100, metavar="N", help="the newest N (100); 0 is all")
    rows.set_defaults(run=_list)
    export = acts.add_parser("export", help="all events into a new file, one JSON record a line")
    export.add_argument("file", type=Path, metavar="FILE")
    export.set_defaults(run=_export)


def _date(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone()
    except ValueError:
        raise ArgumentTypeError(f"{text} is no date") from None


async def _verify(_given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        verdict = await desk.verify_events()
    says = [audit_words.verdict(verdict)]
    says += [audit_words.finding(finding) for finding in verdict.findings]
    says += [audit_words.noticed(event) for event in verdict.noticed]
    record = {"sound": verdict.sound, **verdict.model_dump(mode="json"), "says": says}
    context.out.record(record, lambda row: "\n".join(row["says"]))
    return 0 if verdict.sound else 1


async def _list(given: Namespace, context: Context) -> int:
    kinds = tuple(BY_NAME[kind] for kind in given.kind or ())
    async with context.desk() as desk:
        for event in await desk.events(kinds, given.since, given.limit or None):
            context.out.record(_record(event), _words)
    return 0


async def _export(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        events = await desk.events()
    lines = "".join(f"{json.dumps(_record(event), ensure_ascii=False)}\n" for event in events)
    await asyncio.to_thread(_write, given.file, lines)
    record = {"file": str(given.file), "events": len(events)}
    context.out.record(record, lambda row: f"{row['events']} events in {row['file']}")
    return 0


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Known(
            "carrel.audit.export",
            f"{path} could not be written ({error.strerror}).",
            "Name a new file in a folder you may write to.",
        ) from None


def _record(event: AuditEvent) -> dict[str, Any]:
    title, detail = audit_words.told(event.record)
    body = event.record.model_dump(mode="json")
    return {"number": event.number, "at": event.at.isoformat(), **body, "says": f"{title}. {detail}".strip()}


def _words(row: dict[str, Any]) -> str:
    when = datetime.fromisoformat(row["at"]).astimezone()
    return f"{row['number']:>6}  {when:%Y-%m-%d %H:%M:%S}  {row['says']}"

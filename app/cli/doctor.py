"""``carrel doctor``: what works here, what is missing, and how to mend it. Reads only; never unlocks anything."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

from app.services.doctor import examine

if TYPE_CHECKING:
    from app.cli.context import Context


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    commands.add_parser("doctor", help="what works here and what is missing").set_defaults(run=_doctor)


async def _doctor(_given: Namespace, context: Context) -> int:
    report = await examine(context.home)
    context.out.record(report, _words)
    return 0 if report["ok"] else 1


def _words(report: dict[str, Any]) -> str:
    lines = [f"{'ok  ' if row['ok'] else 'MISS'} {row['name']:<12} {row['says']}" for row in report["checks"]]
    remedies = [f"  → {row['hint']}" for row in report["checks"] if not row["ok"]]
    return "\n".join(lines + remedies)

"""``carrel complete``: a chat-completion request in, the completion out; tool calls are not executed."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.cli.context import Context
    from app.services.local import LocalDesk


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    complete = commands.add_parser("complete", help="run a chat-completion request; calls are not executed")
    given = complete.add_mutually_exclusive_group(required=True)
    given.add_argument("--request", metavar="FILE", help="JSON; - reads standard input")
    given.add_argument("--requests", metavar="FILE", help="one request a line, one record a line, in this order")
    complete.add_argument("--model", metavar="ID")
    complete.set_defaults(run=_complete)


async def _complete(given: Namespace, context: Context) -> int:
    text = await asyncio.to_thread(_text, given.request or given.requests)
    async with context.desk() as desk:
        if given.model:
            await desk.use_model((await desk.model(given.model)).id, remember=False)
        if given.request:
            context.out.record(await desk.complete(text), _words)
            return 0
        for line in filter(str.strip, text.split("\n")):
            context.out.record(await _answered(desk, line), _words)
    return 0


async def _answered(desk: LocalDesk, untrusted_line: str) -> dict[str, Any]:
    """One line's completion; one that fails says so in its place and does not stop the others."""
    try:
        return await desk.complete(untrusted_line)
    except Known as error:
        return {"error": {"code": error.code, "message": error.message, "hint": error.hint}}


def _text(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Known(
            "carrel.complete.request", f"{file} cannot be read.", "Name a JSON file, or - for standard input."
        ) from None


def _words(record: dict[str, Any]) -> str:
    if error := record.get("error"):
        return f"{error['message']} {error['hint']}"
    message = record["choices"][0]["message"]
    calls = "".join(
        f"\n{call['function']['name']} {call['function']['arguments']}" for call in message.get("tool_calls") or ()
    )
    return f"{message.get('content') or ''}{calls}"

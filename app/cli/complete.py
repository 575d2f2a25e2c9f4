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


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    complete = commands.add_parser("complete", help="run a chat-completion request; calls are not executed")
    complete.add_argument("--request", required=True, metavar="FILE", help="JSON; - reads standard input")
    complete.add_argument("--model", metavar="ID")
    complete.set_defaults(run=_complete)


async def _complete(given: Namespace, context: Context) -> int:
    untrusted = await asyncio.to_thread(_request, given.request)
    async with context.desk() as desk:
        if given.model:
            await desk.use_model((await desk.model(given.model)).id, remember=False)
        context.out.record(await desk.complete(untrusted), _words)
    return 0


def _request(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Known(
            "carrel.complete.request", f"{file} cannot be read.", "Name a JSON file, or - for standard input."
        ) from None


def _words(record: dict[str, Any]) -> str:
    message = record["choices"][0]["message"]
    calls = "".join(
        f"\n{call['function']['name']} {call['function']['arguments']}" for call in message.get("tool_calls") or ()
    )
    return f"{message.get('content') or ''}{calls}"

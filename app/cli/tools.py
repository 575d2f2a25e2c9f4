"""``carrel tools``: what is installed, and one call under the same rules as in a chat."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace, _SubParsersAction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.cli.context import Context


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    top = commands.add_parser("tools", help="list tools, run one")
    acts = top.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("list", help="what is installed").set_defaults(run=_list)
    run = acts.add_parser("run", help="one call, validated and confined as in a chat")
    run.add_argument("name", metavar="NAME")
    run.add_argument("--arguments", default="{}", metavar="JSON")
    run.set_defaults(run=_run)


async def _list(_given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        for spec in await desk.tools():
            context.out.record(
                spec.model_dump(mode="json"), lambda row: f"{row['name']:<18} {row['kind']:<7} {row['description']}"
            )
    return 0


async def _run(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        outcome = await desk.run_tool(given.name, given.arguments)
        record = outcome.model_dump(mode="json", exclude_none=True) | {"artifacts": []}
        context.out.record(record, _words)
        return 1 if outcome.error else 0


def _words(row: dict[str, Any]) -> str:
    if error := row.get("error"):
        return f"{error['user_message']} ({error['error_code']})"
    return str(row.get("result"))

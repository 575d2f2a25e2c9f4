"""``carrel sandbox``: prove the confinement of this machine, or run a Python script under it. Never unlocks the vault."""

from __future__ import annotations

from argparse import REMAINDER, ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import Usage
from app.domain.policy import Tier
from app.sandbox.check import check
from app.sandbox.script import run_script

if TYPE_CHECKING:
    from app.cli.context import Context


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    top = commands.add_parser("sandbox", help="check the sandbox, run a script in it")
    acts = top.add_subparsers(dest="act", required=True, metavar="ACT")
    acts.add_parser("check", help="live self-test").set_defaults(run=_check)
    run = acts.add_parser("exec", help="run a Python script under the tool policy")
    run.add_argument("--read", action="append", type=Path, default=[], metavar="FILE")
    run.add_argument("script", nargs=REMAINDER, metavar="-- SCRIPT.py")
    run.set_defaults(run=_exec)


async def _check(_given: Namespace, context: Context) -> int:
    report = await check()
    context.out.record(report.model_dump(mode="json"), _check_words)
    return 1 if report.tier is Tier.NONE else 0


async def _exec(given: Namespace, context: Context) -> int:
    words = [word for word in given.script if word != "--"]
    if len(words) != 1:
        raise Usage("name one Python script: carrel sandbox exec --read data.csv -- script.py")
    async with context.launcher() as launcher:
        outcome = await run_script(launcher, Path(words[0]), tuple(given.read))
    record = outcome.model_dump(mode="json", exclude={"artifacts"})
    record["artifacts"] = [
        {"name": artifact.untrusted_name, "kind": artifact.kind, "bytes": len(artifact.data)}
        for artifact in outcome.artifacts
    ]
    context.out.record(record, _exec_words)
    return 0 if outcome.outcome == "done" else 1


def _check_words(row: dict[str, Any]) -> str:
    if row["tier"] == Tier.NONE:
        return f"No sandbox: {row['reason']}\n{row['hint']}"
    promised = "\n".join(f"  + {words}" for words in row["guarantees"])
    lacking = "\n".join(f"  - {words}" for words in row["lacks"])
    tried = "\n".join(f"  {canary['name']:<18} {canary['answer']}" for canary in row["canaries"])
    weaker = f"A stronger one is not to be had here: {row['reason']}\n{row['hint']}\n" if row["reason"] else ""
    return (
        f"{row['tier']}, tried just now in {row['seconds']:.2f} s\n"
        f"Guaranteed to hold whatever runs in it:\n{promised}\n"
        f"Not guaranteed:\n{lacking}\n{weaker}"
        f"What a child tried, and the answer:\n{tried}"
    )


def _exec_words(row: dict[str, Any]) -> str:
    text = str(row["stdout"])
    if row["stderr"]:
        text += f"\n{row['stderr']}"
    if row["outcome"] != "done":
        text += f"\n{row['message']} {row['hint']}"
    for artifact in row["artifacts"]:
        text += f"\nartifact: {artifact['name']} ({artifact['bytes']} bytes)"
    return text.rstrip("\n")

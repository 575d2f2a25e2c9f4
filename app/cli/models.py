"""``carrel models``: add, get, list, show, use, verify, remove."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.output import size
from app.domain.events import AdmissionChanged, Event
from app.domain.model import ModelState
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.cli.context import Context


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    top = commands.add_parser("models", help="add, get, list, show, use, verify and remove models")
    acts = top.add_subparsers(dest="act", required=True, metavar="ACT")
    add = acts.add_parser("add", help="check a GGUF file and admit it to the library")
    add.add_argument("file", type=Path, metavar="FILE")
    add.set_defaults(run=_add)
    get = acts.add_parser("get", help="download a model of the catalogue; the only act that opens a connection")
    get.add_argument("name", nargs="?", metavar="NAME", help="without a name, the catalogue is printed")
    get.add_argument("--yes", action="store_true", help="do not ask before connecting")
    get.set_defaults(run=_get)
    acts.add_parser("list", help="all models").set_defaults(run=_list)
    for name, act, words in (
        ("show", _show, "one model"),
        ("use", _use, "choose the model that answers"),
        ("remove", _remove, "delete a model from the library"),
    ):
        parser = acts.add_parser(name, help=words)
        parser.add_argument("model", metavar="ID")
        parser.set_defaults(run=act)
    verify = acts.add_parser("verify", help="hash again and compare")
    verify.add_argument("model", nargs="?", metavar="ID")
    verify.set_defaults(run=_verify)


async def _add(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        stop = desk.watch(_tell(context))
        card = await desk.add_model(given.file.absolute())
        stop()
        context.out.record(card.model_dump(mode="json"), _words)
        if card.state is ModelState.REFUSED:
            raise Known(
                "carrel.model.refused",
                f"{given.file.name} was not admitted. {card.reason}",
                "Get the file again from its publisher and compare the SHA-256.",
            )
    return 0


async def _get(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        if given.name is None:
            for entry in desk.catalogue():
                context.out.record(
                    entry.model_dump(mode="json"),
                    lambda row: f"{row['name']:<32} {size(row['bytes']):>9}  {row['licence']:<12} {row['purpose']}",
                )
            return 0
        stop = desk.watch(_tell(context))

        async def consent(sentence: str) -> bool:
            if given.yes:
                context.out.note(sentence)
                return True
            if not sys.stdin.isatty():
                return False
            return (await asyncio.to_thread(input, f"{sentence} Connect? [y/N] ")).strip().lower() in ("y", "yes")

        card = await desk.get_model(given.name, consent)
        stop()
        context.out.record(card.model_dump(mode="json"), _words)
    return 0


async def _list(_given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        for card in await desk.models():
            context.out.record(card.model_dump(mode="json"), _words)
    return 0


async def _show(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        card = await desk.model(given.model)
        context.out.record(card.model_dump(mode="json"), lambda row: "\n".join(f"{k:<18} {v}" for k, v in row.items()))
    return 0


async def _use(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        card = await desk.model(given.model)
        await desk.use_model(card.id)
        context.out.record((await desk.model(card.id)).model_dump(mode="json"), _words)
    return 0


async def _verify(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        chosen = [await desk.model(given.model)] if given.model else list(await desk.models())
        for card in chosen:
            if card.state is ModelState.ADMITTED:
                await desk.verify_model(card.id)
                context.out.record(
                    {"id": card.id, "name": card.name, "verified": True}, lambda row: f"{row['name']}: as admitted"
                )
    return 0


async def _remove(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        card = await desk.model(given.model)
        await desk.remove_model(card.id)
        context.out.record({"removed": card.id, "name": card.name}, lambda row: f"{row['name']} is removed.")
    return 0


def _tell(context: Context) -> Any:
    said: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, AdmissionChanged) and said[-1:] != [event.stage]:
            said.append(event.stage)
            context.out.note(f"{event.name}: {event.stage}")

    return hear


def _words(row: dict[str, Any]) -> str:
    state = "in use" if row["in_use"] else row["state"]
    memory = row["memory"]
    fits = f"  needs {size(memory['needed'])}, {size(memory['free'])} free" if memory else ""
    reason = f"  {row['reason']}" if row["reason"] else ""
    return f"{row['id'][:12]}  {state:<9} {row['name']} {row['quantisation']}  {size(row['bytes'])}  {row['licence']}{fits}{reason}"

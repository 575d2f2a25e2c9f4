"""``carrel journey``: the whole way once, in the terminal, over the shipped samples.

Key → model → folder → question → tool call → where the encrypted files lie. ``make run`` calls it where there is no
display. It works in whatever home it is given and leaves everything there to look at.
"""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.ask import as_record, words
from app.cli.output import size
from app.domain.documents import Label
from app.domain.events import Event, SourceChanged, TurnEnded
from app.domain.messages import Answer, Scope
from app.domain.model import ModelState
from app.kernel.errors import Known
from app.kernel.paths import resources

if TYPE_CHECKING:
    from app.cli.context import Context
    from app.services.local import LocalDesk

COLLECTION = "Samples"
QUESTION = "How many days of annual leave can be carried over into the next year?"
CALCULATION = "What is 1250.50 * 12?"


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    journey = commands.add_parser("journey", help="the whole way once, over the shipped samples")
    journey.add_argument(
        "--model-file", type=_absolute, metavar="FILE", help="a GGUF file to admit if there is no model yet"
    )
    journey.add_argument("--samples", type=_absolute, default=resources() / "samples", metavar="DIR")
    journey.set_defaults(run=_journey)


def _absolute(text: str) -> Path:
    return Path(text).absolute()


async def _journey(given: Namespace, context: Context) -> int:
    out = context.out
    async with context.desk() as desk:
        state = await desk.setup()
        out.note(f"1 Key        {state.key_source}")
        out.note(f"2 Model      {await _model(desk, given.model_file)}")
        out.note(f"3 Folder     {await _folder(desk, given.samples)}")
        collections = await desk.collections_named([COLLECTION])
        out.note(f"4 Question   {QUESTION}")
        cited = await _ask(desk, QUESTION, Scope(collections=collections))
        out.record({"answer": as_record(cited)}, lambda _: words(cited))
        out.note(f"5 Tool call  {CALCULATION}")
        called = await _ask(desk, CALCULATION, Scope(tools=("calculate",), documents=False))
        out.record({"answer": as_record(called)}, lambda _: words(called))
        files = await asyncio.to_thread(_files, context.home.root)
        out.note(f"6 Encrypted  {context.home.root}")
        for path in files:
            kind = (
                "model, public weights"
                if path.suffix == ".gguf"
                else "sealed"
                if path.suffix != ".log"
                else "no content"
            )
            out.note(f"   {size(path.stat().st_size):>9}  {path.relative_to(context.home.root)}  ({kind})")
    return 0


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


async def _model(desk: LocalDesk, file: Path | None) -> str:
    for card in await desk.models():
        if card.state is ModelState.ADMITTED:
            return f"{card.name} {card.quantisation}, {size(card.bytes)}, admitted before"
    if file is None:
        raise Known("carrel.model.none", "There is no model yet.", "Name one: carrel journey --model-file FILE")
    card = await desk.add_model(file)
    if card.state is ModelState.REFUSED:
        raise Known("carrel.model.refused", f"{file.name} was not admitted. {card.reason}", "Choose another file.")
    return f"{card.name} {card.quantisation}, {size(card.bytes)}, checked and admitted"


async def _folder(desk: LocalDesk, folder: Path) -> str:
    known = {row.name: row for row in await desk.collections()}
    collection = known.get(COLLECTION) or await desk.new_collection(COLLECTION, Label.INTERNAL)
    names: list[str] = []

    def hear(event: Event) -> None:
        if isinstance(event, SourceChanged):
            names.append(
                f"\n             {event.source.outcome:<10} {event.source.name} ({event.source.chunks} chunks)"
            )

    stop = desk.watch(hear)
    progress = await desk.reading_over(await desk.add_documents((folder,), collection.id))
    stop()
    return f"{progress.total} files of {folder.name}, {progress.chunks} chunks{''.join(names)}"


async def _ask(desk: LocalDesk, question: str, scope: Scope) -> Answer:
    ended: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def hear(event: Event) -> None:
        if isinstance(event, TurnEnded) and not ended.done():
            ended.set_result(event.answer)

    stop = desk.watch(hear)
    conversation = await desk.new_conversation(scope)
    await desk.ask(conversation.id, question)
    answer = await ended
    stop()
    if answer.error:
        raise Known(answer.error["code"], answer.error["message"], answer.error["hint"])
    return answer

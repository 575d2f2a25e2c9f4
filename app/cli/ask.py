"""``carrel ask``: one question, the stream as it is written, the answer with its quotes."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace, _SubParsersAction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.events import Event, ToolStateChanged, TurnEnded, TurnStreamed
from app.domain.messages import UNDONE, Answer, Scope
from app.domain.stream import PersonAsked, QuoteDelta, TextDelta, ToolCallReady
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.cli.context import Context
    from app.cli.output import Output


def register(commands: _SubParsersAction[ArgumentParser]) -> None:
    ask = commands.add_parser("ask", help="ask your documents")
    ask.add_argument("question", metavar="QUESTION")
    ask.add_argument("--collection", action="append", metavar="C", help="all collections when none is named")
    ask.add_argument("--model", metavar="ID")
    ask.add_argument("--tools", default="", metavar="NAME,…")
    ask.add_argument("--file", action="append", default=[], type=Path, metavar="FILE", help="a file tools may read")
    ask.add_argument(
        "--folder", action="append", default=[], type=Path, metavar="DIR", help="a folder tools may act on"
    )
    ask.add_argument("--no-documents", action="store_true")
    ask.set_defaults(run=_ask)


async def _ask(given: Namespace, context: Context) -> int:
    async with context.desk() as desk:
        if given.model:
            await desk.use_model((await desk.model(given.model)).id, remember=False)
        scope = Scope(
            collections=() if given.no_documents else await desk.collections_named(given.collection),
            tools=await desk.tools_named(tuple(name for name in given.tools.split(",") if name)),
            documents=not given.no_documents,
            folders=tuple(str(folder.resolve()) for folder in given.folder),
            files=tuple(str(file.absolute()) for file in given.file),
        )
        conversation = await desk.new_conversation(scope)
        ended: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def hear(event: Event) -> None:
            if getattr(event, "conversation", conversation.id) != conversation.id:
                return
            tell(event, context.out)
            if isinstance(event, TurnEnded) and not ended.done():
                ended.set_result(event.answer)

        stop = desk.watch(hear)
        await desk.ask(conversation.id, given.question)
        answer = await ended
        stop()
        context.out.record({"answer": as_record(answer)}, lambda _: words(answer))
        if answer.error:  # it failed, or it could not be saved
            raise Known(answer.error["code"], answer.error["message"], answer.error["hint"])
    return 0


def tell(event: Event, out: Output) -> None:
    """One line of the stream; ``--json`` only, a person sees the whole answer at its end."""
    if isinstance(event, TurnStreamed) and isinstance(
        event.event, TextDelta | QuoteDelta | ToolCallReady | PersonAsked
    ):
        record = event.event.model_dump(mode="json", exclude={"turn"})
        if isinstance(event.event, ToolCallReady):
            record["type"] = "tool_call"  # the only one of a call's events that is told here
        out.record(record, lambda _: "")
    elif isinstance(event, ToolStateChanged) and event.state in ("done", "failed", "denied"):
        out.record({"type": "tool_result", **event.call.model_dump(mode="json")}, lambda _: "")


def as_record(answer: Answer) -> dict[str, Any]:
    """The stable shape of an answer on the command line."""
    return {
        "state": answer.state,
        "text": answer.text,
        "supported": answer.supported,
        "sentences": [sentence.model_dump(mode="json") for sentence in answer.sentences],
        "quotes": [
            quote.model_dump(
                mode="json", include={"text", "chunk", "source", "path", "page", "verified", "number", "span"}
            )
            for quote in answer.quotes
        ],
        "read": [{"chunk": passage.chunk, "path": passage.path, "page": passage.page} for passage in answer.read],
        "nearest": answer.nearest and answer.nearest.model_dump(mode="json", include={"chunk", "path", "page", "text"}),
        "tool_calls": [call.model_dump(mode="json") for call in answer.tool_calls],
        "usage": answer.usage.model_dump(),
        "seconds": answer.seconds.model_dump(),
        "model": answer.model,
        "undone": answer.undone,
        "asked": answer.asked and answer.asked.model_dump(mode="json"),
    }


def words(answer: Answer) -> str:
    """An answer for a person: sentences with marks, what no passage says, then the quotes with their pages."""
    if answer.error and not answer.text:
        return ""
    lines = []
    for sentence in answer.sentences or ():
        marks = "".join(f" [{number}]" for number in sentence.quotes)
        doubt = "" if sentence.supported else "   (no passage says this)"
        lines.append(f"{sentence.text}{marks}{doubt}")
    text = "\n".join(lines) if lines else answer.text
    if answer.undone:
        text += f"\n\n{UNDONE}"
    if answer.asked is not None:
        text += "\n\nThis is a question to you. Ask again, with the answer to it."
    for call in answer.tool_calls:
        ended = call.error.user_message if call.error else call.result
        text += f"\n\n{call.tool} {call.arguments}\n  = {ended}"
    for quote in answer.quotes:
        page = "" if quote.page is None else f", page {quote.page + 1}"
        state = "word for word" if quote.verified else "not verified"
        text += f"\n\n[{quote.number}] “{quote.text}”\n    {state} · {Path(quote.path).name}{page}"
    if answer.nearest:
        page = "" if answer.nearest.page is None else f", page {answer.nearest.page + 1}"
        text += f"\nNearest passage: {Path(answer.nearest.path).name}{page}"
    first = "" if answer.seconds.first_token is None else f"first word after {answer.seconds.first_token:.1f} s, "
    return f"{text}\n\n({first}{answer.seconds.total:.1f} s in all)"

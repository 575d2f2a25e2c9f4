"""Secrets in documents: the model is never shown them, by whichever way a passage comes; all else can be quoted as before."""

import asyncio
import json
from pathlib import Path

from app.domain.events import ToolRan
from app.domain.messages import Scope, ToolCall
from app.domain.tool import Grant
from app.engine.scripted import ScriptedReply
from tests.room import Room, open_room, transcript

# In two parts, so that no scanner takes this file for a leak.
SECRET = "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789"
OPENING = "The lending desk opens at nine on weekdays."
LEAK = f"Its terminal signs in with {SECRET} every morning."
CLOSING = "The lending desk closes at six."
NOTHING = transcript("Yes.")


async def paper(room: Room, folder: Path) -> str:
    file = folder / "desk.txt"
    file.write_text(f"{OPENING} {LEAK} {CLOSING}\n")
    await room.read(file)
    return (await room.desk.sources()).rows[0].id


def test_tools_return_passages_without_their_secrets_and_count_them(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, NOTHING) as room:
            source = await paper(room, tmp_path)
            searched = await room.desk.run_tool("search_documents", '{"query": "lending desk terminal"}')
            read = await room.desk.run_tool("read_document", json.dumps({"document": source}))
            for outcome in (searched, read):
                assert outcome.result is not None, outcome.error
                told = json.dumps(outcome.result)
                assert SECRET not in told
                assert OPENING in told
                assert CLOSING in told
                assert outcome.redacted == 1
            assert read.result is not None
            assert read.result["text"].strip() == f"{OPENING} {LEAK} {CLOSING}".replace(SECRET, "*" * len(SECRET))

    asyncio.run(run())


def test_an_answer_quotes_what_stands_beside_a_secret_and_never_the_secret(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, NOTHING) as room:
            source = await paper(room, tmp_path)
            collections = tuple(row.id for row in await room.desk.collections())
            quotes = ("opens at nine", "signs in with", "closes at six")
            room.played = transcript(ScriptedReply(text="It opens at nine and closes at six.", quotes=quotes))
            conversation = await room.desk.new_conversation(Scope(collections=collections))
            answer = await room.answer(conversation.id, "The lending desk opens at nine on weekdays and closes at?")
            assert [(quote.text, quote.verified) for quote in answer.quotes] == [(OPENING, True), (CLOSING, True)]
            text = await room.desk.source_text(source)
            assert [text[slice(*quote.span)] for quote in answer.quotes] == [OPENING, CLOSING]
            assert SECRET not in answer.model_dump_json()

    asyncio.run(run())


def test_what_a_turn_is_given_to_read_is_covered_and_can_be_quoted_but_for_that_sentence(tmp_path: Path) -> None:
    async def run() -> None:
        async with open_room(tmp_path, NOTHING) as room:
            await paper(room, tmp_path)
            session, collections = room.desk.session, tuple(row.id for row in await room.desk.collections())
            (found,) = await session.retrieval.found("lending desk terminal", collections, 4)
            assert SECRET not in found.passage.text
            assert [found.passage.text[slice(*unit)] for unit in found.units()] == [OPENING, CLOSING]
            grant = Grant(turn="t", tools=("search_documents",), collections=collections)
            call = ToolCall(
                id="1", tool="search_documents", version=1, arguments={"query": "terminal", "most_passages": 2}
            )
            outcome, (brought,) = await session.toolbox.call(session.toolbox.spec(call.tool), call, grant)
            assert (brought.passage.text, brought.units()) == (found.passage.text, found.units())
            assert outcome.redacted == 1
            assert [event.redacted for event in room.of(ToolRan)] == [1]
            (hit,) = (await room.desk.search("terminal", Scope(collections=collections))).hits
            assert SECRET in hit.text, "the person who searches sees their own document"

    asyncio.run(run())

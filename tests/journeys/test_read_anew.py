"""A document changes and is read anew: what stored answers quote of it is looked for again."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.compose import Compose
from app.domain.documents import Outcome
from app.domain.generation import Engine
from app.domain.messages import Answer, QuoteState, Scope
from app.engine.scripted import ScriptedEngine, ScriptedReply, Transcript
from app.services.local import LocalDesk
from tests.journeys.papers import markdown, pdf
from tests.journeys.program import PASSPHRASE, Program, answered

QUESTION = "When does the mail boat of Quindlewerth sail?"
SAILS = "The mail boat of Quindlewerth sails on 3 May."
LATER = "The mail boat of Quindlewerth sails on 4 May."
OTHER = "The mail boat of Quindlewerth carries 12 sacks."
ANSWER = "On 3 May it sails. It carries 12 sacks."


async def scripted(path: Path, context_tokens: int) -> Engine:
    reply = ScriptedReply(quotes=("3 May", "12 sacks"), text=ANSWER)
    return ScriptedEngine(Transcript(replies=(reply,), context_tokens=8192))


async def kept(desk: LocalDesk, chat: str) -> Answer:
    (exchange,) = (await desk.conversation(chat)).exchanges
    assert exchange.answer is not None
    assert exchange.answer.text == ANSWER
    return exchange.answer


def state(answer: Answer) -> tuple[list[tuple[QuoteState, bool]], list[tuple[bool, tuple[str, ...]]], bool]:
    quotes = [(quote.state, quote.verified) for quote in answer.quotes]
    return quotes, [(one.supported, one.unsupported) for one in answer.sentences], answer.supported


STANDS, STALE = (QuoteState.VERIFIED, True), (QuoteState.STALE, False)
BORNE = (True, ())
ALL_STAND = ([STANDS, STANDS], [BORNE, BORNE], True)


def test_a_quote_that_left_its_file_is_verified_no_more_until_it_comes_back(at_home: Program) -> None:
    boats = at_home.place / "boats.md"

    async def run() -> None:
        async with Compose(start_engine=scripted).desk(at_home.home, PASSPHRASE) as desk:
            collection = (await desk.collections())[0].id

            async def read(*paragraphs: str) -> None:
                markdown(boats, *paragraphs)
                over = await desk.reading_over(await desk.add_documents((boats,), collection))
                assert over.outcomes == {Outcome.INDEXED: 1}

            await read(SAILS, OTHER)
            chat = (await desk.new_conversation(Scope(collections=(collection,)))).id
            assert state(await answered(desk, chat, QUESTION)) == ALL_STAND
            await read(LATER, OTHER)
            assert state(await kept(desk, chat)) == ([STALE, STANDS], [(False, ("3 May",)), BORNE], False)
            await read(f"It is not true that the mail boat sails. {SAILS}", "A paragraph before.", OTHER)
            assert state(answer := await kept(desk, chat)) == ALL_STAND
            text = boats.read_text()
            assert [quote.span.start for quote in answer.quotes] == [text.index(SAILS), text.index(OTHER)]
            await read(SAILS.removesuffix(".") + " or never.", OTHER)
            assert state(await kept(desk, chat))[0] == [STALE, STANDS], "half a sentence is no quote"

    asyncio.run(run())


def test_a_file_that_has_no_text_any_more_verifies_nothing(at_home: Program) -> None:
    boats = pdf(at_home.place / "boats.pdf", SAILS, OTHER)

    async def run() -> None:
        async with Compose(start_engine=scripted).desk(at_home.home, PASSPHRASE) as desk:
            collection = (await desk.collections())[0].id
            await desk.reading_over(await desk.add_documents((boats,), collection))
            chat = (await desk.new_conversation(Scope(collections=(collection,)))).id
            assert state(await answered(desk, chat, QUESTION)) == ALL_STAND
            pdf(boats)
            over = await desk.reading_over(await desk.add_documents((boats,), collection))
            assert over.outcomes == {Outcome.NO_TEXT: 1}
            missing = [(False, ("3 May",)), (False, ("12",))]
            assert state(await kept(desk, chat)) == ([STALE, STALE], missing, False)
            pdf(boats, "A line before.", SAILS, OTHER)
            await desk.reading_over(await desk.add_documents((boats,), collection))
            assert state(answer := await kept(desk, chat)) == ALL_STAND
            assert [quote.page for quote in answer.quotes] == [0, 0]

    asyncio.run(run())

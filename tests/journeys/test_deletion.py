"""A deleted document is gone from every store: tables, stored answers, artifacts, snapshots, the log of the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.compose import Compose
from app.domain.generation import Engine
from app.domain.messages import AnswerState, QuoteState, Scope
from app.domain.remembered import held
from app.engine.scripted import ScriptedEngine, ScriptedReply, Transcript
from app.vault.connection import connect
from app.vault.migration import snapshot
from app.vault.subkeys import DATABASE
from tests.journeys.program import PASSPHRASE, Program, answered

QUESTION = "When does the ferry of Quindlewerth leave?"


async def scripted(path: Path, context_tokens: int) -> Engine:
    reply = ScriptedReply(quotes=("leaves at seven",), text="At seven.")
    return ScriptedEngine(Transcript(replies=(reply, reply), context_tokens=8192))


def test_a_deleted_document_is_gone_from_everywhere(at_home: Program) -> None:
    async def run() -> None:
        async with Compose(start_engine=scripted).desk(at_home.home, PASSPHRASE) as desk:
            scope = Scope(collections=tuple(row.id for row in await desk.collections()))
            chat = (await desk.new_conversation(scope)).id
            answer = await answered(desk, chat, QUESTION)
            assert [(quote.verified, "returns at nine" in quote.text) for quote in answer.quotes] == [(True, True)]
            ferry = answer.quotes[0].source
            vault = desk.session.vault
            await vault.artifacts.put(b"the ferry, drawn", "page", "Ferry", ferry)
            kept = await vault.artifacts.put(b"the harbour, drawn", "page", "Harbour", "another")
            await vault.database.write(lambda _: None)
            connection = connect(at_home.home.database, vault.subkey(DATABASE))
            snapshot(at_home.home.database, vault.subkey(DATABASE), connection, "before-9999")
            connection.close()
            report = await desk.delete_sources((ferry,))
            assert report.model_dump() == {
                "sources": 1,
                "chunks": 1,
                "vectors": 1,
                "artifacts": 1,
                "quotes": 1,
                "snapshots": 1,
                "remaining": 0,
                "kept": (),
                "derived": (),
            }
            assert list(at_home.home.snapshots.iterdir()) == []
            assert at_home.home.database.with_name("carrel.db-wal").stat().st_size == 0
            assert [row.name for row in await vault.artifacts.rows()] == [kept.name]
            (exchange,) = (await desk.conversation(chat)).exchanges
            assert exchange.answer is not None
            assert (exchange.answer.state, exchange.answer.text) == (AnswerState.DONE, answer.text), "its words stay"
            (quote,) = exchange.answer.quotes
            assert (quote.state, quote.text, quote.path, quote.verified) == (QuoteState.REMOVED, "", "", False)
            assert ferry not in exchange.answer.model_dump_json()
            assert len(exchange.answer.read) == len(answer.read) - 1
            pages = await vault.database.read(lambda connection: connection.serialize("main"))
            assert b"Marrabelle Ostrovane" in pages, "what stays is there"
            for word in (b"returns at nine", b"ferry.docx", ferry.encode()):
                assert word not in pages
            assert held()
        assert held() == 0, "nothing of what was read is kept once the vault is shut"
        files = [path for path in at_home.home.artifacts.rglob("*") if path.is_file()]
        assert [path.name for path in files] == [kept.name]

    asyncio.run(run())


def test_a_purged_chat_leaves_no_snapshot_that_holds_it(at_home: Program) -> None:
    async def run() -> None:
        async with Compose(start_engine=scripted).desk(at_home.home, PASSPHRASE) as desk:
            chat = (await desk.new_conversation(Scope(documents=False))).id
            vault = desk.session.vault
            connection = connect(at_home.home.database, vault.subkey(DATABASE))
            snapshot(at_home.home.database, vault.subkey(DATABASE), connection, "before-9999")
            connection.close()
        assert len(list(at_home.home.snapshots.iterdir())) == 1, "nothing was deleted yet"
        async with Compose(start_engine=scripted).desk(at_home.home, PASSPHRASE) as desk:
            await desk.delete_conversation(chat)
        assert list(at_home.home.snapshots.iterdir()) == []

    asyncio.run(run())

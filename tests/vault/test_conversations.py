"""Conversations: saved before they are answered, found, changed, undone, purged."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.domain.documents import Label, Span
from app.domain.messages import Answer, AnswerState, Quote, Scope, Sentence, ToolCall
from app.kernel.clock import ManualClock
from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault import answer_json
from app.vault.conversations import Conversations
from app.vault.database import Database
from app.vault.events import Ledger

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANSWER = Answer(
    state=AnswerState.DONE,
    text="It is 12 %.",
    supported=True,
    sentences=(Sentence(text="It is 12 %.", supported=True, quotes=(1,)),),
    quotes=(
        Quote(
            number=1,
            text="The rate is 12 %.",
            chunk="c",
            source="s",
            path="/a/ü.pdf",
            title="Rates",
            page=0,
            span=Span(3, 20),
            label=Label.INTERNAL,
            verified=True,
        ),
    ),
    tool_calls=(ToolCall(id="t", tool="calculate", version=1, arguments={"expression": "6*2"}, result={"value": 12}),),
    model="m",
)


def kept(path: Path, use: Callable[[Conversations, ManualClock], Awaitable[None]]) -> None:
    async def run() -> None:
        database = Database.open(path / "carrel.db", bytes(32))
        clock = ManualClock(START)
        try:
            await use(Conversations(database, clock, Ledger(database, Home(path), bytes(32), clock)), clock)
        finally:
            await database.close()

    asyncio.run(run())


async def code(call: Awaitable[Any]) -> str:
    with pytest.raises(Known) as refused:
        await call
    return refused.value.code


def test_a_question_is_there_without_its_answer_and_then_with_it(tmp_path: Path) -> None:
    async def use(conversations: Conversations, clock: ManualClock) -> None:
        head = await conversations.create(Scope(collections=("reports",), tools=("calculate",)), "Rates")
        clock.advance(60)
        first = await conversations.add_exchange(head.id, "What is the rate?")
        assert first.answer is None
        assert first.asked_at == clock.now()
        assert (await conversations.get(head.id)).exchanges == (first,)
        clock.advance(60)
        saved = await conversations.save_answer(first.id, ANSWER)
        assert saved.answer == ANSWER
        second = await conversations.add_exchange(head.id, "And last year?")
        whole = await conversations.get(head.id)
        assert whole.exchanges == (saved, second)
        assert whole.head.exchanges == 2
        assert (whole.head.created, whole.head.updated) == (START, clock.now())
        assert whole.head.scope == Scope(collections=("reports",), tools=("calculate",))

    kept(tmp_path, use)


def test_the_list_is_newest_first_and_found_by_title_and_question(tmp_path: Path) -> None:
    async def use(conversations: Conversations, clock: ManualClock) -> None:
        old = await conversations.create(Scope(), "Ärger mit 100 %")
        clock.advance(1)
        new = await conversations.create(Scope(), "Leases")
        clock.advance(1)
        assert [head.id for head in await conversations.list()] == [new.id, old.id]
        await conversations.add_exchange(old.id, "Who SIGNED the contract_of 2019?")
        assert [head.id for head in await conversations.list()] == [old.id, new.id]
        for words, found in {
            "lease": [new.id],
            "ÄRGER": [old.id],
            "signed": [old.id],
            " contract_ ": [old.id],
            "100 %": [old.id],
            "contract%2019": [],
            "leases_": [],
            "e": [old.id, new.id],
        }.items():
            assert [head.id for head in await conversations.list(words)] == found, words

    kept(tmp_path, use)


def test_title_and_scope_change(tmp_path: Path) -> None:
    async def use(conversations: Conversations, _: ManualClock) -> None:
        head = await conversations.create(Scope())
        await conversations.rename(head.id, "New")
        changed = await conversations.set_scope(head.id, Scope(documents=False))
        assert (changed.title, changed.scope) == ("New", Scope(documents=False))
        assert (await conversations.get(head.id)).head == changed

    kept(tmp_path, use)


def test_a_deleted_one_is_out_of_sight_until_it_is_restored(tmp_path: Path) -> None:
    async def use(conversations: Conversations, clock: ManualClock) -> None:
        head = await conversations.create(Scope(), "Gone")
        exchange = await conversations.add_exchange(head.id, "Here?")
        await conversations.delete(head.id)
        assert await conversations.list() == ()
        assert await code(conversations.get(head.id)) == "carrel.conversation.none"
        assert await code(conversations.rename(head.id, "x")) == "carrel.conversation.none"
        assert await code(conversations.add_exchange(head.id, "x")) == "carrel.conversation.none"
        assert await code(conversations.delete(head.id)) == "carrel.conversation.none"
        restored = await conversations.restore(head.id)
        assert restored.title == "Gone"
        assert (await conversations.get(head.id)).exchanges == (exchange,)

    kept(tmp_path, use)


def test_purging_takes_what_was_deleted_long_enough_ago_for_good(tmp_path: Path) -> None:
    async def use(conversations: Conversations, clock: ManualClock) -> None:
        kept_one = await conversations.create(Scope(), "Kept")
        early = await conversations.create(Scope(), "Early")
        late = await conversations.create(Scope(), "Late")
        exchange = await conversations.add_exchange(early.id, "Here?")
        await conversations.delete(early.id)
        clock.advance(30)
        await conversations.delete(late.id)
        assert await conversations.purge(clock.now()) == 1
        assert await code(conversations.restore(early.id)) == "carrel.conversation.none"
        assert await code(conversations.save_answer(exchange.id, ANSWER)) == "carrel.exchange.none"
        await conversations.restore(late.id)
        assert {head.id for head in await conversations.list()} == {kept_one.id, late.id}

    kept(tmp_path, use)


def test_asking_anew_removes_that_question_and_all_after_it(tmp_path: Path) -> None:
    async def use(conversations: Conversations, _: ManualClock) -> None:
        head, other = await conversations.create(Scope()), await conversations.create(Scope())
        asked = [await conversations.add_exchange(head.id, f"Question {number}") for number in range(4)]
        await conversations.add_exchange(other.id, "Elsewhere")
        assert await code(conversations.truncate(other.id, asked[1].id)) == "carrel.exchange.none"
        assert await conversations.truncate(head.id, asked[1].id) == 3
        anew = await conversations.add_exchange(head.id, "Question 1, better")
        assert (await conversations.get(head.id)).exchanges == (asked[0], anew)
        assert len((await conversations.get(other.id)).exchanges) == 1
        assert await code(conversations.truncate(head.id, asked[3].id)) == "carrel.exchange.none"

    kept(tmp_path, use)


def test_an_older_answer_is_adapted_step_by_step_and_a_newer_one_is_refused() -> None:
    def said_to_text(data: dict[str, Any]) -> dict[str, Any]:
        return {"text": data.pop("said"), **data}

    def good_to_state(data: dict[str, Any]) -> dict[str, Any]:
        return {"state": "done" if data.pop("good") else "failed", **data}

    old = '{"said": "Yes.", "good": true, "supported": false}'
    adapted = answer_json.load(old, 1, {1: said_to_text, 2: good_to_state}, current=3)
    assert adapted == Answer(state=AnswerState.DONE, text="Yes.", supported=False)
    with pytest.raises(Known) as refused:
        answer_json.load(answer_json.dump(ANSWER), answer_json.VERSION + 1)
    assert refused.value.code == "carrel.conversation.newer"
    with pytest.raises(Known) as refused:
        answer_json.load(old, answer_json.VERSION)
    assert refused.value.code == "carrel.conversation.damaged"


def test_every_version_before_this_one_has_its_adapter() -> None:
    assert set(answer_json.ADAPTERS) == set(range(1, answer_json.VERSION))
    assert answer_json.load(answer_json.dump(ANSWER), answer_json.VERSION) == ANSWER

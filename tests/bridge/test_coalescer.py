"""Batches: growth waits and is merged, everything else goes at once, order is kept, nothing is lost."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from app.bridge.coalescer import Coalescer
from app.domain.events import Event, ListsChanged, TurnStreamed
from app.domain.stream import Finished, QuoteDelta, StreamEvent, TextDelta


def said(event: StreamEvent) -> TurnStreamed:
    return TurnStreamed(turn=event.turn, conversation="c", event=event)


def word(text: str, turn: str = "t") -> TurnStreamed:
    return said(TextDelta(turn=turn, text=text))


def run(events: list[Event], period: float = 60.0) -> list[tuple[Event, ...]]:
    batches: list[tuple[Event, ...]] = []

    async def play() -> None:
        coalescer = Coalescer(batches.append, period)
        for event in events:
            coalescer.put(event)
        coalescer.flush()

    asyncio.run(play())
    return batches


def text_of(batches: list[tuple[Event, ...]]) -> str:
    events = [event for batch in batches for event in batch]
    return "".join(e.event.text for e in events if isinstance(e, TurnStreamed) and isinstance(e.event, TextDelta))


def test_a_thousand_words_arrive_as_one_event() -> None:
    batches = run([word("a ") for _ in range(1000)])
    assert [len(batch) for batch in batches] == [1]
    assert text_of(batches) == "a " * 1000


def test_what_does_not_wait_takes_what_waits_with_it_in_order() -> None:
    batches = run([word("a"), word("b"), ListsChanged(what="tools"), word("c")])
    assert batches == [(word("ab"), ListsChanged(what="tools")), (word("c"),)]


def test_words_of_two_turns_are_kept_apart() -> None:
    assert run([word("a"), word("b", "u"), word("c")]) == [(word("a"), word("b", "u"), word("c"))]


def test_the_end_of_a_quote_survives_merging() -> None:
    parts = [QuoteDelta(turn="t", index=0, passage=0, text=text) for text in ("Up ", "to ")]
    end = QuoteDelta(turn="t", index=0, passage=0, text="five.", done=True)
    after = QuoteDelta(turn="t", index=1, passage=0, text="By ")
    (batch,) = run([said(p) for p in (*parts, end, after)])
    quotes = [e.event for e in batch if isinstance(e, TurnStreamed)]
    assert quotes == [end.model_copy(update={"text": "Up to five."}), after]


def test_waiting_words_go_out_by_themselves() -> None:
    batches: list[tuple[Event, ...]] = []

    async def play() -> None:
        arrived = asyncio.Event()

        def take(batch: tuple[Event, ...]) -> None:
            batches.append(batch)
            arrived.set()

        coalescer = Coalescer(take, 0.001)
        coalescer.put(word("a"))
        assert not batches
        await asyncio.wait_for(arrived.wait(), 30)

    asyncio.run(play())
    assert batches == [(word("a"),)]


@settings(deadline=None)
@given(st.lists(st.one_of(st.text(max_size=4), st.none()), max_size=40))
def test_no_letter_is_lost_or_moved(script: list[str | None]) -> None:
    events: list[Event] = [said(Finished(turn="t", reason="stop")) if w is None else word(w) for w in script]
    batches = run(events)
    assert text_of(batches) == "".join(w for w in script if w is not None)
    others = [e for batch in batches for e in batch if isinstance(e, TurnStreamed) and isinstance(e.event, Finished)]
    assert len(others) == script.count(None)

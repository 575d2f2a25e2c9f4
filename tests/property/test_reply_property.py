"""However a reply is cut into pieces, the same events arrive; whatever is in it, nothing is lost or invented."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.generation import Calls, Constraint, Free, QuoteFirst
from app.domain.stream import QuoteDelta, StreamEvent, TextDelta, ToolArgumentsDelta, ToolCallEnded, ToolCallStarted
from app.engine.formats import ANSWER, CALL_FORMATS, CallFormat, held, sentence_line
from app.engine.grammar import _head
from app.engine.reply import ReplyParser
from app.engine.text import Text

FORMATS = st.sampled_from(sorted(CALL_FORMATS.values(), key=lambda form: form.name))
WORDS = st.text(st.sampled_from("ab \n[]{}<>\"'`:,1_tool_callé会🙂"), max_size=40)
SENTENCE = st.text(min_size=1, max_size=30).map(sentence_line).filter(bool)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.text(max_size=6), JSON, max_size=3)
CALLS = st.lists(st.tuples(st.sampled_from(["add", "search_documents"]), ARGUMENTS), min_size=1, max_size=3)


def parse(pieces: list[str], constraint: Constraint, form: CallFormat) -> list[StreamEvent]:
    numbers = itertools.count()
    parser = ReplyParser("t", constraint, form, ids=lambda: f"call-{next(numbers)}")
    events = [event for piece in pieces for event in parser.feed(piece)]
    return events + parser.finish()


def joined(events: list[StreamEvent]) -> list[tuple[Any, ...]]:
    """Neighbouring deltas of the same thing as one."""
    whole: list[tuple[Any, ...]] = []
    for event in events:
        match event:
            case TextDelta():
                item: tuple[Any, ...] = ("text", event.text)
            case QuoteDelta():
                item = ("quote", event.index, event.passage, event.text)
            case ToolArgumentsDelta():
                item = ("arguments", event.call, event.json_text)
            case ToolCallStarted():
                item = ("started", event.call, event.tool)
            case ToolCallEnded():
                item = ("ended", event.call, event.tool, event.untrusted_arguments)
            case _:
                raise AssertionError(event)
        if whole and whole[-1][:-1] == item[:-1] and item[0] in ("text", "quote", "arguments"):
            whole[-1] = (*item[:-1], whole[-1][-1] + item[-1])
        else:
            whole.append(item)
        if isinstance(event, QuoteDelta) and event.done:
            whole.append(("done", event.index))
    return whole


def cut(text: str, data: st.DataObject) -> list[str]:
    marks = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    return [text[start:end] for start, end in itertools.pairwise([0, *marks, len(text)])]


def spelled(calls: list[tuple[str, dict[str, Any]]], form: CallFormat, spelling: int) -> str:
    chosen = form.spellings[spelling % len(form.spellings)]
    return form.calls(calls, chosen)


@settings(deadline=None)
@given(text=WORDS, form=FORMATS, data=st.data())
def test_any_text_is_cut_anywhere(text: str, form: CallFormat, data: st.DataObject) -> None:
    for constraint in (Free(), Calls(), QuoteFirst(passages=(("a",),), calls=True)):
        whole = joined(parse([text], constraint, form))
        assert joined(parse(cut(text, data), constraint, form)) == whole
        assert joined(parse(list(text), constraint, form)) == whole


@settings(deadline=None)
@given(text=WORDS, form=FORMATS, data=st.data())
def test_free_words_are_words_whatever_they_look_like(text: str, form: CallFormat, data: st.DataObject) -> None:
    for constraint in (Free(), Calls(choice="none")):
        events = parse(cut(text, data), constraint, form)
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == text
        assert all(isinstance(event, TextDelta) for event in events)


@settings(deadline=None)
@given(calls=CALLS, form=FORMATS, spelling=st.integers(0, 5), data=st.data())
def test_calls_come_back_as_they_were_made(
    calls: list[tuple[str, dict[str, Any]]], form: CallFormat, spelling: int, data: st.DataObject
) -> None:
    for constraint in (Calls(), QuoteFirst(passages=(("a",),), calls=True)):
        events = parse(cut(spelled(calls, form, spelling), data), constraint, form)
        ended = [event for event in events if isinstance(event, ToolCallEnded)]
        assert [(event.tool, json.loads(event.untrusted_arguments)) for event in ended] == calls
        assert not [event for event in events if isinstance(event, TextDelta)]
        for event in ended:
            shown = [e.json_text for e in events if isinstance(e, ToolArgumentsDelta) and e.call == event.call]
            assert "".join(shown) == event.untrusted_arguments


@settings(deadline=None)
@given(words=st.text(st.sampled_from("ab <tool\n"), min_size=1, max_size=20), calls=CALLS, data=st.data())
def test_words_before_native_calls_stay_words(
    words: str, calls: list[tuple[str, dict[str, Any]]], data: st.DataObject
) -> None:
    form = CALL_FORMATS["hermes"]
    whole = joined(parse(cut(words + spelled(calls, form, 0), data), Calls(), form))
    if words.strip():
        assert whole[0] == ("text", words)
    assert sum(item[0] == "ended" for item in whole) == len(calls)


@settings(deadline=None)
@given(
    quotes=st.lists(st.tuples(st.integers(1, 12), SENTENCE), max_size=3),
    answer=st.text(st.characters(exclude_characters='"“”„‟«»'), max_size=40),
    data=st.data(),
)
def test_quotes_and_answer_come_back(quotes: list[tuple[int, str]], answer: str, data: st.DataObject) -> None:
    text = "".join(f'{_head(number)}{sentence}"\n' for number, sentence in quotes) + ANSWER + answer
    whole = joined(parse(cut(text, data), QuoteFirst(passages=(("a",),)), CALL_FORMATS["generic"]))
    expected: list[tuple[Any, ...]] = []
    for index, (number, sentence) in enumerate(quotes):
        expected += [("quote", index, number - 1, sentence), ("done", index)]
    assert whole == expected + ([("text", answer)] if answer else [])


@settings(deadline=None)
@given(calls=CALLS, form=FORMATS, data=st.data())
def test_a_reply_that_ends_early_ends_no_call(
    calls: list[tuple[str, dict[str, Any]]], form: CallFormat, data: st.DataObject
) -> None:
    text = spelled(calls[:1], form, 0)
    end = len(text) - len(form.native.closing + form.end) - (not form.end)
    for event in parse([text[: data.draw(st.integers(0, end))]], Calls(), form):
        assert not isinstance(event, ToolCallEnded)


@pytest.mark.parametrize("form", CALL_FORMATS.values(), ids=CALL_FORMATS)
@pytest.mark.parametrize("words", ["", "I add é:\n"])
def test_a_stream_cut_at_any_byte_runs_nothing_that_was_not_written_to_its_end(form: CallFormat, words: str) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("add", {"left": 'é"}{\\', "more": [{}]}),
        ("search_documents", {"query": "会"}),
    ]
    for spelling in form.spellings:
        told = spelling.fenced or (spelling is form.native and bool(form.marker))
        if words and not told:
            continue
        raw = (words + form.calls(calls, spelling)).encode()
        ends: list[int] = []
        for cut_at in range(len(raw) + 1):
            pieces: list[str] = []
            text = Text(pieces.append, ())
            for byte in raw[:cut_at]:
                text.feed(bytes([byte]))
            text.finish()
            events = parse(pieces, Calls(), form)
            ended = [event for event in events if isinstance(event, ToolCallEnded)]
            assert [(event.tool, json.loads(event.untrusted_arguments)) for event in ended] == calls[: len(ended)]
            ends += [cut_at] if len(ended) > len(ends) else []
            spoken = "".join(event.text for event in events if isinstance(event, TextDelta))
            assert '"add' not in spoken
            assert '"name": "' not in spoken
            assert "é\\" not in spoken
        one = (words + spelling.openings[0] + form.call(*calls[0])).encode()
        assert ends[0] == len(one)
        assert len(ends) == len(calls)


@settings(deadline=None)
@given(
    text=st.text("abc", max_size=12), markers=st.lists(st.text("abc", min_size=1, max_size=5), min_size=1, max_size=3)
)
def test_held_is_the_longest_end_that_may_still_become_a_marker(text: str, markers: list[str]) -> None:
    kept = held(text, *markers)
    ends = [size for size in range(1, len(text) + 1) for m in markers if size < len(m) and m.startswith(text[-size:])]
    assert kept == max(ends, default=0)

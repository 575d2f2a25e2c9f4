"""Calls found in text that no grammar held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.generation import Calls, Free
from app.domain.stream import TextDelta, ToolCallEnded
from app.engine.formats import CALL_FORMATS, HERMES, CallFormat
from app.engine.reply import ReplyParser
from app.engine.salvage import SalvageParser, reply_parser, salvaged


@pytest.mark.parametrize(
    ("written", "words", "calls"),
    [
        ('<tool_call>\n{"name": "add", "arguments": {"a": 1}}\n</tool_call>', "", [("add", '{"a": 1}')]),
        ('Sure.\n<tool_call>{"name": "add", "arguments": {"a": 1}}', "Sure.", [("add", '{"a": 1}')]),
        ('```json\n{"name": "add", "parameters": {}}\n```', "", [("add", "{}")]),
        (
            '[TOOL_CALLS] [{"name": "a", "arguments": {}}, {"name": "b", "arguments": {}}]',
            "",
            [("a", "{}"), ("b", "{}")],
        ),
        (
            '[TOOL_CALLS]add[ARGS]{"a": 1}[TOOL_CALLS]sub[CALL_ID]6b1582ed7[ARGS]{}',
            "",
            [("add", '{"a": 1}'), ("sub", "{}")],
        ),
        ('[TOOL_CALLS]add[ARGS]{"name": "x", "arguments": {}}', "", [("add", '{"name": "x", "arguments": {}}')]),
        ("[TOOL_CALLS]add[ARGS]5", "[TOOL_CALLS]add[ARGS]5", []),
        ('[TOOL_CALLS]add[ARGS] and {"a": 1}', '[TOOL_CALLS]add[ARGS] and {"a": 1}', []),
        ('{"type": "function", "function": {"name": "a", "arguments": "{}"}}', "", [("a", "{}")]),
        ('{"name": "a", "arguments": "{broken"}', "", [("a", "{broken")]),
        ('{"name": "a"}', '{"name": "a"}', []),
        ('{"name": "a", "arguments": {', '{"name": "a", "arguments": {', []),
        ("Two {braces} and 5.", "Two {braces} and 5.", []),
        ('{"a": {"name": "inner", "arguments": {}}}', '{"a": {"name": "inner", "arguments": {}}}', []),
        ("", "", []),
    ],
)
def test_what_is_found(written: str, words: str, calls: list[tuple[str, str]]) -> None:
    assert salvaged(written) == (words, calls)


def test_the_events_come_when_the_reply_is_over() -> None:
    parser = reply_parser("t", Calls(enforced=False), HERMES)
    assert isinstance(parser, SalvageParser)
    assert not parser.feed('Well: {"name": "add", ')
    assert not parser.feed('"arguments": {}}')
    first, *_, last = parser.finish()
    assert isinstance(first, TextDelta)
    assert first.text == "Well:"
    assert isinstance(last, ToolCallEnded)
    assert last.tool == "add"
    assert parser.calls == 1


def test_a_grammar_needs_no_salvage_and_words_hold_no_calls() -> None:
    for constraint in (Calls(), Free(), Calls(choice="none", enforced=False)):
        assert isinstance(reply_parser("t", constraint, HERMES), ReplyParser)


@given(st.text(st.sampled_from('{}[]":, nameargumts1\\\n')))
def test_any_text_is_read(written: str) -> None:
    words, calls = salvaged(written)
    assert words == written or calls


def test_nesting_without_end_is_words() -> None:
    hostile = '{"name":' * 100_000
    assert salvaged(hostile) == (hostile, [])


@pytest.mark.parametrize("form", CALL_FORMATS.values(), ids=lambda form: form.name)
@pytest.mark.parametrize("spelling", range(6))
def test_every_family_is_found_in_each_of_its_spellings(form: CallFormat, spelling: int) -> None:
    written = form.calls([("add", {"a": 1}), ("sub", {})], form.spellings[spelling % len(form.spellings)])
    assert salvaged(f"Sure.\n{written}") == ("Sure.", [("add", '{"a": 1}'), ("sub", "{}")])

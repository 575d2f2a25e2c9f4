"""The boundary between what a model wrote and what a tool is given: mended, refused, counted."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.tool import ToolError, ToolKind, ToolSpec
from app.sandbox.frames import ProtocolError, parse
from app.tools.untrusted_json import read_object, read_value
from app.tools.validation import Arguments, judge

SUITE = Path(__file__).parents[3] / "shared" / "evaluation" / "json_parsing" / "dev"
SPEC = ToolSpec(
    name="plan",
    title="Plan",
    version=2,
    kind=ToolKind.QUERY,
    description="For tests.",
    parameters={
        "type": "object",
        "properties": {
            "from_date": {"type": "string", "format": "date"},
            "to_date": {"type": "string", "pattern": "^([0-9]{4}-[0-9]{2}-[0-9]{2})?$", "default": ""},
            "size": {
                "type": "string",
                "enum": ["very_small", "Large", "other"],
                "x-synonyms": {"Large": ["big", "XL"]},
            },
            "amount": {"type": "number", "minimum": 0, "maximum": 2000000},
            "share": {"type": "integer", "minimum": 0, "maximum": 100, "x-clamp": True},
            "urgent": {"type": "boolean"},
            "names": {"type": "array", "items": {"type": "string", "maxLength": 9}},
            "document": {"type": "string", "x-known": "documents"},
            "place": {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False},
            "letter": {"type": "string", "x-verbatim": True},
            "old_name": {"type": "string", "deprecated": True},
        },
        "additionalProperties": False,
        "x-rules": [
            {"when": {"size": "Large"}, "needs": ["to_date"]},
            {"order": ["from_date", "to_date"]},
        ],
    },
)
KNOWN = {"documents": frozenset({"d1"})}


def outcome(written: str) -> Arguments | ToolError:
    return judge(SPEC, written, KNOWN).outcome


@pytest.mark.parametrize(
    ("written", "field", "value", "mended"),
    [
        ('{"size": "Very-Small"}', "size", "very_small", "enum:size"),
        ('{"size": "very small"}', "size", "very_small", "enum:size"),
        ('{"amount": "1,250.50"}', "amount", 1250.5, "number:amount"),
        ('{"amount": "1.250,50"}', "amount", 1250.5, "number:amount"),
        ('{"amount": "1,250,000"}', "amount", 1250000, "number:amount"),
        ('{"amount": "1e3"}', "amount", 1000.0, "number:amount"),
        ('{"amount": -0.0}', "amount", 0.0, "zero:amount"),
        ('{"share": 130}', "share", 100, "clamped:share"),
        ('{"share": "-5"}', "share", 0, "clamped:share"),
        ('{"share": 7.0}', "share", 7, "integer:share"),
        ('{"urgent": "Yes"}', "urgent", True, "boolean:urgent"),
        ('{"names": " Ann "}', "names", ["Ann"], "list:names"),
        ('{"from_date": "19 Nov 2026"}', "from_date", "2026-11-19", "date:from_date"),
        ('{"from_date": "2026/11/19"}', "from_date", "2026-11-19", "date:from_date"),
        ('{"to_date": "19. November 2026"}', "to_date", "2026-11-19", "date:to_date"),
        ('{"fromDate": "2026-11-19"}', "from_date", "2026-11-19", "key:from_date"),
        ('{"From Date": "2026-11-19"}', "from_date", "2026-11-19", "key:from_date"),
        ('{"arguments": {"urgent": true}}', "urgent", True, "unwrapped:"),
        ('{"place": {"City": "Rome"}}', "place", {"city": "Rome"}, "key:place.city"),
    ],
)
def test_what_differs_only_in_writing_becomes_equal(written: str, field: str, value: Any, mended: str) -> None:
    judged = judge(SPEC, written, KNOWN)
    assert isinstance(judged.outcome, Arguments), judged.outcome
    assert judged.outcome.values[field] == value
    assert type(judged.outcome.values[field]) is type(value)
    assert mended in judged.judgement.mended
    assert not judged.judgement.fault
    again = judge(SPEC, json.dumps(judged.outcome.values), KNOWN)
    assert isinstance(again.outcome, Arguments)
    assert again.outcome.values == judged.outcome.values


@pytest.mark.parametrize(
    ("written", "fault", "field"),
    [
        ('{"amount": "1,250"}', "value_invalid", "amount"),
        ('{"amount": "1.2.3"}', "value_invalid", "amount"),
        ('{"amount": "about 5"}', "value_invalid", "amount"),
        ('{"amount": 2000001}', "value_invalid", "amount"),
        ('{"from_date": "03/04/2026"}', "value_invalid", "from_date"),
        ('{"from_date": "2026-02-30"}', "value_invalid", "from_date"),
        ('{"to_date": "2026-02-30"}', "no_such_day", "to_date"),
        ('{"from_date": "Nov 2026"}', "value_invalid", "from_date"),
        ('{"size": "huge"}', "enum_invalid", "size"),
        ('{"document": "d2"}', "unknown_id", "document"),
        ('{"size": "xl"}', "field_missing", "to_date"),
        ('{"from_date": "2026-11-19", "to_date": "2026-11-18"}', "out_of_order", "from_date"),
        ('{"urgent": 1}', "value_invalid", "urgent"),
        ('{"place": {"country": "IT"}}', "field_unknown", "?"),
        ('{"s\\u0456ze": "Large"}', "field_unknown", "?"),
        ('{"ｓｉｚｅ": "Large"}', "field_unknown", "?"),
        ('{"fromDate": "2026-01-01", "from_date": "2026-01-02"}', "field_unknown", "?"),
        ('{"urgent": true, "urgent": true}', "not_json", ""),
        ('{"amount": NaN}', "not_json", ""),
        ('{"amount": 1e400}', "not_json", ""),
        ('{"amount": 100000000000000000000}', "not_json", ""),
        ('{"names": ["\\ud800"]}', "not_json", ""),
    ],
)
def test_what_could_mean_two_things_or_nothing_is_refused(written: str, fault: str, field: str) -> None:
    judged = judge(SPEC, written, KNOWN)
    assert isinstance(judged.outcome, ToolError), judged.outcome
    assert (judged.judgement.fault, judged.judgement.field) == (fault, field)
    assert judged.outcome.error_code == f"carrel.tool.{fault}"
    assert judged.judgement.parsed == (fault != "not_json")


def test_ids_of_a_kind_nobody_gave_are_not_judged_here() -> None:
    assert isinstance(judge(SPEC, '{"document": "d2"}').outcome, Arguments)


def test_a_text_that_is_to_stay_as_it_is_stays_so_and_is_still_whole_characters() -> None:
    text = " a\u0301\r\n\tb\u200b \n"
    judged = judge(SPEC, json.dumps({"letter": text, "place": {"city": text}}))
    assert isinstance(judged.outcome, Arguments)
    assert judged.outcome.values["letter"] == text
    assert judged.outcome.values["place"]["city"] == "á\n\tb"
    assert "trimmed:place.city" in judged.judgement.mended
    assert "trimmed:letter" not in judged.judgement.mended
    assert isinstance(outcome('{"letter": "\\ud800"}'), ToolError)


def test_a_default_of_null_is_none_where_null_cannot_be() -> None:
    fields = {"a": {"type": "string", "default": None}, "b": {"type": ["string", "null"], "default": None}}
    spec = SPEC.model_copy(update={"parameters": {"type": "object", "properties": fields}})
    for written in ("{}", '{"a": null}'):
        judged = judge(spec, written)
        assert isinstance(judged.outcome, Arguments), judged.outcome
        assert judged.outcome.values == {"b": None}


def test_a_default_that_is_none_of_its_values_says_that_a_field_is_left_out() -> None:
    fields = {"unit": {"type": "string", "enum": ["m", "km"], "default": "N/A"}, "of": {"enum": ["a"], "default": "a"}}
    spec = SPEC.model_copy(update={"parameters": {"type": "object", "properties": fields}})
    for written in ("{}", '{"unit": "N/A"}'):
        judged = judge(spec, written)
        assert isinstance(judged.outcome, Arguments), judged.outcome
        assert judged.outcome.values == {"of": "a"}
    needed = spec.model_copy(update={"parameters": spec.parameters | {"required": ["unit"]}})
    assert isinstance(judge(needed, '{"unit": "N/A"}').outcome, ToolError)


def test_only_what_is_wrapped_around_the_fields_of_a_tool_is_taken_off() -> None:
    free = SPEC.model_copy(update={"parameters": {"type": "object"}})
    taken = judge(free, '{"input": {"a": 1}}')
    assert isinstance(taken.outcome, Arguments)
    assert taken.outcome.values == {"input": {"a": 1}}
    fields = {"type": "object", "properties": {"a": True, "b": {"type": "string"}}}
    for written, values in (('{"input": {"c": 1}}', {"input": {"c": 1}}), ('{"input": {"a": 1}}', {"a": 1})):
        taken = judge(SPEC.model_copy(update={"parameters": fields}), written)
        assert isinstance(taken.outcome, Arguments)
        assert taken.outcome.values == values


@pytest.mark.parametrize(
    "written",
    [
        "NaN",
        "1e999",
        '{"a": 1, "a": 2}',
        '"\\ud800"',
        "[" * 100_000,
        "9" * 10_000,
        "1, 2",
        '1, "other": 2',
        "1}",
        "",
        "'a'",
    ],
)
def test_a_value_is_read_strictly(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_value(written)
    assert read_value("[1, null]") == [1, None]


def test_what_is_counted_besides() -> None:
    judged = judge(SPEC, '{"size": "OTHER", "old_name": "x"}', KNOWN, reasked=True).judgement
    assert judged.other == ("size",)
    assert judged.deprecated == ("old_name",)
    assert judged.reasked
    assert "null:urgent" in judge(SPEC, '{"urgent": null}').judgement.mended


@pytest.mark.parametrize(
    ("written", "fixes"),
    [
        ('```json\n{"urgent": true}\n```', ("fence",)),
        ('Here: {"urgent": true}. Done.', ("outside",)),
        ("{'urgent': True}", ("quotes", "constants")),
        ("{“urgent”: true,}", ("quotes", "comma")),
        ('{"names": ["a\tb",], }', ("controls", "comma")),
        ("{'names': ['it\\'s \"so\"']}", ("quotes",)),
    ],
)
def test_fixes_that_cannot_change_the_meaning(written: str, fixes: tuple[str, ...]) -> None:
    judged = judge(SPEC, written)
    assert isinstance(judged.outcome, Arguments), judged.outcome
    assert judged.judgement.fixes == fixes


@pytest.mark.parametrize(
    "written",
    [
        '{"urgent": true',
        '{"names": ["a"',
        '{"amount": 12',
        "{urgent: true}",
        "{'a': 1, 'a': 2}",
        "[]",
        "{,}",
        "{",
        '{"names": ["a\\\tb"]}',
    ],
)
def test_what_is_cut_or_guesswork_is_not_fixed(written: str) -> None:
    assert isinstance(outcome(written), ToolError)


def test_nesting_without_end_and_floods_are_refused() -> None:
    for hostile in (
        '{"a":' * 100_000,
        "[" * 100_000,
        "{" * 60_000,
        '{"a": "' + "\\" * 60_000,
        "'" * 60_000,
        "```\n" + " " * 60_000,
        "x" * 10**6,
    ):
        assert isinstance(outcome(hostile), ToolError)


GOOD = json.dumps(
    {"size": "Large", "to_date": "2026-11-19", "names": ["é\u200b", 'a"b\\'], "place": {"city": "会"}},
    ensure_ascii=False,
)


@pytest.mark.parametrize("cut", range(len(GOOD.encode())))
def test_a_stream_cut_at_any_byte_is_never_taken_for_whole(cut: int) -> None:
    assert isinstance(outcome(GOOD.encode()[:cut].decode("utf-8", "replace")), ToolError)


def test_and_whole_it_is_taken() -> None:
    whole = outcome(GOOD)
    assert isinstance(whole, Arguments)
    assert whole.values["names"] == ["é", 'a"b\\']


TEXTS = st.text(max_size=30) | st.text(st.sampled_from("ａeё́\u202e\u0000\u200b \n"), max_size=8)


@settings(deadline=None)
@given(TEXTS)
def test_texts_come_out_composed_trimmed_and_without_controls(text: str) -> None:
    checked = judge(SPEC, json.dumps({"place": {"city": text}})).outcome
    assert isinstance(checked, Arguments)
    city = checked.values["place"]["city"]
    assert unicodedata.normalize("NFC", city) == city.strip() == city
    assert not [character for character in city if unicodedata.category(character) == "Cc" and character not in "\t\n"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*SPEC.parameters["properties"], "fromDate", "x"]), JSON, max_size=4))
def test_any_object_is_judged_and_stays_as_judged(values: dict[str, Any]) -> None:
    judged = judge(SPEC, json.dumps(values), KNOWN)
    assert isinstance(judged.outcome, ToolError) == bool(judged.judgement.fault)
    if isinstance(judged.outcome, Arguments):
        again = judge(SPEC, json.dumps(judged.outcome.values), KNOWN)
        assert isinstance(again.outcome, Arguments)
        assert again.outcome.values == judged.outcome.values


@settings(deadline=None)
@given(st.text(st.sampled_from("{}[]\"':, \\\ntruefalsnTFN`1e-.“”")))
def test_fixing_never_breaks_what_was_right(text: str) -> None:
    try:
        value, fixes = read_object(text)
    except ValueError:
        return
    try:
        assert value == parse(text.encode())
    except ProtocolError:
        assert fixes
    else:
        assert not fixes


def cases(first: str) -> list[Path]:
    return sorted(SUITE.glob(f"{first}_*.json"))


@pytest.mark.skipif(not SUITE.exists(), reason="the evaluation set json_parsing is not on this computer")
def test_the_parsing_suite() -> None:
    def value(path: Path) -> Any:
        return parse(b'{"v": ' + path.read_bytes() + b"}")["v"]

    for path in cases("n"):
        with pytest.raises(ProtocolError):
            value(path)
    for path in cases("y"):
        if "duplicated_key" in path.name:  # JSON to the letter, two meanings to a reader
            with pytest.raises(ProtocolError):
                value(path)
        else:
            value(path)
    for path in cases("i"):
        try:
            value(path)
        except ProtocolError:
            continue
    for path in (*cases("n"), *cases("i")):
        assert judge(SPEC, path.read_bytes().decode("utf-8", "replace")).judgement is not None

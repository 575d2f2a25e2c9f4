"""Chat completions through the desk: what is asked of the engine, what comes back, what is repaired."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.generation import Calls, Free, Schema
from app.engine.scripted import ScriptedCall, ScriptedReply, Transcript
from app.kernel.errors import Known
from app.services.completion_request import generation, read_request
from tests.room import open_room, transcript

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells it.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 7}},
            "required": ["city"],
        },
    },
}


def deep(levels: int) -> Any:
    return {"items": deep(levels - 1)} if levels else {}


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}


def request(**more: Any) -> str:
    return json.dumps({"messages": [{"role": "user", "content": "Rome?"}], **more})


def completed(place: Path, played: Transcript, **more: Any) -> dict[str, Any]:
    async def run() -> dict[str, Any]:
        async with open_room(place, played) as room:
            return await room.desk.complete(request(**more))

    return asyncio.run(run())


def call(**arguments: Any) -> ScriptedReply:
    """Played when it is asked for Rome; what else is asked gets words."""
    return ScriptedReply(when="Rome", calls=(ScriptedCall(tool="weather", arguments=arguments),))


def arguments(record: dict[str, Any]) -> list[Any]:
    return [json.loads(one["function"]["arguments"]) for one in record["choices"][0]["message"]["tool_calls"]]


@pytest.mark.parametrize(
    ("more", "constraint"),
    [
        ({}, Free()),
        ({"tools": [WEATHER]}, Calls()),
        ({"tools": [WEATHER], "tool_choice": "none"}, Free()),
        ({"tools": [WEATHER], "tool_choice": "required"}, Calls(choice="required")),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "weather"}}},
            Calls(choice="named", named="weather"),
        ),
        ({"tools": [WEATHER], "constrained": False}, Calls(enforced=False)),
        ({"response_format": FORMAT}, Schema(json_schema=SCHEMA)),
        ({"response_format": {"type": "json_object"}}, Schema(json_schema={"type": "object"})),
        ({"response_format": FORMAT, "constrained": False}, Free()),
    ],
)
def test_what_is_asked_of_the_engine(more: dict[str, Any], constraint: Any) -> None:
    asked = generation(read_request(request(**more)))
    assert asked.constraint == constraint
    assert [tool.name for tool in asked.tools] == (["weather"] if isinstance(constraint, Calls) else [])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "king", "content": "x"}]}, "messages"),
        ({"tools": [WEATHER, WEATHER]}, "one name"),
        ({"tool_choice": "required"}, "no tools"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "x"}}}, "names none"),
        ({"response_format": {"type": "json_schema"}}, "no json_schema"),
        ({"tools": [{"type": "function", "function": {"name": 'a"b'}}]}, "tools.0.function.name"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"seed": 10**30}, "seed"),
        ({"response_format": {**FORMAT, "json_schema": {"schema": {"const": float("nan")}}}}, "a number is none"),
        ({"response_format": {**FORMAT, "json_schema": {"schema": deep(40)}}}, "nested too deeply"),
    ],
)
def test_a_malformed_request_is_told_where(more: dict[str, Any], said: str) -> None:
    with pytest.raises(Known, match=said) as refused:
        read_request(request(**more))
    assert refused.value.code == "carrel.complete.request"


@pytest.mark.parametrize("arguments", ["[" * 100_000, '{"a": NaN}', '{"a": 1, "a": 2}', '{"a": "\\ud800"}', "[1]"])
def test_arguments_in_the_messages_are_read_strictly(arguments: str) -> None:
    called = {"role": "assistant", "tool_calls": [{"function": {"name": "weather", "arguments": arguments}}]}
    with pytest.raises(Known, match="no object as arguments"):
        generation(read_request(request(messages=[called])))


def test_words_of_our_manifests_mean_nothing_in_the_tools_of_others() -> None:
    fields = {
        "x-city": {"type": "string", "x-synonyms": 5, "enum": ["x-a"]},
        "days": {"x-rules": 1, "default": {"x-b": 1}},
    }
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"x-rules": 5, "properties": fields}}}
    (spec,) = generation(read_request(request(tools=[tool]))).tools
    assert spec.parameters == {
        "properties": {"x-city": {"type": "string", "enum": ["x-a"]}, "days": {"default": {"x-b": 1}}}
    }


@pytest.mark.parametrize(
    ("schema", "keyword"), [({"pattern": r"\p{L}"}, "pattern"), ({"$ref": "http://127.0.0.1:9/x"}, r"\$ref")]
)
def test_what_could_not_be_checked_again_is_refused_before_it_is_asked(
    tmp_path: Path, schema: dict[str, Any], keyword: str
) -> None:
    with pytest.raises(Known, match=keyword) as refused:
        completed(tmp_path, transcript("1"), response_format={**FORMAT, "json_schema": {"schema": schema}})
    assert refused.value.code == "carrel.engine.schema"


@pytest.mark.parametrize("written", ["NaN", "1e999", '{"a": 1, "a": 1}', '{"a": 1} {"a": 1}'])
def test_what_is_no_json_is_not_told_to_be_valid(tmp_path: Path, written: str) -> None:
    wanted = {**FORMAT, "json_schema": {"schema": {"type": ["number", "object"]}}}
    record = completed(tmp_path, transcript(written, "cut"), response_format=wanted)
    assert not record["structure"]["valid"]


def test_valid_calls_come_back_as_they_were_written(tmp_path: Path) -> None:
    two = ScriptedReply(when="Rome", calls=(*call(city=" Rome ").calls, *call(city="Oslo", days=3).calls))
    record = completed(tmp_path, transcript(two, "Yes."), tools=[WEATHER])
    assert arguments(record) == [{"city": " Rome "}, {"city": "Oslo", "days": 3}]
    assert record["choices"][0]["finish_reason"] == "tool_calls"
    assert record["structure"] == {"constrained": True, "valid": True, "repaired": False, "repairs": []}


def test_what_rules_can_mend_is_mended(tmp_path: Path) -> None:
    record = completed(tmp_path, transcript(call(city="Rome", days="3"), "Yes."), tools=[WEATHER])
    assert arguments(record) == [{"city": "Rome", "days": 3}]
    assert record["structure"]["valid"]
    assert record["structure"]["repairs"] == [
        {"how": "deterministic", "of": "call", "tool": "weather", "worked": True, "fixes": ["number:days"]}
    ]


def test_the_rest_is_asked_for_once_more(tmp_path: Path) -> None:
    good = completed(tmp_path / "1", transcript(call(days=9), call(city="Rome", days=2), "Yes."), tools=[WEATHER])
    assert arguments(good) == [{"city": "Rome", "days": 2}]
    assert [(repair["how"], repair["worked"]) for repair in good["structure"]["repairs"]] == [("re_ask", True)]
    both = ScriptedReply(when="Rome", calls=(*call(days=9).calls, *call(days=8).calls))
    bad = completed(tmp_path / "2", transcript(both, "Yes."), tools=[WEATHER])
    assert not bad["structure"]["valid"]
    assert [repair["how"] for repair in bad["structure"]["repairs"]].count("re_ask") == 1
    assert not bad["structure"]["repaired"]


def test_a_value_is_mended_or_asked_for_once_more(tmp_path: Path) -> None:
    mended = completed(tmp_path / "1", transcript("```json\n{'a': 1}\n```"), response_format=FORMAT)
    assert json.loads(mended["choices"][0]["message"]["content"]) == {"a": 1}
    assert mended["structure"]["repairs"][0]["how"] == "deterministic"
    again = completed(tmp_path / "2", transcript("{}", '{"a": 2}'), response_format=FORMAT)
    assert again["choices"][0]["message"]["content"] == '{"a": 2}'
    assert again["structure"]["repairs"][0]["how"] == "re_ask"
    cut = completed(tmp_path / "3", transcript("{ one two three"), response_format=FORMAT, max_tokens=2)
    assert cut["structure"] == {"constrained": True, "valid": False, "repaired": False, "repairs": []}


def test_what_is_not_constrained_is_not_repaired(tmp_path: Path) -> None:
    record = completed(tmp_path, transcript(call(city="Rome", days="3"), "Yes."), tools=[WEATHER], constrained=False)
    assert arguments(record) == [{"city": "Rome", "days": "3"}]
    assert record["structure"] == {"constrained": False, "valid": False, "repaired": False, "repairs": []}


def test_null_for_a_field_that_may_be_left_out_is_left_out_and_no_default_is_put_in(tmp_path: Path) -> None:
    schema = WEATHER["function"]["parameters"]
    fields = {
        **schema["properties"],
        "unit": {"type": "string", "default": None},
        "hours": {"type": "integer", "default": 3},
        "scale": {"type": "string", "enum": ["C", "F"], "default": "N/A"},
    }
    tool = {"type": "function", "function": {**WEATHER["function"], "parameters": {**schema, "properties": fields}}}
    record = completed(tmp_path, transcript(call(city="Rome", unit=None, scale="N/A")), tools=[tool])
    assert arguments(record) == [{"city": "Rome"}]
    assert record["structure"]["valid"]
    (repair,) = record["structure"]["repairs"]
    assert (repair["how"], repair["worked"], repair["fixes"]) == ("deterministic", True, ["null:unit", "absent:scale"])

"""Keywords the grammar compiler does not know are held in other words; each with what may be written and what may not."""

from __future__ import annotations

import itertools
import json
import re
import warnings
from typing import Any

import pytest

from app.engine.llama.structure import check_schema
from app.engine.rewriting.document import MOST_PARTS, Document
from app.engine.rewriting.expressible import expressible
from app.kernel.errors import Known
from tests.engine.writing import BYTES, matcher, writes

TWO = {"properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}, "additionalProperties": False}
SHAPES = {
    "$defs": {"round": {"properties": {"r": {}}, "required": ["r"]}, "square": {"properties": {"a": {}}}},
    "oneOf": [{"$ref": "#/$defs/round"}, {"$ref": "#/$defs/square", "required": ["a"]}],
}
POINTED = {"ours": {"short": {"maxLength": 2}}, "not": {"$ref": "#/ours/short"}, "type": "string"}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"oneOf": [{"type": "string"}, {"maxLength": 2}]}, ["abc", 1, None], ["ab"]),
        ({"oneOf": [{"$ref": "#/$defs/a"}, {"type": "null"}], "$defs": {"a": {"type": "string"}}}, ["x", None], [1]),
        (SHAPES, [{"r": 1}, {"a": 1}], [{"a": 1, "r": 2}, {}, {"b": 1}]),
        ({"oneOf": [{"minLength": 2}, {"maxLength": 4}], "type": "string"}, ["a", "abcde"], ["abc"]),
        (POINTED, ["abc"], ["ab"]),
        ({"const": 3, "not": {"multipleOf": 2}}, [3], [2]),
        ({"enum": [1, 2, 3, 4], "if": {"maximum": 2}, "then": {"multipleOf": 2}}, [2, 3, 4], [1]),
        ({"type": "number", "not": {"enum": [1, 2]}}, [0, 1.5, 3], [1, 2]),
        ({"type": "integer", "minimum": 1, "maximum": 9, "not": {"multipleOf": 3}}, [1, 8], [3, 10]),
        ({"contains": {"type": "string"}}, [["a"], [1, 2, "a", 3], 1], [[], [1, 2]]),
        ({"items": {"type": "integer"}, "contains": {"minimum": 5}}, [[1, 6, 2]], [[1, 2], ["a", 6]]),
        ({"contains": {"const": 1}, "minContains": 2, "maxItems": 4}, [[1, 0, 1], [1, 1, 1]], [[1], [1, 0]]),
        ({"contains": {"const": 1}, "maxContains": 1}, [[1], [0, 1, 0]], [[1, 1], [0]]),
        ({"contains": {"const": 1}, "minContains": 0}, [[], [0]], []),
        ({"not": {"items": {"type": "string"}}}, [["a", 1]], [["a"], [], 1]),
        ({"type": "array", "items": {"enum": ["a", "b"]}, "uniqueItems": True}, [[], ["b", "a"]], [["a", "a"]]),
        ({"prefixItems": [{"type": "boolean"}], "items": False, "uniqueItems": True}, [[True]], [[1], [True, True]]),
        ({"type": "array", "uniqueItems": True, "maxItems": 1}, [["a"]], [["a", "b"]]),
        ({"type": "array", "uniqueItems": False}, [["a", "a"]], []),
        ({"propertyNames": {"enum": ["a", "b"]}}, [{"b": 1, "a": 2}], [{"c": 1}]),
        ({"propertyNames": {"pattern": "^a"}, "properties": {"b": {}}}, [{"ab": 1}], [{"b": 1}]),
        ({"propertyNames": {"maxLength": 2}}, [{"ab": 1}], [{"abc": 1}]),
        ({"propertyNames": False}, [{}], [{"a": 1}]),
        ({"not": {"propertyNames": {"not": {"const": "a"}}}}, [{"a": 1, "b": 2}], [{"b": 1}, {}, 1]),
        (TWO | {"minProperties": 1}, [{"a": 1}, {"b": 1}, {"a": 1, "b": 1}], [{}]),
        (TWO | {"maxProperties": 1}, [{}, {"b": 1}], [{"a": 1, "b": 1}]),
        ({"properties": {"a": {}}, "minProperties": 1}, [{"a": 1}, {"c": 1}, {"a": 1, "c": 1}], [{}]),
        ({"properties": {"a": {}}, "maxProperties": 1}, [{}, {"a": 1}, {"c": 1}], [{"a": 1, "c": 1}]),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"properties": {"x": {}}}}, "unevaluatedProperties": False},
            [{"x": 1}],
            [{"y": 1}],
        ),
        (
            {
                "anyOf": [{"properties": {"x": {"type": "string"}}, "required": ["x"]}, {"properties": {"y": {}}}],
                "unevaluatedProperties": False,
            },
            [{"x": "a"}, {"x": "a", "y": 1}, {"y": 1}],
            [{"x": 1}, {"z": 1}],
        ),
        (
            {
                "if": {"required": ["x"]},
                "then": {"properties": {"x": {}}},
                "properties": {"y": {}},
                "unevaluatedProperties": {"type": "string"},
            },
            [{"y": 1, "x": 2}, {"y": 1, "z": "a"}],
            [{"z": 1}],
        ),
        ({"prefixItems": [{"type": "string"}], "unevaluatedItems": False}, [["a"]], [["a", 1]]),
        ({"contains": {"type": "string"}, "unevaluatedItems": {"type": "null"}}, [["a", None]], [["a", 1]]),
        ({"minLength": 2.0, "maxLength": 3.0}, ["ab"], ["a", "abcd"]),
        ({"then": False, "else": False, "minContains": 3}, [1, [1]], []),
        ({"$dynamicRef": "#n", "$defs": {"n": {"$dynamicAnchor": "n", "type": "null"}}}, [None], [1]),
        ({"format": "byte"}, ["", "YWJj", "YQ=="], ["YQ", "a b=", "YQ==YQ=="]),
        ({"format": "uri-reference"}, ["a/b?c#d", "//h/x", "", "http://a.b/c", "#x"], ["\\\\a", "a b", "1:b", "%zz"]),
        ({"format": "iri-reference"}, ["é/ö", "//ö.x"], ["a b", "é|"]),
        ({"format": "iri"}, ["http://ö.x/é?q#f"], ["//a", "é"]),
        ({"format": "uri-template"}, ["/a{?b,c*}{d:3}"], ["{a", "{a b}", "{}"]),
        ({"format": "json-pointer"}, ["", "/a~0b/~1"], ["a", "/~2"]),
        ({"format": "relative-json-pointer"}, ["0#", "1/a"], ["/a", "01", "-1"]),
        ({"format": "idn-email"}, ["é@a.b"], ["a@", "@b", "a@-b"]),
        ({"type": "integer", "format": "int32"}, [2**31 - 1, -(2**31)], [2**31]),
    ],
)
def test_it_is_held_in_other_words(schema: Any, good: list[Any], bad: list[Any]) -> None:
    check_schema(BYTES, schema)
    begun = matcher(schema)
    assert [value for value in good if not writes(begun, value)] == []
    assert [value for value in bad if writes(begun, value)] == []


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        ("^[[:alpha:]]$", ["a]", ":]"], ["z", "a"]),
        ("^[a[b]]$", ["a]", "[]"], ["a", "b"]),
        ("^[^a&&b]$", ["c"], ["a", "b", "&"]),
        ("^[a&&b]$", ["a", "b", "&"], ["c"]),
        ("^[^a~~b]$", ["c"], ["a", "b", "~"]),
        ("^[+--]$", ["+", ",", "-"], ["."]),
        ("^[^+--]$", ["x", "."], ["+", ",", "-"]),
        ("^[--0]$", ["-", ".", "/", "0"], [",", "1"]),
        ("^[]a]$", ["]", "a"], ["b"]),
        ("^[^]a]$", ["b"], ["]", "a"]),
        (r"^[\[\]&]\[$", ["[[", "]["], ["["]),
        ("^[a-][^-]$", ["-a"], ["a-"]),
    ],
)
def test_a_class_means_to_the_compiler_what_it_means_to_others(pattern: str, good: list[str], bad: list[str]) -> None:
    for schema, shape in (({"pattern": pattern}, str), ({"patternProperties": {pattern: True}}, dict)):
        whole = {"type": "string" if shape is str else "object", "additionalProperties": False, **schema}
        check_schema(BYTES, whole)
        begun = matcher(whole)
        for text in (*good, *bad):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of Python, which means to make sets of them one day
                assert bool(re.search(pattern, text)) == (text in good)
            assert writes(begun, text if shape is str else {text: 1}) == (text in good), text


def test_a_class_that_cannot_be_said_is_refused() -> None:
    with pytest.raises(Known, match="pattern"):
        check_schema(BYTES, {"type": "string", "pattern": "^[^a+--0]$"})


def test_all_orders_of_a_few_different_items_can_be_written_and_none_twice() -> None:
    letters = list("abcd")
    begun = matcher({"type": "array", "items": {"enum": letters}, "uniqueItems": True})
    for length in range(5):
        for chosen in itertools.product(letters, repeat=length):
            assert writes(begun, list(chosen)) == (len(set(chosen)) == length)


def test_beside_a_reference_nothing_counts_in_older_drafts() -> None:
    schema = {"$ref": "#/definitions/a", "maxLength": 2, "definitions": {"a": {"type": "string"}}}
    older = {"$schema": "http://json-schema.org/draft-07/schema#", "not": schema | {"definitions": {}}, **schema}
    assert "not" in json.dumps(expressible(older))
    assert "not" not in json.dumps(expressible(older | {"$schema": "https://json-schema.org/draft/2020-12/schema"}))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#"},
        {"not": {"$ref": "#"}},
        {"oneOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {
            "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"oneOf": [{"$ref": "#/$defs/a"}, {}]}},
            "$ref": "#/$defs/a",
        },
        {"enum": 5, "not": {"enum": 5}},
        {"properties": 5, "oneOf": [5, {}], "if": 5, "contains": [], "uniqueItems": True, "items": 7},
        {"dependencies": {"a": 5}, "unevaluatedProperties": 3, "minProperties": "x", "properties": {"a": {}}},
        {"$ref": 5, "$defs": []},
        {"oneOf": [{"const": 1e400}, {"const": "a"}]},
        {"propertyNames": {"pattern": 5}, "format": 5, "type": 5},
        [],
        5,
        None,
    ],
)
def test_what_is_no_schema_or_has_no_end_is_left_or_said_and_does_no_harm(schema: Any) -> None:
    json.dumps(expressible(schema))


def nested(depth: int) -> Any:
    if not depth:
        return {"type": "string"}
    return {
        "oneOf": [
            {"not": nested(depth - 1)},
            {"contains": nested(depth - 1)},
            {"if": nested(depth - 1), "then": {"items": nested(depth - 1)}},
        ]
    }


@pytest.mark.parametrize(
    "schema", [nested(3), nested(5), {"oneOf": [nested(1)] * 19}, {"allOf": [{"uniqueItems": True}] * 30_000}]
)
def test_how_much_is_written_is_bounded(schema: Any) -> None:
    assert len(json.dumps(expressible(schema))) < 100 * MOST_PARTS


def test_a_place_is_found_by_its_pointer_and_nothing_else_is() -> None:
    document = Document({"a/b": {"~": [{"type": "null"}]}, "items": {"$ref": "#/a~1b/~0/0"}})
    assert document.movable
    assert document.target(document.root["items"]["$ref"]) == {"type": "null"}
    assert not Document({"items": {"$ref": "other.json"}}).movable
    assert not Document({"items": {"$ref": "#/no/where"}}).movable

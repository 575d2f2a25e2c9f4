"""Rewriting changes the words of a schema, never what it holds for."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator, validators  # type: ignore[import-untyped]

from app.engine.grammar import schema_grammar
from app.engine.llama.structure import Structure, check_schema
from app.engine.rewriting.comparing import disjoint
from app.engine.rewriting.document import Document, Inexpressible
from app.engine.rewriting.expressible import expressible
from app.engine.rewriting.judging import holds
from app.engine.rewriting.opposites import negated
from app.kernel.errors import Known
from tests.engine.writing import BYTES, matcher, written

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, 6, "", "x", "xy", "xyz", "[", "]^", "a\nb"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=5
)
TEXTS = st.lists(st.sampled_from(["", "x", "xy", "[", "]^", "a\nb"]), min_size=1, max_size=4, unique=True)
FEW = st.lists(SCALARS.filter(lambda value: value != "a\nb"), min_size=1, max_size=3)
VALIDATOR = validators.extend(Draft202012Validator, {"dependencies": Draft7Validator.VALIDATORS["dependencies"]})
"""All drafts in one: what a later one says otherwise is not generated."""


def schemas() -> st.SearchStrategy[Any]:
    plain: st.SearchStrategy[Any] = st.one_of(
        st.booleans(),
        st.sampled_from(["string", "number", "object", "array", "null", "boolean"]).map(lambda kind: {"type": kind}),
        TEXTS.map(lambda texts: {"enum": texts}),
        FEW.map(lambda values: {"enum": values}),
        st.sampled_from([{"const": True}, {"const": "x"}, {"const": None}, {"const": 1}, {"multipleOf": 2}]),
        st.lists(NAMES, min_size=1, max_size=2, unique=True).map(lambda names: {"required": names}),
        st.sampled_from(["Length", "Items", "Properties"]).flatmap(
            lambda kind: st.tuples(st.sampled_from(["min", "max"]), st.integers(0, 3)).map(
                lambda bound: {bound[0] + kind: bound[1]}
            )
        ),
        st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]).map(lambda key: {key: 1}),
        st.just({"type": "integer", "minimum": 0, "maximum": 3}),
    )

    def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some = st.lists(inner, min_size=1, max_size=3)
        maps = st.dictionaries(NAMES, inner, min_size=1, max_size=2)
        return st.one_of(
            inner.map(lambda one: {"not": one}),
            st.tuples(st.sampled_from(["allOf", "anyOf", "oneOf", "oneOf", "prefixItems"]), some).map(
                lambda several: {several[0]: several[1]}
            ),
            maps.map(lambda inside: {"properties": inside}),
            st.tuples(inner, inner, inner).map(lambda parts: dict(zip(("if", "then", "else"), parts, strict=True))),
            st.tuples(inner, inner).map(lambda parts: dict(zip(("if", "then"), parts, strict=True))),
            st.tuples(st.sampled_from(["dependencies", "dependentSchemas"]), maps).map(lambda both: {both[0]: both[1]}),
            st.dictionaries(NAMES, st.lists(NAMES, unique=True, max_size=2), max_size=2).map(
                lambda needs: {"dependentRequired": needs}
            ),
            st.tuples(inner, inner).map(
                lambda both: {"title": "x", "properties": {"a": both[0]}, "not": both[1], "required": ["b"]}
            ),
            st.lists(NAMES, min_size=1).map(lambda names: {"propertyNames": {"not": {"enum": names}}}),
            st.sampled_from([True, False, {"enum": ["a", "c"]}, {"pattern": "[ab]"}, {"minLength": 2}]).map(
                lambda rule: {"propertyNames": rule}
            ),
            st.tuples(maps, st.booleans(), st.integers(0, 3), st.integers(0, 3), st.lists(NAMES, max_size=1)).map(
                lambda parts: {
                    "properties": parts[0],
                    "additionalProperties": parts[1],
                    "minProperties": parts[2],
                    "maxProperties": parts[3],
                    "required": parts[4],
                }
            ),
            inner.map(lambda one: {"items": one}),
            st.tuples(inner, st.integers(0, 2), st.integers(0, 2)).map(
                lambda parts: {"contains": parts[0], "minContains": parts[1], "maxContains": parts[2]}
            ),
            st.tuples(inner, inner, st.integers(1, 4)).map(
                lambda parts: {"contains": parts[0], "items": parts[1], "maxItems": parts[2]}
            ),
            FEW.map(lambda values: {"type": "array", "items": {"enum": values}, "uniqueItems": True}),
            st.tuples(some, inner).map(
                lambda both: {"prefixItems": both[0], "uniqueItems": True, "items": False, "contains": both[1]}
            ),
            st.tuples(maps, inner, inner, st.sampled_from(["allOf", "anyOf", "oneOf", "if"])).map(
                lambda parts: {
                    "properties": parts[0],
                    "unevaluatedProperties": parts[1],
                    parts[3]: parts[2] if parts[3] == "if" else [parts[2], {"properties": {"c": True}}],
                }
            ),
            st.tuples(some, inner, inner).map(
                lambda parts: {"anyOf": [{"prefixItems": parts[0]}, parts[1]], "unevaluatedItems": parts[2]}
            ),
            st.tuples(inner, inner).map(
                lambda both: {"$defs": {"d": both[0]}, "properties": {"a": both[1]}, "not": {"required": ["b"]}}
            ),
        )

    return st.recursive(plain, composed, max_leaves=5)


def referring() -> st.SearchStrategy[Any]:
    """Schemas whose parts are looked up elsewhere in them."""
    places = st.sampled_from(["#/$defs/d", "#/other/0", "#/properties/a"])
    return st.tuples(schemas(), schemas(), schemas(), places, places).map(
        lambda parts: {
            "$defs": {"d": parts[0]},
            "other": [parts[1]],
            "properties": {"a": parts[2], "b": {"$ref": parts[3]}},
            "oneOf": [{"$ref": parts[4]}, {"not": {"$ref": parts[3]}}],
        }
    )


@settings(max_examples=300, deadline=None)
@given(schemas() | referring(), st.lists(VALUES, min_size=8, max_size=8))
def test_the_same_values_are_valid(schema: Any, values: list[Any]) -> None:
    before, after = VALIDATOR(schema), VALIDATOR(expressible(schema))
    assert [before.is_valid(value) for value in values] == [after.is_valid(value) for value in values]


@settings(max_examples=200, deadline=None)
@given(schemas(), st.lists(VALUES, min_size=8, max_size=8))
def test_the_opposite_holds_for_exactly_the_others(schema: Any, values: list[Any]) -> None:
    try:
        opposite = VALIDATOR(negated(schema, Document(schema)))
    except Inexpressible:
        return
    before = VALIDATOR(schema)
    assert [before.is_valid(value) for value in values] == [not opposite.is_valid(value) for value in values]


@settings(max_examples=200, deadline=None)
@given(schemas(), st.lists(VALUES, min_size=8, max_size=8))
def test_one_value_is_judged_as_others_judge_it(schema: Any, values: list[Any]) -> None:
    for value in values:
        try:
            assert holds(schema, value, Document(schema)) == VALIDATOR(schema).is_valid(value)
        except Inexpressible:
            continue


@settings(max_examples=150, deadline=None)
@given(schemas(), schemas(), st.lists(VALUES, min_size=12, max_size=12))
def test_what_was_proved_apart_has_nothing_in_common(one: Any, other: Any, values: list[Any]) -> None:
    if disjoint(one, other, Document({})):
        assert not [value for value in values if VALIDATOR(one).is_valid(value) and VALIDATOR(other).is_valid(value)]


@settings(max_examples=150, deadline=None)
@given(schemas() | referring(), st.integers())
def test_what_is_written_is_valid(schema: Any, seed: int) -> None:
    try:
        check_schema(BYTES, schema)
        Structure(BYTES, schema_grammar(schema), frozenset())
    except Known:  # by its keyword; or with our bounds it is too large
        return
    begun, draw = matcher(schema), random.Random(seed)
    for text in filter(None, (written(begun, draw) for _ in range(4))):
        assert VALIDATOR(schema).is_valid(json.loads(text)), text


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {"pattern": "a"}},
        {"not": {"type": "integer"}},
        {"not": {"enum": [{"a": 1}]}},
        {"not": {"multipleOf": 7}},
        {"items": {"$ref": "other.json#/a"}, "not": {"required": ["a"]}},
    ],
)
def test_what_has_no_exact_opposite_stays_as_it_is(schema: dict[str, Any]) -> None:
    assert expressible(schema) == schema


def test_references_still_reach_their_definitions() -> None:
    schema = {"$defs": {"a": {"not": {"type": "string"}}}, "$ref": "#/$defs/a", "not": {"type": "null"}}
    rewritten = expressible(schema)
    assert rewritten["$defs"]["a"] == {"allOf": [{}, {"type": ["null", "boolean", "object", "array", "number"]}]}
    for value, valid in ((1, True), ("x", False), (None, False)):
        assert Draft202012Validator(rewritten).is_valid(value) == valid

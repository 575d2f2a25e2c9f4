"""Rewriting changes the words of a schema, never what it holds for."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped]

from app.engine.rewriting import Inexpressible, expressible, negated

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 2.5, "", "x", "xy", "xyz", "[", "]^", "a\nb"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=5
)
TEXTS = st.lists(st.sampled_from(["", "x", "xy", "[", "]^", "a\nb"]), min_size=1, max_size=4, unique=True)


def schemas() -> st.SearchStrategy[Any]:
    plain: st.SearchStrategy[Any] = st.one_of(
        st.booleans(),
        st.sampled_from(["string", "number", "object", "null", "boolean"]).map(lambda kind: {"type": kind}),
        TEXTS.map(lambda texts: {"enum": texts}),
        st.sampled_from([{"const": True}, {"const": "x"}, {"const": None}, {"enum": [True, False, None, "x"]}]),
        st.lists(NAMES, min_size=1, max_size=2, unique=True).map(lambda names: {"required": names}),
        st.sampled_from(["minLength", "maxLength", "minItems", "maxItems"]).flatmap(
            lambda key: st.integers(0, 2).map(lambda number: {key: number})
        ),
        st.sampled_from(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]).map(lambda key: {key: 1}),
    )

    def composed(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some = st.lists(inner, min_size=1, max_size=2)
        return st.one_of(
            inner.map(lambda one: {"not": one}),
            some.map(lambda all_of: {"allOf": all_of}),
            some.map(lambda any_of: {"anyOf": any_of}),
            st.dictionaries(NAMES, inner, min_size=1, max_size=2).map(lambda inside: {"properties": inside}),
            st.tuples(inner, inner, inner).map(lambda parts: dict(zip(("if", "then", "else"), parts, strict=True))),
            st.tuples(inner, inner).map(lambda parts: dict(zip(("if", "then"), parts, strict=True))),
            st.dictionaries(NAMES, inner | st.lists(NAMES, unique=True, max_size=2), max_size=2).map(
                lambda needs: {"dependencies": needs}
            ),
            st.tuples(inner, inner).map(
                lambda both: {"title": "x", "properties": {"a": both[0]}, "not": both[1], "required": ["b"]}
            ),
            st.lists(NAMES, min_size=1).map(lambda names: {"propertyNames": {"not": {"enum": names}}}),
        )

    return st.recursive(plain, composed, max_leaves=5)


@settings(max_examples=300, deadline=None)
@given(schemas(), st.lists(VALUES, min_size=5, max_size=5))
def test_the_same_values_are_valid(schema: Any, values: list[Any]) -> None:
    before, after = Draft7Validator(schema), Draft7Validator(expressible(schema))
    assert [before.is_valid(value) for value in values] == [after.is_valid(value) for value in values]


@settings(max_examples=300, deadline=None)
@given(schemas(), st.lists(VALUES, min_size=5, max_size=5))
def test_the_opposite_holds_for_exactly_the_others(schema: Any, values: list[Any]) -> None:
    try:
        opposite = Draft7Validator(negated(schema))
    except Inexpressible:
        return
    before = Draft7Validator(schema)
    assert [before.is_valid(value) for value in values] == [not opposite.is_valid(value) for value in values]


@pytest.mark.parametrize(
    "schema",
    [
        {"not": {"pattern": "a"}},
        {"not": {"type": "integer"}},
        {"not": {"enum": [1, 2]}},
        {"not": {"multipleOf": 7}},
        {"properties": {"a": {"type": "string"}}, "items": {"$ref": "#/properties/a"}, "not": {"required": ["a"]}},
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

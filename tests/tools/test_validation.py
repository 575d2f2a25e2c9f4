from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.tool import ErrorType, ToolError, ToolKind, ToolSpec
from app.tools.validation import Arguments, check_arguments, check_values

SPEC = ToolSpec(
    name="book",
    title="Book",
    version=3,
    kind=ToolKind.QUERY,
    description="For tests.",
    parameters={
        "type": "object",
        "properties": {
            "room": {"type": "string", "minLength": 1, "maxLength": 20},
            "size": {"type": "string", "enum": ["small", "Large"]},
            "count": {"type": "integer", "minimum": 1, "maximum": 8, "default": 4},
            "price": {"type": "number"},
            "names": {"type": "array", "items": {"type": "string", "maxLength": 5}, "maxItems": 2},
        },
        "required": ["room"],
        "additionalProperties": False,
    },
)


@pytest.mark.parametrize(
    ("written", "values", "mended"),
    [
        ('{"room": "A", "count": 2}', {"room": "A", "count": 2}, ()),
        ('{"room": "A"}', {"room": "A", "count": 4}, ("default:count",)),
        ('{"room": "  A\\u0000 ", "count": 1}', {"room": "A", "count": 1}, ("trimmed:room",)),
        ('{"room": "e\\u0301", "count": 1}', {"room": "é", "count": 1}, ("trimmed:room",)),
        ('{"room": "A\U000e0042\U000e0142\u2066B", "count": 1}', {"room": "AB", "count": 1}, ("trimmed:room",)),
        ('{"room": "A", "count": 2.0}', {"room": "A", "count": 2}, ("integer:count",)),
        ('{"room": "A", "count": "3"}', {"room": "A", "count": 3}, ("number:count",)),
        ('{"room": "A", "count": 1, "size": "LARGE"}', {"room": "A", "count": 1, "size": "Large"}, ("enum:size",)),
        (
            '{"room": "A", "count": 1, "names": [" x "]}',
            {"room": "A", "count": 1, "names": ["x"]},
            ("trimmed:names[]",),
        ),
    ],
)
def test_good_arguments_come_out_in_one_form(written: str, values: dict[str, Any], mended: tuple[str, ...]) -> None:
    assert check_arguments(SPEC, written) == Arguments(values, mended)


@pytest.mark.parametrize(
    ("written", "code", "said"),
    [
        ("", "not_json", "JSON"),
        ("[1]", "not_json", "JSON"),
        ('{"room": "A"', "not_json", "JSON"),
        ('{"room": "A", "room": "B"}', "not_json", "JSON"),
        ('{"room": "A", "price": NaN}', "not_json", "JSON"),
        ('{"room": "A", "price": 1e999}', "not_json", "The arguments"),
        ('{"room": "A", "count": 99999999999999999999}', "not_json", "plain"),
        ('{"room": "\\ud800"}', "not_json", "plain"),
        ('{"room": ' + "[" * 100 + "]" * 100 + "}", "not_json", "JSON"),
        ('{"room": "' + "x" * 70_000 + '"}', "too_long", "long"),
        ("{}", "field_missing", "needs room"),
        ('{"room": "A", "r\\u043eom": "B"}', "field_unknown", "takes only"),
        ('{"room": ""}', "value_invalid", "room"),
        ('{"room": 5}', "value_invalid", "room"),
        ('{"room": "A", "size": "huge"}', "enum_invalid", "size"),
        ('{"room": "A", "count": 9}', "value_invalid", "count"),
        ('{"room": "A", "count": true}', "value_invalid", "count"),
        ('{"room": "A", "count": 1.5}', "value_invalid", "count"),
        ('{"room": "A", "names": ["toolong"]}', "value_invalid", "names.0"),
    ],
)
def test_bad_arguments_are_an_error_with_six_fields(written: str, code: str, said: str) -> None:
    error = check_arguments(SPEC, written)
    assert isinstance(error, ToolError)
    assert error.error_type is ErrorType.VALIDATION
    assert error.error_code == f"carrel.tool.{code}"
    assert error.retryable
    assert said in error.user_message
    assert error.developer_message.startswith("book v3: ")
    assert error.hints


def test_a_field_may_have_a_schema_that_says_yes_or_no() -> None:
    fields = {"any": True, "none": False, "list": {"type": "array", "items": True}}
    spec = SPEC.model_copy(update={"parameters": {"type": "object", "properties": fields, "required": ["any"]}})
    for values in ({"any": "x"}, {"any": {"x": [1]}, "list": ["y", 1]}, {"any": None}):
        checked = check_values(spec, values)
        assert isinstance(checked, Arguments), checked
        assert checked.values == values
    left_out = check_values(spec, {"any": 1, "none": None})
    assert isinstance(left_out, Arguments)
    assert left_out.mended == ("null:none",)
    error = check_values(spec, {"any": 1, "none": "2026-02-30"})
    assert isinstance(error, ToolError)
    assert error.error_code == "carrel.tool.value_invalid"


@pytest.mark.parametrize(
    ("schema", "stays"),
    [
        ({}, True),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, False),
        ({"enum": ["a", None]}, True),
        ({"enum": ["a"]}, False),
        ({"const": None}, True),
        ({"type": ["string", "null"]}, True),
        ({"type": "string"}, False),
    ],
)
def test_null_is_left_out_only_where_it_may_not_be(schema: dict[str, Any], stays: bool) -> None:
    spec = SPEC.model_copy(update={"parameters": {"type": "object", "properties": {"a": schema}}})
    checked = check_values(spec, {"a": None})
    assert isinstance(checked, Arguments)
    assert checked.values == ({"a": None} if stays else {})


def test_the_error_does_not_repeat_what_the_model_wrote() -> None:
    error = check_arguments(SPEC, '{"room": "A", "size": "secret words"}')
    assert isinstance(error, ToolError)
    assert "secret" not in error.model_dump_json()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["room", "count", "names"]), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["room", "count", "names", "x"]), JSON))
def test_any_values_are_valid_or_refused_and_stay_valid(values: dict[str, Any]) -> None:
    checked = check_values(SPEC, values)
    if isinstance(checked, Arguments):
        again = check_values(SPEC, checked.values)
        assert isinstance(again, Arguments)
        assert again.values == checked.values


PIECES: list[Any] = [
    *(True, False, {}, {"type": "string"}, {"type": ["integer", "null"]}, {"enum": ["x", 1, None]}, {"const": 5}),
    *(
        {"items": True},
        {"type": "array", "items": [{"type": "integer"}]},
        {"prefixItems": [{}]},
        {"not": {"type": "null"}},
    ),
    *({"properties": {"room": True, "x": False}}, {"anyOf": [{"type": "string"}, False]}, {"$ref": "#/$defs/q"}),
    *({"type": "string", "format": "date"}, {"type": "boolean", "default": None}, {"deprecated": True, "minimum": 5}),
    {"type": "integer", "x-clamp": True, "minimum": 0, "maximum": 3},
]


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["room", "count", "x"]), st.sampled_from(PIECES)),
    st.dictionaries(st.sampled_from(["room", "count", "x", "input"]), JSON),
    st.booleans(),
)
def test_whatever_a_schema_says_of_its_fields_values_are_valid_or_refused(
    fields: dict[str, Any], values: dict[str, Any], closed: bool
) -> None:
    parameters = {"type": "object", "properties": fields, "additionalProperties": not closed, "$defs": {"q": {}}}
    spec = SPEC.model_copy(update={"parameters": parameters})
    assert isinstance(check_values(spec, values), Arguments | ToolError)


@settings(deadline=None)
@given(st.text())
def test_any_text_is_answered(written: str) -> None:
    assert isinstance(check_arguments(SPEC, written), Arguments | ToolError)

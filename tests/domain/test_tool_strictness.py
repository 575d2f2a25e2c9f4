"""Which class of strictness a field is in."""

from app.domain.tool import Strictness, ToolKind, ToolSpec
from app.tools.registry import Registry


def test_the_class_of_each_field() -> None:
    spec = ToolSpec(
        name="t",
        title="T",
        version=1,
        kind=ToolKind.QUERY,
        description="For tests.",
        parameters={
            "type": "object",
            "properties": {
                "size": {"type": "string", "enum": ["a"]},
                "count": {"type": "integer"},
                "day": {"type": "string", "format": "date"},
                "id": {"type": "string", "x-known": "documents"},
                "code": {"type": "string", "pattern": "^[A-Z]{3}$"},
                "mail": {"type": "string", "format": "email"},
                "text": {"type": "string", "maxLength": 9},
                "inner": {"type": "object", "properties": {"tags": {"type": "array", "items": {"type": "string"}}}},
            },
        },
    )
    hard = dict.fromkeys(("size", "count", "day", "id"), Strictness.HARD)
    patterned = dict.fromkeys(("code", "mail"), Strictness.PATTERNED)
    assert spec.strictness == hard | patterned | dict.fromkeys(("text", "inner.tags[]"), Strictness.FREE)


def test_free_text_of_every_shipped_tool_is_bounded() -> None:
    for spec in Registry.shipped().specs:
        for place, strictness in spec.strictness.items():
            if strictness is Strictness.FREE and "[]" not in place:
                schema = spec.parameters
                for key in place.split("."):
                    schema = schema["properties"][key]
                assert "maxLength" in schema, (spec.name, place)

"""Values under schemas that others wrote: judged by the right draft, nothing fetched, nothing that makes it fail."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.domain.tool import ToolError, ToolKind, ToolSpec
from app.tools.conformity import conforms, uncheckable
from app.tools.schema_bounds import check_bounded
from app.tools.validation import check_values

DRAFT_4 = {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def test_nothing_is_fetched_for_a_reference(listener: socket.socket, tmp_path: Path) -> None:
    there = tmp_path / "there.json"
    there.write_text('{"type": "integer"}')
    for place in (f"http://127.0.0.1:{listener.getsockname()[1]}/x", there.as_uri()):
        schema = {"type": "string", "maxLength": 5, "default": "x", "$ref": place}
        assert uncheckable(schema) == "$ref"
        assert not conforms("x", schema)
        with pytest.raises(ValueError, match="default"):
            check_bounded({"type": "object", "additionalProperties": False, "properties": {"a": schema}})
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(
    ("schema", "keyword"),
    [
        ({"properties": {"a": {"pattern": r"\p{L}"}}}, "pattern"),
        ({"$ref": "#/nowhere"}, "$ref"),
        ({"type": "word"}, "type"),
        ({"minimum": "x"}, "minimum"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"properties": []}, "properties"),
        (5, "schema"),
        (None, "schema"),
    ],
)
def test_what_cannot_be_checked_is_named_and_nothing_conforms_to_it(schema: Any, keyword: str) -> None:
    assert uncheckable(schema) == keyword
    assert not conforms(1, schema)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (DRAFT_4, 2, 1),
        ({"minimum": 1, "exclusiveMinimum": True}, 2, 1),
        ({"items": [{"type": "integer"}], "additionalItems": False}, [1], [1, 2]),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "null"}}}, None, 1),
        ({"enum": [{"$ref": "http://example.org"}]}, {"$ref": "http://example.org"}, {}),
        ({"$ref": "http://json-schema.org/draft-07/schema#"}, {"type": "string"}, {"type": 5}),
        (True, 1, None),
    ],
)
def test_the_draft_is_the_one_a_schema_is_of(schema: Any, good: Any, bad: Any) -> None:
    assert uncheckable(schema) == ""
    assert conforms(good, schema)
    assert bad is None or not conforms(bad, schema)


def test_a_schema_that_refers_to_itself_has_no_values() -> None:
    spec = ToolSpec(
        name="turn", title="Turn", version=1, kind=ToolKind.QUERY, description="x", parameters={"$ref": "#"}
    )
    assert not conforms(json.loads("1"), {"$ref": "#"})
    assert isinstance(check_values(spec, {"a": 1}), ToolError)

"""Calls as older versions stored them: one file in ``calls`` for each version of each shipped tool, never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.chat.clarification import ASK_PERSON
from app.domain.messages import Answer, AnswerState, ToolCall
from app.domain.tool import ErrorType, ToolError, ToolKind, ToolSpec
from app.tools.history import brought_up
from app.tools.registry import Registry
from app.vault import answer_json

CALLS = Path(__file__).parent / "calls"
SPECS = (*Registry.shipped().specs, ASK_PERSON)
NOW = ToolSpec(
    name="book",
    title="Book",
    version=3,
    kind=ToolKind.QUERY,
    description="For tests.",
    parameters={
        "type": "object",
        "properties": {
            "room": {"type": "string"},
            "size": {"type": "string", "enum": ["small", "large"]},
            "count": {"type": "integer", "default": 1},
        },
        "required": ["room", "size"],
        "additionalProperties": False,
    },
)


def renamed(arguments: dict[str, Any]) -> dict[str, Any]:
    return {"size": "large" if arguments["big"] else "small", "room": arguments["room"]}


def stored(version: int, arguments: dict[str, Any], error: ToolError | None = None) -> ToolCall:
    return ToolCall(id="c", tool="book", version=version, arguments=arguments, error=error)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_version_of_every_tool_still_opens(spec: ToolSpec) -> None:
    for version in range(1, spec.version + 1):
        call = ToolCall.model_validate_json((CALLS / f"{spec.name}-{version}.json").read_text("utf-8"))
        assert (call.tool, call.version) == (spec.name, version)
        now = brought_up(call, spec)
        assert now is not None
        assert now.version == spec.version
        answer = Answer(state=AnswerState.DONE, text="", supported=False, tool_calls=(call,))
        assert answer_json.load(answer_json.dump(answer), 1).tool_calls == (call,)


def test_an_answer_of_before_judgements_were_kept_opens() -> None:
    call = (CALLS / "calculate-1.json").read_text("utf-8")
    text = f'{{"state": "done", "text": "25 %", "supported": true, "tool_calls": [{call}]}}'
    assert "judgement" not in text
    (opened,) = answer_json.load(text, 1).tool_calls
    assert opened.arguments == {"expression": "(1250.50 - 1000) / 1000 * 100"}
    assert opened.judgement is None


def test_versions_are_passed_one_by_one_and_new_fields_take_their_defaults() -> None:
    adapters = {("book", 1): renamed}
    now = brought_up(stored(1, {"room": "A", "big": True}), NOW, adapters)
    assert now is not None
    assert now.arguments == {"room": "A", "size": "large", "count": 1}
    assert brought_up(stored(2, {"room": "A", "size": "small"}), NOW, adapters) is not None


def test_what_cannot_be_brought_up_is_told_so() -> None:
    assert brought_up(stored(1, {"room": "A", "big": True}), NOW, {}) is None
    assert brought_up(stored(4, {"room": "A", "size": "small"}), NOW) is None
    assert brought_up(stored(0, {}), NOW) is None
    error = ToolError(error_type=ErrorType.VALIDATION, error_code="x", retryable=True, user_message="x")
    assert brought_up(stored(3, {}, error), NOW) is None

"""The right answers of the calling suite, set down as small models do it: the grammar must not stand in their way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import llguidance
import pytest

from app.engine.call_grammar import calls_grammar
from app.engine.formats import HERMES

SUITE = Path(__file__).parents[3] / "shared" / "evaluation" / "bfcl" / "dev"
BYTES = llguidance.LLTokenizer("byte")
EVERY = 4
"""One case in so many: each compiles the grammar of up to forty tools."""


@pytest.mark.parametrize(
    "category",
    ["simple_python", "multiple", "parallel", "parallel_multiple", "live_simple", "live_multiple", "live_parallel"],
)
def test_right_calls_over_several_lines_in_a_fence_can_be_written(category: str) -> None:
    if not SUITE.exists():
        pytest.skip("the evaluation set bfcl is not on this computer")
    cases = [json.loads(line) for line in (SUITE / f"{category}.jsonl").read_text("utf-8").splitlines()[::EVERY]]
    written = [_can_write(case) for case in cases]
    assert len(written) - sum(written) <= len(written) // 20  # some answers of the suite break the schema of their tool


def _can_write(case: dict[str, Any]) -> bool:
    tools = {tool["function"]["name"]: tool["function"] for tool in case["tools"]}
    calls = [call for expected in case["expected"] for call in _calls(expected, tools)]
    text = "```json\n" + "\n".join(json.dumps(call, indent=2, ensure_ascii=False) for call in calls) + "\n```"
    matcher = llguidance.LLMatcher(BYTES, calls_grammar(HERMES, list(tools.values()), {}, "auto"), log_level=0)
    return matcher.try_consume_tokens(list(text.encode())) == len(text.encode()) and matcher.is_accepting()


def _calls(expected: dict[str, Any], tools: dict[str, Any]) -> list[dict[str, Any]]:
    """Each call with the first value that is right for every argument; names are written with ``_`` for a point."""
    calls = []
    for name, arguments in expected.items():
        tool = tools.get(name) or tools[name.replace(".", "_")]
        calls.append({"name": tool["name"], "arguments": _first(tool["parameters"], arguments)})
    return calls


def _first(schema: Any, right: Any) -> Any:
    schema = schema if isinstance(schema, dict) else {}
    if isinstance(right, list):
        return [_first(schema.get("items"), one) if isinstance(one, dict) else one for one in right]
    if not isinstance(right, dict):
        return right
    fields = schema.get("properties", {})
    order = [name for name in fields if name in right] + [name for name in right if name not in fields]
    return {name: _first(fields.get(name), right[name][0]) for name in order if right[name] and right[name][0] != ""}

"""Public collections of schemas: what compiles accepts only what is valid; what does not names its keyword.

Nothing invalid is ever accepted, bounds and all. Valid values may be refused where a bound, one fixed spelling or one
fixed order of properties is meant; how many is held at what was measured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import llguidance
import pytest

from app.engine.grammar import schema_grammar
from app.engine.llama.structure import check_schema, refused_keyword
from app.kernel.errors import Known

SETS = Path(__file__).parents[3] / "shared" / "evaluation"
BYTES = llguidance.LLTokenizer("byte")


class Found(NamedTuple):
    schemas: int
    compiled: int
    valid: int
    accepted: int
    invalid: int
    let_pass: list[str]


def needed(path: str) -> Path:
    if not (SETS / path).exists():
        pytest.skip(f"the evaluation set {path} is not on this computer")
    return SETS / path


def writes(matcher: Any, value: Any) -> bool:
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": ")).encode("utf-8", "surrogatepass")
    matcher = matcher.deep_copy()
    return bool(matcher.try_consume_tokens(list(text)) == len(text) and matcher.is_accepting())


def keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            yield key
            yield from keywords(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from keywords(value)
    elif schema is False:
        yield "false"


def judge(cases: Iterable[tuple[str, Any, list[dict[str, Any]]]]) -> Found:
    counts = dict.fromkeys(("schemas", "compiled", "valid", "accepted", "invalid"), 0)
    let_pass: list[str] = []
    for name, schema, tests in cases:
        counts["schemas"] += 1
        try:
            check_schema(BYTES, schema)
        except Known as refused:
            keyword = refused.message.split("keyword “")[1].split("”")[0]
            assert {keyword, "$ref"} & set(keywords(schema)), (name, keyword, schema)
            continue
        matcher = llguidance.LLMatcher(BYTES, schema_grammar(schema), log_level=0)
        assert not matcher.is_error(), (name, refused_keyword(matcher.get_error()))
        counts["compiled"] += 1
        for test in tests:
            wrote = writes(matcher, test["data"])
            counts["valid" if test["valid"] else "invalid"] += 1
            counts["accepted"] += wrote and test["valid"]
            if wrote and not test["valid"]:
                let_pass.append(f"{name}: {test.get('description')}")
    return Found(**counts, let_pass=let_pass)


def test_json_schema_bench() -> None:
    lines = needed("jsonschemabench/dev/cases.jsonl").read_text("utf-8").splitlines()
    found = judge((row["_name"], row["schema"], row["tests"]) for row in map(json.loads, lines))
    sys.stdout.write(f"{found}\n")
    assert not found.let_pass
    assert found.compiled >= 297
    assert found.accepted >= 0.99 * found.valid


@pytest.mark.parametrize("draft", ["draft7", "draft2020-12"])
def test_json_schema_test_suite(draft: str) -> None:
    folder = needed(f"json_schema_test_suite/dev/{draft}")
    groups = [
        (f"{path.stem}: {group['description']}", group["schema"], group["tests"])
        for path in sorted(folder.rglob("*.json"))
        for group in json.loads(path.read_text("utf-8"))
    ]
    found = judge(groups)
    sys.stdout.write(f"{found}\n")
    assert not found.let_pass
    assert found.accepted >= 0.84 * found.valid


def test_llama_cpp_schemas() -> None:
    lines = needed("llamacpp_grammar/dev/cases.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    cases: list[tuple[str, Any, list[dict[str, Any]]]] = []
    for row in rows:
        try:
            schema = json.loads(row["schema_text"])
        except ValueError:
            continue
        cases.append((row["name"], schema, []))
    found = judge(cases)
    sys.stdout.write(f"{found}\n")
    assert found.compiled >= 0.8 * found.schemas

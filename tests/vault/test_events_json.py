"""Events of every version there was still open, as they were meant; those of a later one are shown as unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from app.domain.audit import KINDS, CallRecord, OtherRecord, PermissionRecord, StopRecord, TurnRecord
from app.domain.messages import AnswerState
from app.domain.record import Record, kind_of, worded
from app.vault import events_json

LINES = (Path(__file__).parent / "events_v1" / "events.jsonl").read_text("utf-8").splitlines()
WRITTEN: list[dict[str, Any]] = [json.loads(line) for line in LINES]


@pytest.mark.parametrize("row", WRITTEN, ids=[row["kind"] for row in WRITTEN])
def test_every_kind_as_version_1_wrote_it_still_opens_with_every_field(row: dict[str, Any]) -> None:
    record = events_json.load(row["kind"], row["version"], row["body"])
    assert kind_of(record) == row["kind"]
    written = json.loads(row["body"])
    assert {key: value for key, value in record.model_dump(mode="json").items() if key in written} == {
        key: filled(value, record.model_dump(mode="json")[key]) for key, value in written.items()
    }


def filled(written: Any, whole: Any) -> Any:
    """What was written, with the defaults that were left out of inner objects."""
    return whole | written if isinstance(written, dict) and isinstance(whole, dict) else written


def test_there_is_a_row_of_every_kind() -> None:
    assert {row["kind"] for row in WRITTEN} == {kind_of(kind) for kind in KINDS}


def test_every_version_before_this_one_has_its_adapter() -> None:
    assert set(events_json.ADAPTERS) == {(kind_of(kind), old) for kind in KINDS for old in range(1, kind.version)}


class LaterStop(StopRecord):
    version: ClassVar[int] = 3


def test_older_versions_are_adapted_step_by_step() -> None:
    def first(data: dict[str, Any]) -> dict[str, Any]:
        return {"answers": data.pop("stopped"), **data}

    def second(data: dict[str, Any]) -> dict[str, Any]:
        return {"turns": data.pop("answers"), **data}

    steps, later = {("stop", 1): first, ("stop", 2): second}, {"stop": LaterStop}
    assert events_json.load("stop", 1, '{"stopped": 2}', steps, later) == LaterStop(turns=2)
    assert events_json.load("stop", 2, '{"answers": 2}', steps, later) == LaterStop(turns=2)
    assert events_json.load("stop", 3, '{"turns": 2}', steps, later) == LaterStop(turns=2)


@pytest.mark.parametrize(
    ("kind", "version", "body"),
    [
        ("stop", 2, "{}"),
        ("another", 1, "{}"),
        ("stop", 1, '{"turns": -1}'),
        ("stop", 1, '{"new_field": 1}'),
        ("stop", 1, "no json"),
        ("stop", 1, "[" * 100_000),
        ("stop", 0, "{}"),
        ("two words", 1, "{}"),
    ],
)
def test_what_cannot_be_understood_is_another_event_and_no_failure(kind: str, version: int, body: str) -> None:
    record = events_json.load(kind, version, body)
    assert isinstance(record, OtherRecord)
    assert record.written_kind == worded(kind)


@pytest.mark.parametrize("kind", KINDS, ids=kind_of)
def test_no_field_of_a_record_can_hold_a_sentence(kind: type[Record]) -> None:
    """Whatever is a text in the schema has a pattern without spaces, a fixed list, or is a time."""

    def texts(schema: Any, place: str) -> list[str]:
        if isinstance(schema, list):
            return [name for item in schema for name in texts(item, place)]
        if not isinstance(schema, dict):
            return []
        free = schema.get("type") == "string" and not {"pattern", "enum", "const", "format"} & set(schema)
        inner = [
            name
            for key, item in schema.items()
            if key not in {"description", "title", "default", "$ref"}
            for name in texts(item, f"{place}.{key}")
        ]
        return [place, *inner] if free else inner

    judged = ".$defs.Judgement.properties."  # cleaned by the trail, which knows the names of the schema
    assert [place for place in texts(kind.model_json_schema(), "") if not place.startswith(judged)] == []


def test_a_sentence_is_refused() -> None:
    with pytest.raises(ValidationError):
        PermissionRecord(conversation="What is the rate?", answer="once")
    with pytest.raises(ValidationError):
        TurnRecord(conversation="c", exchange="e", state=AnswerState.DONE, error_code="It failed.\n")
    assert CallRecord.version == 1

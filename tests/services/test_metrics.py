"""Every rate is a count of something counted: from records made by hand to the figures, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.audit import (
    AdmissionRecord,
    CallRecord,
    ChildRecord,
    Decision,
    DeletionRecord,
    InterruptedRecord,
    LostRecord,
    ModelRecord,
    NetworkRecord,
    PermissionRecord,
    ReadingRecord,
    RepairRecord,
    StructureRecord,
    TurnRecord,
)
from app.domain.messages import AnswerState
from app.domain.metrics import Metrics, ModelMetrics, Part, Rate, Spread, Structure, ToolMetrics
from app.domain.policy import Reason
from app.domain.record import AuditEvent, Record
from app.domain.tool import ErrorType, Judgement
from app.services.metrics import measure

START = datetime(2026, 3, 1, tzinfo=UTC)
MODEL = "a" * 64
ALLOWED, FORBIDDEN = Decision(allowed=True), Decision(allowed=False)


def measured(*records: Record) -> Metrics:
    events = [
        AuditEvent(number=number, at=START + timedelta(seconds=number), record=record)
        for number, record in enumerate(records, 1)
    ]
    return measure(events, None, {MODEL: "Small Q4"})


def call(**facts: object) -> CallRecord:
    usual = {"call": "k", "tool": "calculate", "tool_version": 1, "tool_kind": "query", "decision": ALLOWED}
    return CallRecord.model_validate({**usual, "outcome": "done", "judgement": Judgement(parsed=True), **facts})


def turn(**facts: object) -> TurnRecord:
    usual = {"conversation": "c", "exchange": "e", "model": MODEL, "state": AnswerState.DONE, "documents": True}
    return TurnRecord.model_validate({**usual, **facts})


def refused(code: str, kind: ErrorType, **facts: object) -> CallRecord:
    return call(outcome="refused", error_type=kind, error_code=code, attempts=0, decision=FORBIDDEN, **facts)


def rate(count: int, of: int) -> Rate:
    return Rate(count=count, of=of)


STRUCTURE_RATES = {"parse_success", "field_missing", "enum_invalid", "normalisation", "repair", "repair_success"}
CALL_RATES = {"downstream_failure", "tool_call", "tool_success", "validation_error", "retry", "duplicate", "escalation"}
TIMES = {"model_seconds", "tool_seconds", "total_seconds"}


@pytest.mark.parametrize("of", [ToolMetrics, ModelMetrics])
def test_every_rate_that_is_asked_for_is_measured_of_tools_and_of_models(of: type[Structure]) -> None:
    measured = {name for name, field in of.model_fields.items() if field.title and field.description}
    assert STRUCTURE_RATES | {"deprecated_field", "other_chosen"} | CALL_RATES | TIMES <= measured


def test_nothing_is_no_share_and_no_time() -> None:
    nothing = measured()
    assert (nothing.events, nothing.models, nothing.tools, nothing.first) == (0, (), (), None)
    assert rate(0, 0).share is None
    assert Spread.of([]) == Spread()


def test_how_a_tool_ended() -> None:
    (tool,) = measured(
        call(call="1", tool_seconds=0.2),
        call(call="2", tool_seconds=0.4),
        call(call="3", outcome="failed", error_type=ErrorType.TIMEOUT, error_code="carrel.tool.timeout"),
        call(call="4", outcome="cancelled", error_type=ErrorType.CANCELLED, error_code="carrel.tool.cancelled"),
        refused("carrel.tool.scope", ErrorType.PERMISSION, call="5"),
        refused("carrel.tool.loop", ErrorType.LIMIT, call="6"),
        call(call="7", duplicate=True, redacted=2, decision=Decision(by="person", allowed=True)),
        call(
            call="8",
            outcome="denied",
            error_type=ErrorType.PERMISSION,
            attempts=0,
            decision=Decision(by="person", allowed=False),
        ),
    ).tools
    assert (tool.tool, tool.versions, tool.tool_call) == ("calculate", (1,), rate(8, 8))
    assert tool.tool_success == rate(3, 4)
    assert tool.downstream_failure == rate(1, 4)
    assert tool.timeout == rate(1, 4)
    assert tool.retry == rate(0, 8)
    assert tool.duplicate == rate(2, 8)
    assert tool.refused == rate(2, 8)
    assert tool.escalation == rate(2, 8)
    assert tool.denied == rate(1, 2)
    assert tool.redacted == rate(1, 4)
    assert Part(name="carrel.tool.timeout", count=1) in tool.errors
    assert (tool.tool_seconds.count, tool.tool_seconds.p50) == (4, 0.0)


def test_a_call_made_again_after_its_tool_had_failed_in_the_same_question_is_a_retry() -> None:
    failed = {"outcome": "failed", "error_type": ErrorType.VALIDATION, "error_code": "carrel.tool.unworkable"}
    calculate, plot = measured(
        call(call="1", exchange="a", **failed),
        call(call="2", exchange="a", tool="run_python", outcome="failed", error_type=ErrorType.TIMEOUT),
        call(call="3", exchange="a", outcome="refused", error_type=ErrorType.VALIDATION, attempts=0),
        call(call="4", exchange="a"),
        call(call="5", exchange="a"),
        call(call="6", exchange="b", tool="run_python"),
        call(call="7", tool="calculate", **failed),
        call(call="8", tool="calculate"),
    ).tools
    assert (calculate.tool, calculate.retry) == ("calculate", rate(2, 6))
    assert (plot.tool, plot.retry) == ("run_python", rate(0, 2))


def test_how_arguments_could_be_used() -> None:
    (tool,) = measured(
        call(call="1", judgement=Judgement(parsed=True, mended=("trimmed:query",))),
        call(call="2", judgement=Judgement(parsed=True, fixes=("closed",), reasked=True)),
        call(call="3", attempts=0, judgement=Judgement(parsed=True, fault="field_missing", field="expression")),
        call(call="4", attempts=0, judgement=Judgement(parsed=True, fault="enum_invalid", field="unit")),
        call(call="5", attempts=0, judgement=Judgement(parsed=False, fault="not_json", fixes=("quoted",))),
        call(call="6", judgement=Judgement(parsed=True, deprecated=("old",), other=("kind",))),
        RepairRecord(how="re_ask", of="call", worked=True, call="2", tool="calculate"),
        RepairRecord(how="deterministic", of="call", worked=False, call="1", tool="calculate"),
        RepairRecord(how="deterministic", of="call", worked=False, tool="another"),
    ).tools
    assert tool.parse_success == rate(5, 6)
    assert tool.call_valid == rate(3, 6)
    assert tool.validation_error == rate(3, 6)
    assert tool.field_missing == (Part(name="expression", count=1),)
    assert tool.enum_invalid == (Part(name="unit", count=1),)
    assert tool.normalised == rate(1, 6)
    assert tool.normalisation == (Part(name="trimmed:query", count=1),)
    assert tool.deprecated_field == rate(1, 6)
    assert tool.other_chosen == rate(1, 6)
    assert tool.repair == rate(3, 6)
    assert tool.repair_success == rate(1, 3)
    assert tool.reasked == rate(1, 6)


@pytest.mark.parametrize(("code", "parsed"), [("not_json", False), ("too_long", False), ("field_missing", True)])
def test_a_call_of_before_judgements_were_kept_is_judged_by_its_end(code: str, parsed: bool) -> None:
    (tool,) = measured(
        call(call="1", judgement=None),
        refused(f"carrel.tool.{code}", ErrorType.VALIDATION, call="2", judgement=None),
    ).tools
    assert tool.call_valid == rate(1, 2)
    assert tool.parse_success == rate(1 + parsed, 2)
    assert tool.tool_success == rate(1, 1)


def test_what_a_model_did() -> None:
    metrics = measured(
        ModelRecord(model=MODEL, act="loaded", seconds=2.0),
        ModelRecord(model=MODEL, act="loaded", code="carrel.model.memory"),
        ModelRecord(model=MODEL, act="chosen"),
        turn(exchange="1", sentences=3, supported=3, quotes=2, verified=2, first_token_seconds=1.0, total_seconds=4.0),
        turn(exchange="2", sentences=2, supported=1, quotes=2, verified=1, first_token_seconds=3.0, total_seconds=8.0),
        turn(exchange="3", state=AnswerState.ABSTAINED, prompt_tokens=100, cached_tokens=25, completion_tokens=7),
        turn(exchange="4", state=AnswerState.DONE, documents=False, asked_back=True),
        turn(exchange="5", state=AnswerState.FAILED, error_code="carrel.child.crashed"),
        turn(exchange="6", state=AnswerState.STOPPED, calls=1),
        turn(exchange="7", model="", state=AnswerState.FAILED, error_code="carrel.model.none"),
        call(exchange="6", model_seconds=1.5, tool_seconds=0.5, duplicate=True),
        call(exchange="5", outcome="failed", decision=Decision(by="person", allowed=True)),
        call(exchange="gone", outcome="failed"),
        StructureRecord(model=MODEL, constrained=True, valid=True),
        StructureRecord(model=MODEL, constrained=False, valid=False, repaired=True),
    )
    model, none = metrics.models
    assert (model.name, model.turns) == ("Small Q4", 6)
    assert model.answered == rate(2, 6)
    assert model.abstained == rate(1, 5)
    assert model.failed == model.stopped == model.asked_back == rate(1, 6)
    assert model.errors == (Part(name="carrel.child.crashed", count=1),)
    assert model.quotes_verified == rate(3, 4)
    assert model.supported == rate(4, 5)
    assert model.fully_supported == rate(1, 2)
    assert model.tool_call == rate(1, 6)
    assert model.tool_success == model.downstream_failure == model.duplicate == rate(1, 2)
    assert model.retry == rate(0, 2)
    assert model.escalation == rate(1, 2)
    assert (model.model_seconds.p50, model.tool_seconds.longest) == (1.5, 0.5)
    assert model.structured == rate(1, 2)
    assert model.cached == rate(25, 100)
    assert (model.prompt_tokens, model.completion_tokens) == (100, 7)
    assert (model.loads, model.load_seconds.p50) == (rate(1, 2), 2.0)
    assert (model.first_token_seconds.p50, model.first_token_seconds.longest) == (1.0, 3.0)
    assert (none.model, none.turns, none.failed) == ("", 1, rate(1, 1))


def test_everything_else() -> None:
    metrics = measured(
        ChildRecord(role="reader", reason=Reason.MEMORY),
        ChildRecord(role="reader", reason=Reason.MEMORY),
        ChildRecord(role="engine", reason=Reason.CRASHED),
        PermissionRecord(conversation="c", answer="once"),
        AdmissionRecord(outcome="refused"),
        NetworkRecord(subject="small", allowed=True),
        NetworkRecord(subject="small", allowed=False),
        ReadingRecord(run="r", outcomes={"indexed": 3, "failed": 1}),
        ReadingRecord(run="s", outcomes={"indexed": 2}),
        DeletionRecord(sources=4),
        LostRecord(events=2),
        InterruptedRecord(conversation="c", exchange="e"),
    )
    assert metrics.children == (Part(name="reader: memory", count=2), Part(name="engine: crashed", count=1))
    assert metrics.permissions == (Part(name="once", count=1),)
    assert metrics.admissions == (Part(name="refused", count=1),)
    assert metrics.connections == rate(1, 2)
    assert metrics.readings == (Part(name="indexed", count=5), Part(name="failed", count=1))
    assert (metrics.deleted, metrics.lost, metrics.interrupted) == (4, 2, 1)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=60))
def test_a_spread_is_measured_values_in_order(seconds: list[float]) -> None:
    spread = Spread.of(seconds)
    assert spread.p50 is not None
    assert spread.p95 is not None
    assert spread.longest is not None
    known = {round(one, 4) for one in seconds}
    assert {spread.p50, spread.p95, spread.longest} <= known
    assert spread.p50 <= spread.p95 <= spread.longest == max(known)
    assert 2 * sum(round(one, 4) <= spread.p50 for one in seconds) >= len(seconds)
    assert 20 * sum(round(one, 4) <= spread.p95 for one in seconds) >= 19 * len(seconds)

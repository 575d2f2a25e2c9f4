"""What both models and tools are measured by: how the arguments they wrote could be used."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypedDict

from app.domain.audit import CallRecord, RepairRecord
from app.domain.metrics import Part, Rate, Spread
from app.domain.tool import ErrorType, Judgement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


UNPARSED = frozenset({"not_json", "too_long"})
ARGUMENT_FAULTS = UNPARSED | {"field_missing", "field_unknown", "enum_invalid", "value_invalid"}
"""Last parts of the codes that arguments are refused with before anything runs."""


class Structured(TypedDict):
    """The fields of ``Structure``."""

    parse_success: Rate
    call_valid: Rate
    validation_error: Rate
    field_missing: tuple[Part, ...]
    enum_invalid: tuple[Part, ...]
    normalised: Rate
    normalisation: tuple[Part, ...]
    repair: Rate
    repair_success: Rate
    reasked: Rate
    deprecated_field: Rate
    other_chosen: Rate


def structured(calls: Sequence[CallRecord], repairs: Sequence[RepairRecord], answers: int = 0) -> Structured:
    """Args:
    calls: all calls; those of a time before judgements were kept, or of no tool, are left out.
    repairs: of calls and answers.
    answers: structured answers written beside the calls, which could need repair too.
    """
    judgements = {call.call: judgement for call in calls if (judgement := judged_of(call)) is not None}
    judged = list(judgements.values())

    def rate(true: Callable[[Judgement], object]) -> Rate:
        return Rate(count=sum(bool(true(judgement)) for judgement in judged), of=len(judged))

    def fields(fault: str) -> tuple[Part, ...]:
        return parts(judgement.field or "?" for judgement in judged if judgement.fault == fault)

    known = {call for call, judgement in judgements.items() if judgement.fixes or judgement.reasked}
    mended = [judgements[call] for call in known]
    repairs = [repair for repair in repairs if repair.call not in known]  # told of twice, counted once
    written = len(judged) + answers
    tried = len(mended) + len(repairs)
    again = sum(judgement.reasked for judgement in judged) + sum(repair.how == "re_ask" for repair in repairs)
    worked = sum(not judgement.fault for judgement in mended) + sum(repair.worked for repair in repairs)
    return Structured(
        parse_success=rate(lambda judgement: judgement.parsed),
        call_valid=rate(lambda judgement: judgement.parsed and not judgement.fault),
        validation_error=rate(lambda judgement: judgement.fault or not judgement.parsed),
        field_missing=fields("field_missing"),
        enum_invalid=fields("enum_invalid"),
        normalised=rate(lambda judgement: judgement.mended),
        normalisation=parts(one for judgement in judged for one in judgement.mended),
        repair=Rate(count=min(tried, written), of=written),
        repair_success=Rate(count=worked, of=tried),
        reasked=Rate(count=min(again, written), of=written),
        deprecated_field=rate(lambda judgement: judgement.deprecated),
        other_chosen=rate(lambda judgement: judgement.other),
    )


def judged_of(call: CallRecord) -> Judgement | None:
    """How its arguments were judged; where only its end is known, that tells whether they were valid."""
    if call.judgement is not None:
        return call.judgement
    if call.tool_kind == "unknown":
        return None
    rule = _rule(call)
    if rule in ARGUMENT_FAULTS:
        return Judgement(parsed=rule not in UNPARSED, fault=rule)
    return Judgement(parsed=True)


def parts(names: Iterable[str]) -> tuple[Part, ...]:
    """How often each occurs, most frequent first."""
    return tuple(Part(name=name, count=count) for name, count in sorted(Counter(names).items(), key=_order))


def ran(calls: Iterable[CallRecord]) -> list[CallRecord]:
    """Those that ran to an end: neither kept from running nor stopped with their turn."""
    return [
        call
        for call in calls
        if call.attempts and call.outcome in {"done", "failed"} and _rule(call) not in ARGUMENT_FAULTS
    ]


def spread(seconds: Iterable[float | None]) -> Spread:
    return Spread.of(one for one in seconds if one is not None)


def _rule(call: CallRecord) -> str:
    return call.error_code.rpartition(".")[2] if call.error_type is ErrorType.VALIDATION else ""


def _order(one: tuple[str, int]) -> tuple[int, str]:
    return -one[1], one[0]

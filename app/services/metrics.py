"""Rates and times from the events of a period: what the requirements ask to be measured, per model and per tool. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from app.domain.audit import (
    AdmissionRecord,
    CallRecord,
    ChildRecord,
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
from app.domain.metrics import Metrics, Part, Rate
from app.domain.record import Record
from app.services.metrics_models import model_metrics
from app.services.metrics_structure import parts
from app.services.metrics_tools import tool_metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from app.domain.record import AuditEvent

MEASURED: tuple[type[Record], ...] = (
    AdmissionRecord,
    CallRecord,
    ChildRecord,
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


def measure(
    events: Sequence[AuditEvent], since: datetime | None = None, names: Mapping[str, str] | None = None
) -> Metrics:
    """The metrics of ``events``, oldest first. ``names``: of models, by SHA-256."""
    sorts: dict[type[Record], list[Any]] = defaultdict(list)
    for event in events:
        sorts[type(event.record)].append(event.record)
    calls: list[CallRecord] = sorts[CallRecord]
    turns: list[TurnRecord] = sorts[TurnRecord]
    repairs: list[RepairRecord] = sorts[RepairRecord]
    asked: list[NetworkRecord] = sorts[NetworkRecord]
    loads = [record for record in sorts[ModelRecord] if record.act == "loaded"]
    return Metrics(
        since=since,
        first=events[0].at if events else None,
        events=len(events),
        interrupted=len(sorts[InterruptedRecord]),
        lost=sum(record.events for record in sorts[LostRecord]),
        models=model_metrics(turns, calls, repairs, sorts[StructureRecord], loads, names or {}),
        tools=tool_metrics(calls, repairs),
        children=parts(f"{record.role}: {record.reason}" for record in sorts[ChildRecord]),
        permissions=parts(record.answer for record in sorts[PermissionRecord]),
        admissions=parts(record.outcome for record in sorts[AdmissionRecord]),
        connections=Rate(count=sum(record.allowed for record in asked), of=len(asked)),
        readings=_outcomes(sorts[ReadingRecord]),
        deleted=sum(record.sources for record in sorts[DeletionRecord]),
    )


def _outcomes(readings: list[ReadingRecord]) -> tuple[Part, ...]:
    return parts(outcome for reading in readings for outcome, count in reading.outcomes.items() for _ in range(count))

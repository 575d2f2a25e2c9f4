"""What is measured of each tool."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from app.domain.audit import CallRecord, RepairRecord
from app.domain.metrics import Rate, ToolMetrics
from app.domain.tool import ErrorType
from app.services.metrics_structure import parts, ran, spread, structured

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOP = "carrel.tool.loop"


def tool_metrics(calls: Sequence[CallRecord], repairs: Sequence[RepairRecord]) -> tuple[ToolMetrics, ...]:
    """One for each tool that was called, the most called first."""
    by_tool: dict[str, list[CallRecord]] = defaultdict(list)
    for call in calls:
        by_tool[call.tool].append(call)
    rows = [
        _one(tool, some, [repair for repair in repairs if repair.tool == tool], len(calls))
        for tool, some in by_tool.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.tool_call.count, row.tool)))


def _one(tool: str, calls: list[CallRecord], repairs: list[RepairRecord], every: int) -> ToolMetrics:
    began = ran(calls)
    asked = [call for call in calls if call.decision.by in {"person", "unattended"}]
    looped = sum(call.duplicate or call.error_code == LOOP for call in calls)
    kept_out = [call for call in calls if call.outcome == "refused" and call.error_type is not ErrorType.VALIDATION]

    def of_began(count: int) -> Rate:
        return Rate(count=count, of=len(began))

    return ToolMetrics(
        tool=tool,
        versions=tuple(sorted({call.tool_version for call in calls if call.tool_version})),
        tool_call=Rate(count=len(calls), of=every),
        tool_success=of_began(sum(call.outcome == "done" for call in began)),
        downstream_failure=of_began(sum(call.outcome == "failed" for call in began)),
        timeout=of_began(sum(call.error_type is ErrorType.TIMEOUT for call in began)),
        retry=of_began(sum(call.attempts > 1 for call in began)),
        duplicate=Rate(count=looped, of=len(calls)),
        escalation=Rate(count=sum(call.decision.by == "person" for call in calls), of=len(calls)),
        denied=Rate(count=sum(not call.decision.allowed for call in asked), of=len(asked)),
        refused=Rate(count=len(kept_out), of=len(calls)),
        redacted=of_began(sum(bool(call.redacted) for call in began)),
        errors=parts(call.error_code for call in calls if call.error_code),
        model_seconds=spread(call.model_seconds for call in calls if call.model_seconds),
        tool_seconds=spread(call.tool_seconds for call in began),
        total_seconds=spread(call.total_seconds for call in began),
        **structured(calls, repairs),
    )

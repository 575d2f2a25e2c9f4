"""What is measured of each tool."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from app.domain.audit import CallRecord, RepairRecord
from app.domain.metrics import Rate, ToolMetrics
from app.services.metrics_calls import called
from app.services.metrics_structure import parts, ran, spread, structured

if TYPE_CHECKING:
    from collections.abc import Sequence


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
    return ToolMetrics(
        tool=tool,
        versions=tuple(sorted({call.tool_version for call in calls if call.tool_version})),
        tool_call=Rate(count=len(calls), of=every),
        errors=parts(call.error_code for call in calls if call.error_code),
        total_seconds=spread(call.total_seconds for call in ran(calls)),
        **called(calls),
        **structured(calls, repairs),
    )

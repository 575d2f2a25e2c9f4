"""What both models and tools are measured by: how the calls they made went."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from app.domain.audit import CallRecord
from app.domain.metrics import Rate, Spread
from app.domain.tool import ErrorType
from app.services.metrics_structure import ran, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

LOOP = "carrel.tool.loop"


class Called(TypedDict):
    """The fields of ``Calling`` beside those of ``Structure``."""

    tool_success: Rate
    downstream_failure: Rate
    timeout: Rate
    retry: Rate
    duplicate: Rate
    escalation: Rate
    denied: Rate
    refused: Rate
    redacted: Rate
    model_seconds: Spread
    tool_seconds: Spread


def called(calls: Sequence[CallRecord]) -> Called:
    """How ``calls`` went."""
    began = ran(calls)
    asked = [call for call in calls if call.decision.by in {"person", "unattended"}]
    looped = sum(call.duplicate or call.error_code == LOOP for call in calls)
    kept_out = [call for call in calls if call.outcome == "refused" and call.error_type is not ErrorType.VALIDATION]

    def of_began(count: int) -> Rate:
        return Rate(count=count, of=len(began))

    return Called(
        tool_success=of_began(sum(call.outcome == "done" for call in began)),
        downstream_failure=of_began(sum(call.outcome == "failed" for call in began)),
        timeout=of_began(sum(call.error_type is ErrorType.TIMEOUT for call in began)),
        retry=Rate(count=_retries(calls), of=len(calls)),
        duplicate=Rate(count=looped, of=len(calls)),
        escalation=Rate(count=sum(call.decision.by == "person" for call in calls), of=len(calls)),
        denied=Rate(count=sum(not call.decision.allowed for call in asked), of=len(asked)),
        refused=Rate(count=len(kept_out), of=len(calls)),
        redacted=of_began(sum(bool(call.redacted) for call in began)),
        model_seconds=spread(call.model_seconds for call in calls if call.model_seconds),
        tool_seconds=spread(call.tool_seconds for call in began),
    )


def _retries(calls: Sequence[CallRecord]) -> int:
    """Calls of a tool that had just failed, or was written wrongly, in the same question."""
    count, failed = 0, set[tuple[str, str]]()
    for call in calls:
        question = call.exchange, call.tool
        count += question in failed
        mendable = call.outcome == "failed" or call.error_type is ErrorType.VALIDATION
        failed = failed | {question} if call.exchange and mendable else failed - {question}
    return count

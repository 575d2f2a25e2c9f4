"""The six fields of a failed call, for every way a call can fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.policy import Reason
from app.domain.tool import ErrorType, ToolError, ToolSpec

if TYPE_CHECKING:
    from app.kernel.errors import Known
    from app.sandbox.child import JobFailed

_OF_REASON = {
    Reason.MEMORY: ErrorType.LIMIT,
    Reason.CPU: ErrorType.LIMIT,
    Reason.OUTPUT_LIMIT: ErrorType.LIMIT,
    Reason.DISK: ErrorType.LIMIT,
    Reason.REFUSED: ErrorType.PERMISSION,
    Reason.CANCELLED: ErrorType.CANCELLED,
}
_OF_CODE = {
    "carrel.tool.broken": ErrorType.INTERNAL,
    "carrel.tool.scope": ErrorType.PERMISSION,
    "carrel.tool.folder": ErrorType.PERMISSION,
    "carrel.tool.proposal": ErrorType.NOT_FOUND,
    "carrel.tool.proposal_old": ErrorType.NOT_FOUND,
    "carrel.tool.unknown": ErrorType.NOT_FOUND,
    "carrel.tool.no_file": ErrorType.NOT_FOUND,
    "carrel.source.missing": ErrorType.NOT_FOUND,
    "carrel.source.no_text": ErrorType.NOT_FOUND,
    "carrel.tool.file_size": ErrorType.LIMIT,
    "carrel.disk.full": ErrorType.LIMIT,
}
RETRYABLE = frozenset(
    {"carrel.tool.unworkable", "carrel.tool.no_file", "carrel.tool.proposal", "carrel.source.missing"}
)
"""Another attempt with other arguments can succeed."""


def timed_out(spec: ToolSpec) -> ToolError:
    return ToolError(
        error_type=ErrorType.TIMEOUT,
        error_code="carrel.tool.timeout",
        retryable=True,
        user_message=f"{spec.title} was stopped after {spec.timeout_seconds:g} s.",
        developer_message=f"{spec.name} v{spec.version}: wall time",
        hints=("Ask for less at once.",),
    )


def job_error(spec: ToolSpec, failure: JobFailed) -> ToolError:
    """The sandbox ended it, or would not run it."""
    if failure.reason is Reason.TIMEOUT:
        return timed_out(spec)
    message, hint = failure.message, failure.hint
    if failure.reason is Reason.MEMORY:
        message = f"{spec.title} used more than {spec.memory_bytes // 2**20} MB and was stopped."
        hint = "Ask about fewer rows at once."
    return ToolError(
        error_type=_OF_REASON.get(failure.reason, ErrorType.INTERNAL),
        error_code=f"carrel.tool.{failure.reason}",
        retryable=failure.retryable,
        user_message=message,
        developer_message=f"{spec.name} v{spec.version}: {failure.code}",
        hints=(hint,),
    )


def known_error(spec: ToolSpec, failure: Known) -> ToolError:
    """What the tool, or the port it asked, said in a sentence of its own."""
    broken = failure.code == "carrel.tool.broken"
    return ToolError(
        error_type=_OF_CODE.get(failure.code, ErrorType.VALIDATION),
        error_code=failure.code,
        retryable=failure.retryable or failure.code in RETRYABLE,
        user_message=failure.message,
        developer_message=f"{spec.name} v{spec.version}: {failure.code}" + (f" {failure.hint}" if broken else ""),
        hints=() if broken else (failure.hint,),
    )


def unworkable(spec: ToolSpec, sentence: str) -> ToolError:
    """A tool that runs here said that it cannot."""
    return ToolError(
        error_type=ErrorType.VALIDATION,
        error_code="carrel.tool.unworkable",
        retryable=True,
        user_message=sentence,
        developer_message=f"{spec.name} v{spec.version}: unworkable",
        hints=("Change the arguments and try again.",),
    )


def not_allowed(spec: ToolSpec, code: str, sentence: str, hint: str) -> ToolError:
    """The runtime does not run it."""
    return ToolError(
        error_type=ErrorType.PERMISSION,
        error_code=code,
        retryable=False,
        user_message=f"{sentence} It was not run.",
        developer_message=f"{spec.name} v{spec.version}: {code}",
        hints=(hint,),
    )


def halted(spec: ToolSpec) -> ToolError:
    return ToolError(
        error_type=ErrorType.CANCELLED,
        error_code="carrel.tool.halted",
        retryable=False,
        user_message="All tools are stopped.",
        developer_message=f"{spec.name} v{spec.version}: emergency stop",
        hints=("Let tools run again when you are ready: carrel tools release.",),
    )


def stopped(spec: ToolSpec) -> ToolError:
    return ToolError(
        error_type=ErrorType.CANCELLED,
        error_code="carrel.tool.stopped",
        retryable=False,
        user_message=f"You stopped {spec.title}.",
        developer_message=f"{spec.name} v{spec.version}: stopped by the person",
    )


def broken(spec: ToolSpec, failure: Exception) -> ToolError:
    """Ours: the log has the rest, the error names its kind only."""
    return ToolError(
        error_type=ErrorType.INTERNAL,
        error_code="carrel.tool.broken",
        retryable=False,
        user_message=f"{spec.title} broke.",
        developer_message=f"{spec.name} v{spec.version}: {type(failure).__name__}",
    )

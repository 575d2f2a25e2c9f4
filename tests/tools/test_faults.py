"""However a call fails, the person reads a sentence, the model a type and what to try, and a developer where it was."""

from collections.abc import Iterator

import pytest

from app.domain.policy import Reason
from app.domain.tool import ErrorType, ToolError
from app.kernel.errors import Known
from app.sandbox.ending import Exited, failed, refused
from app.tools import bounds, faults
from app.tools.registry import Registry

SPEC = Registry.shipped().spec("run_python")
TYPES = {
    Reason.REFUSED: ErrorType.PERMISSION,
    Reason.TIMEOUT: ErrorType.TIMEOUT,
    Reason.MEMORY: ErrorType.LIMIT,
    Reason.CPU: ErrorType.LIMIT,
    Reason.OUTPUT_LIMIT: ErrorType.LIMIT,
    Reason.DISK: ErrorType.LIMIT,
    Reason.CRASHED: ErrorType.INTERNAL,
    Reason.PROTOCOL: ErrorType.INTERNAL,
    Reason.CANCELLED: ErrorType.CANCELLED,
}


def every() -> Iterator[ToolError]:
    for reason in Reason:
        yield faults.job_error(SPEC, failed("tool", reason, Exited(11, reason)))
    yield faults.job_error(SPEC, refused("guarantee", "This machine cannot promise it.", "Run carrel doctor."))
    yield faults.timed_out(SPEC)
    yield faults.halted(SPEC)
    yield faults.unworkable(SPEC, "The program failed in line 1.")
    yield faults.not_allowed(SPEC, "carrel.tool.scope", "It is outside the scope.", "Add it to the scope.")
    yield faults.broken(SPEC, ZeroDivisionError("private words"))
    yield faults.known_error(SPEC, Known("carrel.tool.broken", "The tool broke.", "ZeroDivisionError"))
    yield faults.known_error(SPEC, Known("carrel.source.missing", "There is no such document.", "List them."))
    yield bounds.out_of_time("This one was stopped.")


@pytest.mark.parametrize("error", list(every()), ids=lambda error: error.error_code)
def test_all_six_fields_are_filled_and_fit(error: ToolError) -> None:
    assert error.error_type in ErrorType
    assert error.error_code.startswith("carrel.")
    assert error.user_message.endswith(".")
    assert error.user_message[0].isupper()
    assert error.developer_message.startswith((f"{SPEC.name} v{SPEC.version}: ", "bounds of a turn: "))
    assert error.hints or error.error_code == "carrel.tool.broken", "what to try, unless it is ours to mend"
    assert "private words" not in error.model_dump_json()


def test_every_reason_of_the_sandbox_has_its_type() -> None:
    assert set(TYPES) == set(Reason)
    for reason, kind in TYPES.items():
        assert faults.job_error(SPEC, failed("tool", reason, Exited(0, reason))).error_type is kind


def test_trying_again_is_offered_only_where_it_can_help() -> None:
    assert faults.timed_out(SPEC).retryable
    assert faults.unworkable(SPEC, "It failed.").retryable
    for error in (
        faults.halted(SPEC),
        faults.broken(SPEC, ZeroDivisionError()),
        faults.not_allowed(SPEC, "carrel.tool.scope", "No.", "Add it."),
        faults.job_error(SPEC, refused("guarantee", "It cannot be promised.", "Run carrel doctor.")),
        bounds.out_of_time("This one was not run."),
    ):
        assert not error.retryable

"""How a child or a request ended, in a word for the program and a sentence for the person."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.policy import Reason
from app.kernel.errors import Known

NAMES = {
    "engine": "The model",
    "index": "The index",
    "embedder": "The embedder",
    "reader": "The reader",
    "tool": "The tool",
}


@dataclass(frozen=True)
class Exited:
    """How a child ended.

    Attributes:
        code: exit status, negative for a signal.
        reason: set by the parent when it ended the child, else derived from the code; None for a good end.
        stderr: the last it wrote there, for the log of a bug; untrusted.
        stdout: the same of its standard output.
        peak_resident: the most memory it used, in bytes.
    """

    code: int
    reason: Reason | None
    stderr: str = ""
    stdout: str = ""
    peak_resident: int = 0


class JobFailed(Known):
    """A request that did not end well, with the sandbox's reason for it.

    Attributes:
        stderr: the last the child wrote; untrusted, never for the log.
        ended: how the child ended, if it ran.
    """

    def __init__(
        self,
        reason: Reason,
        message: str,
        hint: str,
        *,
        code: str = "",
        stderr: str = "",
        ended: Exited | None = None,
    ) -> None:
        super().__init__(code or f"carrel.child.{reason}", message, hint, retryable=reason is not Reason.REFUSED)
        self.reason = reason
        self.stderr = stderr
        self.ended = ended


def refused(what: str, message: str, hint: str) -> JobFailed:
    """A child that was not started: ``carrel.sandbox.<what>``."""
    return JobFailed(Reason.REFUSED, message, hint, code=f"carrel.sandbox.{what}")


def failed(role: str, reason: Reason, ended: Exited) -> JobFailed:
    """A request cut off by the end of its child."""
    return JobFailed(reason, *sentence(role, reason, ended.code), stderr=ended.stderr, ended=ended)


def sentence(role: str, reason: Reason, code: int) -> tuple[str, str]:
    """What happened and what to do, for a person."""
    name = NAMES.get(role, "The program")
    match reason:
        case Reason.TIMEOUT:
            return f"{name} took too long and was stopped.", "Try again with less, or allow more time."
        case Reason.MEMORY:
            return f"{name} used more memory than it may and was stopped.", "Close other programs or try a smaller one."
        case Reason.CPU:
            return f"{name} used more processor time than it may and was stopped.", "Try again with less."
        case Reason.OUTPUT_LIMIT:
            return f"{name} produced more than it may and was stopped.", "Ask for less at once."
        case Reason.DISK:
            return f"{name} ran out of space.", "Free some disk space, then try again."
        case Reason.PROTOCOL:
            return f"{name} sent something that could not be understood and was stopped.", "Try again."
        case Reason.CANCELLED:
            return f"{name} was stopped.", "Try again when you want to."
        case Reason.REFUSED:
            return f"{name} was not started.", "Run carrel doctor to see what is missing."
        case Reason.CRASHED:
            how = f"signal {-code}" if code < 0 else f"exit {code}"
            return f"{name} stopped unexpectedly ({how}).", "Try again; what was saved is not lost."

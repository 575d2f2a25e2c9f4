"""Two kinds of error.

    Exception
    ├── Known    something a person can understand and mend: a sentence, a remedy, a stable code
    └── Bug      ours: shown as a traceback, exit code 70

Everything that is neither is a builtin raised close to where it is caught. A code is a dotted noun path
(``carrel.model.checksum``) and, once published, never changes its meaning.
"""

from __future__ import annotations


class Known(Exception):  # noqa: N818 - "Known" is the word used throughout; it is an outcome, not a defect
    """A failure that has a sentence for the person and something to do next.

    Attributes:
        code: stable, dotted, starts with ``carrel.``.
        message: one sentence, ends with a full stop, says what happened.
        hint: one sentence that says what to do.
        retryable: whether doing the same again can help.
    """

    def __init__(self, code: str, message: str, hint: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.retryable = retryable

    def as_json(self) -> dict[str, str | bool]:
        """The error object of the command line and of child frames."""
        return {"code": self.code, "message": self.message, "hint": self.hint, "retryable": self.retryable}


class Bug(Exception):  # noqa: N818 - see Known
    """A broken promise inside Carrel. Never caught to go on."""

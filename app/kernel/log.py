"""The operational log: what the program did, never what the documents or the person said.

Call sites pass ids, counts, sizes, durations and codes. Text of documents, questions, answers, file names and
paths do not belong here; ``tests/journeys`` looks for them.
"""

from __future__ import annotations

import logging
import logging.handlers
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
ROTATE_BYTES = 1_000_000
KEEP = 4


def logger(name: str) -> logging.Logger:
    """The logger of one module, below ``carrel``."""
    return logging.getLogger("carrel." + name.removeprefix("app."))


class _Formatter(logging.Formatter):
    """A traceback tells where and what kind; the message of an exception may quote a document and is left out."""

    def format(self, record: logging.LogRecord) -> str:
        own = logging.makeLogRecord(record.__dict__)
        own.exc_text = None  # another handler may have written its own traceback there
        return super().format(own)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name logging calls
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            lines += [
                *traceback.format_tb(error.__traceback__),
                f"{type(error).__module__}.{type(error).__qualname__}\n",
            ]
            error = error.__cause__ or error.__context__
        return "".join(lines).rstrip()


class _File(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name logging calls
        """A full disk is told by what could not be saved, not by the log."""


@contextmanager
def write_to(folder: Path, level: int = logging.INFO) -> Iterator[None]:
    """Send the operational log to ``folder/carrel.log``, rotated, for the length of the block."""
    handler = _File(folder / "carrel.log", maxBytes=ROTATE_BYTES, backupCount=KEEP, encoding="utf-8", delay=True)
    handler.setFormatter(_Formatter(FORMAT))
    root = logging.getLogger("carrel")
    root.setLevel(level)
    root.propagate = False
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()

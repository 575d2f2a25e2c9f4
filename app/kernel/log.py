"""The operational log: what the program did, never what the documents or the person said.

Call sites pass ids, counts, sizes, durations and codes. Text of documents, questions, answers, file names and
paths do not belong here; ``tests/journeys`` looks for them.
"""

from __future__ import annotations

import logging
import logging.handlers
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
ROTATE_BYTES = 1_000_000
KEEP = 4


def logger(name: str) -> logging.Logger:
    """The logger of one module, below ``carrel``."""
    return logging.getLogger("carrel." + name.removeprefix("app."))


def write_to(folder: Path, level: int = logging.INFO) -> logging.Handler:
    """Send the operational log to ``folder/carrel.log``, rotated; returns the handler so that it can be closed."""
    handler = logging.handlers.RotatingFileHandler(
        folder / "carrel.log", maxBytes=ROTATE_BYTES, backupCount=KEEP, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter(FORMAT))
    root = logging.getLogger("carrel")
    root.setLevel(level)
    root.propagate = False
    root.addHandler(handler)
    return handler

"""The confined first load of a model file: the port it is done through, and what counts as a verdict on the file."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from app.domain.base import Frozen
from app.domain.generation import LoadReport
from app.domain.policy import Reason
from app.kernel.errors import Known
from app.models.bounded import Refused
from app.sandbox.child import JobFailed

TRIAL_TOKENS = 4
NOT_THE_FILE = {Reason.REFUSED, Reason.CANCELLED}
NOT_THE_FILE_CODES = (
    "carrel.sandbox.",
    "carrel.disk.",
    "carrel.vault.",
    "carrel.home.",
    "carrel.engine.memory",
    "carrel.engine.missing",
    "carrel.engine.busy",
    "carrel.engine.closed",
)


class Trial(Frozen):
    """What a first load showed.

    Attributes:
        tokens: how many it wrote when asked for ``TRIAL_TOKENS``; an answer may end earlier by itself.
    """

    report: LoadReport
    tokens: int
    tokens_per_second: float | None = None


class FirstLoad(Protocol):
    """Load a model file in a confined child and let it write ``TRIAL_TOKENS`` tokens; the child is gone afterwards."""

    async def __call__(self, model: Path) -> Trial:
        """Load ``model``, a file that may be hostile.

        Raises:
            Known: it did not load, or the child did not survive it.
        """


async def first_load(load: FirstLoad, model: Path) -> Trial:
    """Run the first load and tell a verdict on the file from a failure of this machine.

    Raises:
        Refused: the file is to blame.
        Known: it is not: no sandbox, no room, stopped by the person.
    """
    try:
        trial = await load(model)
    except JobFailed as failure:
        if failure.reason in NOT_THE_FILE:
            raise
        raise Refused(f"its first load failed ({_lowered(failure.message)})") from failure
    except Known as failure:
        if failure.code.startswith(NOT_THE_FILE_CODES):
            raise
        raise Refused(f"its first load failed ({_lowered(failure.message)})") from failure
    if not trial.tokens:
        raise Refused("it loaded but wrote nothing")
    return trial


def _lowered(sentence: str) -> str:
    """A sentence as part of another."""
    return (sentence[:1].lower() + sentence[1:]).rstrip(".")

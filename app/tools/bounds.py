"""How much one turn may do with tools, whatever asks for it: so many calls, so many seconds."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from app.domain.tool import ErrorType, ToolError

MOST_CALLS = 12
MOST_SECONDS = 180.0
TURNS_REMEMBERED = 64


@dataclass
class _Spent:
    calls: int = 0
    seconds: float = 0.0


class TurnBounds:
    """What each turn has spent. The turn itself stops earlier; this holds when it does not."""

    def __init__(self) -> None:
        self._spent: OrderedDict[str, _Spent] = OrderedDict()

    def admit(self, turn: str) -> ToolError | None:
        """Count one more call of ``turn``, or say why there is none."""
        if not turn:
            return None
        spent = self._spent.setdefault(turn, _Spent())
        self._spent.move_to_end(turn)
        while len(self._spent) > TURNS_REMEMBERED:
            self._spent.popitem(last=False)
        spent.calls += 1
        if spent.calls > MOST_CALLS:
            return _over(
                "carrel.tool.limit", f"At most {MOST_CALLS} calls are made for one question. This one was not run."
            )
        return None if self.left(turn) else out_of_time("This one was not run.")

    def left(self, turn: str) -> float:
        """Seconds that tools may still run for ``turn``; a call outside a turn has no such bound."""
        return max(0.0, MOST_SECONDS - self._spent[turn].seconds) if turn in self._spent else math.inf

    def spend(self, turn: str, seconds: float) -> None:
        """Add the time of a call that is over."""
        if turn in self._spent:
            self._spent[turn].seconds += seconds


def out_of_time(what_happened: str) -> ToolError:
    """All the time that tools have for one question is spent."""
    return _over(
        "carrel.tool.turn_time", f"Tools run for {MOST_SECONDS:.0f} s at most for one question. {what_happened}"
    )


def _over(code: str, sentence: str) -> ToolError:
    return ToolError(
        error_type=ErrorType.LIMIT,
        error_code=code,
        retryable=False,
        user_message=sentence,
        developer_message=f"bounds of a turn: {MOST_CALLS} calls, {MOST_SECONDS:g} s",
        hints=("Answer with what there is.",),
    )

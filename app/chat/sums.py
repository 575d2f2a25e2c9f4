"""The calculations of a turn: which of their results count, and when they are over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.chat.offering import CALCULATE
from app.domain.claims import grounded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.chat.calls import Calls
    from app.domain.messages import Quote


def results(calls: Calls, question: str, quotes: Iterable[Quote] = ()) -> tuple[str, ...]:
    """What was worked out from figures of the question and of verified quotes; the rest of it proves nothing.

    Figures that merely stand in some passage do not do: among eight passages there is always a sum to be made.
    """
    told = (question, *(quote.text for quote in quotes if quote.verified))
    return tuple(
        str(call.result)
        for call in calls.ended
        if call.tool == CALCULATE and call.error is None and grounded(str(call.arguments.get("expression")), told)
    )


def over(calls: Calls) -> bool:
    """Whether there were sums and nothing else, and they are over: worked out, or given up."""
    if any(call.tool != CALCULATE for call in calls.ended):
        return False
    return not calls.open or all(call.error is None for call in calls.ended)

"""Gather what the core says and hand it over in batches, at most thirty times a second while words stream."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from app.domain.events import Event, TurnStreamed
from app.domain.stream import QuoteDelta, TextDelta, ToolArgumentsDelta

PERIOD_SECONDS = 0.033


def is_growth(event: Event) -> bool:
    """Whether the event only lengthens something shown already, so that it may wait for the next batch."""
    return isinstance(event, TurnStreamed) and isinstance(event.event, TextDelta | QuoteDelta | ToolArgumentsDelta)


def merged(first: Event, second: Event) -> Event | None:
    """One event that says the same as two neighbours, or None if they say different things."""
    if not (isinstance(first, TurnStreamed) and isinstance(second, TurnStreamed) and first.turn == second.turn):
        return None
    a, b = first.event, second.event
    if isinstance(a, TextDelta) and isinstance(b, TextDelta):
        return first.model_copy(update={"event": a.model_copy(update={"text": a.text + b.text})})
    if isinstance(a, ToolArgumentsDelta) and isinstance(b, ToolArgumentsDelta) and a.call == b.call:
        return first.model_copy(update={"event": a.model_copy(update={"json_text": a.json_text + b.json_text})})
    if isinstance(a, QuoteDelta) and isinstance(b, QuoteDelta) and a.index == b.index and not a.done:
        return first.model_copy(update={"event": b.model_copy(update={"text": a.text + b.text})})
    return None


class Coalescer:
    """Lives on the core loop. Order is kept: whatever flushes, flushes all that waits before it.

    Args:
        deliver: receives a batch, oldest first.
    """

    def __init__(self, deliver: Callable[[tuple[Event, ...]], None], period_seconds: float = PERIOD_SECONDS) -> None:
        self._deliver = deliver
        self._period = period_seconds
        self._waiting: list[Event] = []
        self._timer: asyncio.TimerHandle | None = None

    def put(self, event: Event) -> None:
        """Take one event; growth waits up to one period, everything else goes at once."""
        last = self._waiting[-1] if self._waiting else None
        both = merged(last, event) if last is not None else None
        if both is not None:
            self._waiting[-1] = both
        else:
            self._waiting.append(event)
        if not is_growth(event):
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._period, self.flush)

    def flush(self) -> None:
        """Hand over what waits, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            batch, self._waiting = tuple(self._waiting), []
            self._deliver(batch)

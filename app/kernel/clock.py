"""Time, as a port: the wall clock in UTC and a monotonic clock in seconds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the program may ask about time."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed instant; never goes back."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class ManualClock:
    """A clock that moves only when told; ships for transcripts and tests.

    Attributes:
        instant: what ``now`` answers.
    """

    def __init__(self, instant: datetime) -> None:
        self.instant = instant
        self._elapsed = 0.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self._elapsed

    def advance(self, seconds: float) -> None:
        """Move both clocks forward."""
        self.instant += timedelta(seconds=seconds)
        self._elapsed += seconds

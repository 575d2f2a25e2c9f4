"""One process in the keeper's care."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.domain.policy import Limits, Reason
from app.sandbox.birth import Birth
from app.sandbox.bubblewrap import SCRATCH
from app.sandbox.confinement import MOST_FILES, MOST_THREADS
from app.sandbox.ring import Ring
from app.sandbox.scratch import Scratch
from app.sandbox.usage import children, entries, innermost, sample

SAMPLE_SECONDS = 0.05
CALM_SAMPLE_SECONDS = 0.5
"""For children without a limit of processor time, which live long, and for those born ahead: a laptop should sleep."""
STRIKE_SECONDS = 0.005
CHILDLESS_SECONDS = 2.0
CPU_GRACE = 1.0
"""The kernel's own limit strikes first; this is for a child that ignores its signal."""


@dataclass(eq=False)
class Ward:
    """Touched by the keeper's thread only, but for ``kill``.

    Attributes:
        handle: of the outermost process; it ends when all inside has ended.
        scratch: a private folder that the kernel does not bound, so that we weigh it.
        order: has something done on the keeper's thread.
        pid: the worker's process id on the host, once ``adopt`` found it.
        peak: the most memory seen.
        reason: why we ended it, if we did.
        doomed: when the end was ordered.
        resting: born ahead; nothing foreign has run in it yet.
    """

    birth: Birth
    limits: Limits
    buried: Callable[[Ward], None]
    order: Callable[[Callable[[], None]], object]
    handle: int
    scratch: Scratch | None = None
    worker_handle: int = -1
    pid: int = 0
    code: int = 0
    peak: int = 0
    cpu_seconds: float = 0.0
    reason: Reason | None = None
    doomed: float = 0.0
    resting: bool = False
    weigh_at: float = 0.0
    output: Ring = field(default_factory=Ring)
    errors: Ring = field(default_factory=Ring)

    def kill(self, reason: Reason) -> None:
        """End it; the first reason given stays. Does nothing when it is buried. Callable from any thread."""
        self.order(lambda: self.doom(reason))

    def rest(self, resting: bool) -> None:
        """Weigh it seldom while it waits for its first request, as its limits ask from then on. From any thread."""

        def act() -> None:
            self.resting = resting
            self.weigh_at = time.monotonic()

        self.order(act)

    def doom(self, reason: Reason) -> None:
        """Strike now, and again until it is dead."""
        if self.handle >= 0 and not self.doomed:
            self.reason = reason
            self.doomed = time.monotonic()
            self.strike()

    def strike(self) -> None:
        """Kill the first process of its namespace, which takes all others there with it; bubblewrap outside then ends.

        Killing bubblewrap itself while it starts would leave its first child waiting for ever: the two tie their lives
        together only later. So that is done only when there is no child for a long time.
        """
        self.weigh_at = time.monotonic() + STRIKE_SECONDS
        for first in children(self.birth.pid) if self.birth.wrapped else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
            return
        if not self.birth.wrapped or time.monotonic() - self.doomed > CHILDLESS_SECONDS:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.handle, signal.SIGKILL)

    def adopt(self) -> int:
        """Find the worker, now that it said READY; its process id, 0 if it is gone already."""
        pid = innermost(self.birth.pid) if self.birth.wrapped else self.birth.pid
        if self.birth.wrapped and pid == self.birth.pid:
            return 0
        with contextlib.suppress(ProcessLookupError):
            self.worker_handle = os.pidfd_open(pid)
            self.pid = pid
        return self.pid

    def weigh(self) -> None:
        """Hold what it uses against what it may; once doomed, strike again."""
        if self.doomed:
            self.strike()
            return
        calm = self.resting or not self.limits.cpu_seconds
        self.weigh_at = time.monotonic() + (CALM_SAMPLE_SECONDS if calm else SAMPLE_SECONDS)
        usage = sample(self.pid) if self.pid else None
        if usage is None:
            return
        self.peak, self.cpu_seconds = usage.peak, usage.cpu_seconds
        if usage.resident > self.limits.resident_bytes or usage.threads > MOST_THREADS:
            self.doom(Reason.MEMORY)
        elif self.limits.cpu_seconds and usage.cpu_seconds > self.limits.cpu_seconds + CPU_GRACE:
            self.doom(Reason.CPU)
        elif self._littered():
            self.doom(Reason.DISK)

    def _littered(self) -> bool:
        """Whether its private folder holds more than it may. Inside bubblewrap the kernel counts bytes, but no files."""
        if self.scratch:
            return self.scratch.over(self.limits.scratch_bytes)
        return entries(self.pid, SCRATCH) > MOST_FILES

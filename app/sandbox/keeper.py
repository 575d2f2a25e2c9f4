"""The one long-lived thread that spawns children, reads what they print, weighs them and buries them.

Linux ties the parent-death signal to the thread that spawned: were that a short-lived one, its end would kill the
child. And a child must be stopped at its ceiling even while the event loop is busy.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import IO, TypeVar

from app.domain.policy import Limits, Reason
from app.sandbox.ring import Ring
from app.sandbox.usage import children, innermost, sample

T = TypeVar("T")

SAMPLE_SECONDS = 0.05
CALM_SAMPLE_SECONDS = 0.5
"""For children without a limit of processor time: they live long, and a laptop should sleep between their requests."""
JOIN_SECONDS = 5.0
STRIKE_SECONDS = 0.005
CHILDLESS_SECONDS = 2.0
BLOCK = 64 * 1024
BURIAL_MILLISECONDS = 2000
CPU_GRACE = 1.0
"""The kernel's own limit strikes first; this is for a child that ignores its signal."""


@dataclass(eq=False)
class Ward:
    """A process in care. Touched by the keeper's thread only, but for ``kill``.

    Attributes:
        process: bubblewrap, outside; it ends when all inside has ended.
        order: has something done on the keeper's thread.
        pid: the worker's process id on the host, once ``adopt`` found it.
        peak: the most memory seen.
        reason: why we ended it, if we did.
        doomed: when the end was ordered.
    """

    process: subprocess.Popen[bytes]
    limits: Limits
    buried: Callable[[Ward], None]
    order: Callable[[Callable[[], None]], object]
    handle: int
    worker_handle: int = -1
    pid: int = 0
    peak: int = 0
    cpu_seconds: float = 0.0
    reason: Reason | None = None
    doomed: float = 0.0
    weigh_at: float = 0.0
    output: Ring = field(default_factory=Ring)
    errors: Ring = field(default_factory=Ring)

    def kill(self, reason: Reason) -> None:
        """End it; the first reason given stays. Does nothing when it is buried. Callable from any thread."""
        self.order(lambda: self.doom(reason))

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
        for first in children(self.process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(first, signal.SIGKILL)
            return
        if time.monotonic() - self.doomed > CHILDLESS_SECONDS:
            signal.pidfd_send_signal(self.handle, signal.SIGKILL)


class Keeper:
    """Owns the thread. Its methods may be called from any thread; callbacks come from its own."""

    def __init__(self) -> None:
        self._orders: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._bell_read, self._bell_write = os.pipe()
        os.set_blocking(self._bell_read, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell_read, selectors.EVENT_READ, self._hear)
        self._wards: list[Ward] = []
        self._dead: list[Ward] = []
        self._over = self._closed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="carrel-keeper", daemon=True)
        self._thread.start()

    def spawn(
        self, command: list[str], descriptors: tuple[int, ...], limits: Limits, buried: Callable[[Ward], None]
    ) -> Future[Ward]:
        """Start ``command`` with an empty environment and only ``descriptors`` open.

        They are ours from now on and closed when the child has them: an asker that is cancelled meanwhile must not
        close a number that may by then be another file's.
        """

        def act() -> Ward:
            try:
                return self._spawn(command, descriptors, limits, buried)
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

        return self._order(act)

    def adopt(self, ward: Ward) -> Future[int]:
        """Find the worker inside, now that it said READY, and weigh it from here on; its process id. Call once."""

        def act() -> int:
            pid = innermost(ward.process.pid)
            if ward in self._wards and pid != ward.process.pid:
                with contextlib.suppress(ProcessLookupError):
                    ward.worker_handle = os.pidfd_open(pid)
                    ward.pid = pid
            return ward.pid

        return self._order(act)

    def close(self) -> None:
        """End the thread when the last child is buried; those alive are killed."""

        def act() -> None:
            self._over = True
            for ward in self._wards:
                ward.doom(Reason.CANCELLED)

        self._order(act)
        self._thread.join(JOIN_SECONDS)

    def _order(self, act: Callable[[], T]) -> Future[T]:
        """Have ``act`` done on the thread. It is done even if nobody waits for it any more."""
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()

        def order() -> None:
            try:
                future.set_result(act())
            except Exception as error:  # noqa: BLE001 - the asker's to handle; this thread must live on
                future.set_exception(error)

        with self._lock:
            if self._closed:
                future.set_exception(RuntimeError("the keeper is gone"))
            else:
                self._orders.put(order)
                os.write(self._bell_write, b"\0")
        return future

    def _run(self) -> None:
        while not (self._over and not self._wards):
            due = min((ward.weigh_at for ward in self._wards), default=None)
            for key, _ in self._selector.select(None if due is None else max(0.0, due - time.monotonic())):
                key.data()
            while self._dead:
                self._bury(self._dead.pop())
            for ward in self._wards:
                if ward.weigh_at <= time.monotonic():
                    self._weigh(ward)
        with self._lock:
            self._closed = True
            self._selector.close()
            os.close(self._bell_read)
            os.close(self._bell_write)

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell_read, BLOCK)
        while not self._orders.empty():
            self._orders.get()()

    def _spawn(
        self, command: list[str], descriptors: tuple[int, ...], limits: Limits, buried: Callable[[Ward], None]
    ) -> Ward:
        process = subprocess.Popen(  # noqa: S603 - an absolute path that was checked
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            pass_fds=descriptors,
            env={},
        )
        ward = Ward(process, limits, buried, self._order, os.pidfd_open(process.pid))
        for pipe, ring in _outputs(ward):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ, self._listener(pipe.fileno(), ring))
        self._selector.register(ward.handle, selectors.EVENT_READ, lambda: self._dead.append(ward))
        self._wards.append(ward)
        return ward

    def _listener(self, descriptor: int, ring: Ring) -> Callable[[], None]:
        def listen() -> None:
            with contextlib.suppress(BlockingIOError):
                data = os.read(descriptor, BLOCK)
                if data:
                    ring.add(data)
                else:
                    self._selector.unregister(descriptor)  # a second end would spin the loop

        return listen

    def _weigh(self, ward: Ward) -> None:
        if ward.doomed:
            ward.strike()
            return
        ward.weigh_at = time.monotonic() + (SAMPLE_SECONDS if ward.limits.cpu_seconds else CALM_SAMPLE_SECONDS)
        usage = sample(ward.pid) if ward.pid else None
        if usage is None:
            return
        ward.peak, ward.cpu_seconds = usage.peak, usage.cpu_seconds
        if usage.resident > ward.limits.resident_bytes:
            ward.doom(Reason.MEMORY)
        elif ward.limits.cpu_seconds and usage.cpu_seconds > ward.limits.cpu_seconds + CPU_GRACE:
            ward.doom(Reason.CPU)

    def _bury(self, ward: Ward) -> None:
        """The first process is gone; wait for the worker behind it, take its last words, tell."""
        self._selector.unregister(ward.handle)
        if ward.worker_handle >= 0:
            poll = select.poll()
            poll.register(ward.worker_handle, select.POLLIN)
            poll.poll(BURIAL_MILLISECONDS)
            os.close(ward.worker_handle)
        os.close(ward.handle)
        ward.handle = -1
        _, status, spent = os.wait4(ward.process.pid, 0)
        ward.process.returncode = os.waitstatus_to_exitcode(status)
        ward.cpu_seconds = max(ward.cpu_seconds, spent.ru_utime + spent.ru_stime)
        for pipe, ring in _outputs(ward):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(pipe)
            with contextlib.suppress(BlockingIOError):
                while data := os.read(pipe.fileno(), BLOCK):
                    ring.add(data)
            pipe.close()
        self._wards.remove(ward)
        ward.buried(ward)


def _outputs(ward: Ward) -> list[tuple[IO[bytes], Ring]]:
    pipes = ((ward.process.stdout, ward.output), (ward.process.stderr, ward.errors))
    return [(pipe, ring) for pipe, ring in pipes if pipe]

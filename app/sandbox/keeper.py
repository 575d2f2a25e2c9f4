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
from typing import IO

from app.domain.policy import Limits, Reason
from app.sandbox.ring import Ring
from app.sandbox.usage import innermost, sample

SAMPLE_SECONDS = 0.05
CALM_SAMPLE_SECONDS = 0.5
"""For children without a limit of processor time: they live long, and a laptop should sleep between their requests."""
JOIN_SECONDS = 5.0
BLOCK = 64 * 1024
BURIAL_MILLISECONDS = 2000
CPU_GRACE = 1.0
"""The kernel's own limit strikes first; this is for a child that ignores its signal."""


@dataclass
class Ward:
    """A process in care.

    Attributes:
        process: bubblewrap; its death is the death of all in it.
        pid: the worker's process id on the host, once ``adopt`` found it.
        peak: the most memory seen.
        reason: why we ended it, if we did.
    """

    process: subprocess.Popen[bytes]
    limits: Limits
    buried: Callable[[Ward], None]
    pid: int = 0
    peak: int = 0
    cpu_seconds: float = 0.0
    reason: Reason | None = None
    output: Ring = field(default_factory=Ring)
    errors: Ring = field(default_factory=Ring)
    weigh_at: float = 0.0
    handle: int = -1
    worker_handle: int = -1
    lock: threading.Lock = field(default_factory=threading.Lock)

    def kill(self, reason: Reason) -> None:
        """End it; the first reason given stays. Does nothing when it is buried."""
        with self.lock:
            if self.handle >= 0:
                self.reason = self.reason or reason
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
        self._over = False
        self._thread = threading.Thread(target=self._run, name="carrel-keeper", daemon=True)
        self._thread.start()

    def spawn(
        self, command: list[str], descriptors: tuple[int, ...], limits: Limits, buried: Callable[[Ward], None]
    ) -> Future[Ward]:
        """Start ``command`` with an empty environment and only ``descriptors`` open."""
        future: Future[Ward] = Future()

        def order() -> None:
            try:
                future.set_result(self._spawn(command, descriptors, limits, buried))
            except OSError as error:
                future.set_exception(error)

        self._order(order)
        return future

    def adopt(self, ward: Ward) -> Future[int]:
        """Find the worker inside, now that it said READY, and weigh it from here on; its process id. Call once."""
        future: Future[int] = Future()

        def order() -> None:
            pid = innermost(ward.process.pid)
            if ward in self._wards and pid != ward.process.pid:
                with contextlib.suppress(ProcessLookupError):
                    ward.worker_handle = os.pidfd_open(pid)
                    ward.pid = pid
            future.set_result(ward.pid)

        self._order(order)
        return future

    def close(self) -> None:
        """End the thread when the last child is buried; those alive are killed."""

        def order() -> None:
            self._over = True
            for ward in self._wards:
                ward.kill(Reason.CANCELLED)

        self._order(order)
        self._thread.join(JOIN_SECONDS)

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.put(order)
        os.write(self._bell_write, b"\0")

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
        ward = Ward(process, limits, buried, handle=os.pidfd_open(process.pid))
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
        ward.weigh_at = time.monotonic() + (SAMPLE_SECONDS if ward.limits.cpu_seconds else CALM_SAMPLE_SECONDS)
        usage = sample(ward.pid) if ward.pid else None
        if usage is None:
            return
        ward.peak, ward.cpu_seconds = usage.peak, usage.cpu_seconds
        if usage.resident > ward.limits.resident_bytes:
            ward.kill(Reason.MEMORY)
        elif ward.limits.cpu_seconds and usage.cpu_seconds > ward.limits.cpu_seconds + CPU_GRACE:
            ward.kill(Reason.CPU)

    def _bury(self, ward: Ward) -> None:
        """The first process is gone; wait for the worker behind it, take its last words, tell."""
        self._selector.unregister(ward.handle)
        if ward.worker_handle >= 0:
            poll = select.poll()
            poll.register(ward.worker_handle, select.POLLIN)
            poll.poll(BURIAL_MILLISECONDS)
            os.close(ward.worker_handle)
        with ward.lock:
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

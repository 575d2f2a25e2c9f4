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
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import IO, TypeVar

from app.domain.policy import Limits, Reason
from app.sandbox.birth import Birth
from app.sandbox.ring import Ring
from app.sandbox.scratch import Scratch
from app.sandbox.ward import Ward

T = TypeVar("T")

JOIN_SECONDS = 5.0
BLOCK = 64 * 1024
BURIAL_MILLISECONDS = 2000


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
        self,
        bear: Callable[[], Birth],
        given: tuple[int, ...],
        limits: Limits,
        buried: Callable[[Ward], None],
        scratch: Scratch | None = None,
    ) -> Future[Ward]:
        """Have ``bear`` make a process.

        The descriptors it is ``given`` are ours from now on and closed when the child has them: an asker that is
        cancelled meanwhile must not close a number that may by then be another file's. ``scratch`` goes with the child.
        """

        def act() -> Ward:
            try:
                return self._take(bear(), limits, buried, scratch)
            except BaseException:
                if scratch:
                    scratch.remove()
                raise
            finally:
                for descriptor in given:
                    os.close(descriptor)

        return self._order(act)

    def adopt(self, ward: Ward) -> Future[int]:
        """Find the worker inside, now that it said READY, and weigh it from here on; its process id. Call once."""
        return self._order(lambda: ward.adopt() if ward in self._wards else 0)

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
                    ward.weigh()
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

    def _take(self, birth: Birth, limits: Limits, buried: Callable[[Ward], None], scratch: Scratch | None) -> Ward:
        ward = Ward(birth, limits, buried, self._order, os.pidfd_open(birth.pid), scratch)
        for pipe, ring in _outputs(ward):
            os.set_blocking(pipe.fileno(), False)
            self._selector.register(pipe, selectors.EVENT_READ, self._listener(pipe.fileno(), ring))
        self._selector.register(ward.handle, selectors.EVENT_READ, lambda: self._dead.append(ward))
        self._wards.append(ward)
        if not birth.wrapped:
            ward.adopt()
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
        ward.code, spent = ward.birth.leave()
        ward.cpu_seconds = max(ward.cpu_seconds, spent)
        for pipe, ring in _outputs(ward):
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(pipe)
            with contextlib.suppress(BlockingIOError):
                while data := os.read(pipe.fileno(), BLOCK):
                    ring.add(data)
            pipe.close()
        if ward.scratch:
            ward.scratch.remove()
        self._wards.remove(ward)
        ward.buried(ward)


def _outputs(ward: Ward) -> list[tuple[IO[bytes], Ring]]:
    return [(ward.birth.output, ward.output), (ward.birth.errors, ward.errors)]

"""The core thread and the one signal by which it reaches the window.

One thread runs one asyncio loop. Whatever it has to say goes through ``Relay.posted``, queued, and is taken up on the
thread the relay lives on. Nothing else crosses.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, Qt, Signal, Slot
from shiboken6 import isValid

from app.kernel.errors import Known
from app.kernel.log import logger

T = TypeVar("T")
_log = logger(__name__)


class Relay(QObject):
    """Runs what the core posts, on the relay's own thread, in order.

    Signals:
        posted: a callable without arguments; the only signal emitted from the core thread.
    """

    posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.posted.connect(self._run, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def _run(self, act: Callable[[], None]) -> None:
        act()


class Call(Generic[T]):
    """One coroutine on its way. Answers arrive on the relay's thread; a receiver that is gone hears nothing."""

    def __init__(self, unhandled: Callable[[Known], None]) -> None:
        self._done: list[tuple[QObject | None, Callable[[T], None]]] = []
        self._failed: list[tuple[QObject | None, Callable[[Known], None]]] = []
        self._unhandled = unhandled
        self._future: asyncio.Future[T] | None = None

    def then(
        self, done: Callable[[T], None], failed: Callable[[Known], None] | None = None, *, owner: QObject | None = None
    ) -> Call[T]:
        """Say who wants the answer. ``owner`` defaults to the object a bound method belongs to."""
        self._done.append((owner or _receiver(done), done))
        if failed is not None:
            self._failed.append((owner or _receiver(failed), failed))
        return self

    def or_else(self, failed: Callable[[Known], None], *, owner: QObject | None = None) -> Call[T]:
        """Say who wants to know when it fails."""
        self._failed.append((owner or _receiver(failed), failed))
        return self

    def deliver(self, answer: T) -> None:
        for owner, act in self._done:
            if owner is None or isValid(owner):
                act(answer)

    def deliver_failure(self, problem: Known) -> None:
        for owner, act in self._failed:
            if owner is None or isValid(owner):
                act(problem)
        if not self._failed:
            self._unhandled(problem)


def _receiver(act: Callable[..., None]) -> QObject | None:
    owner = getattr(act, "__self__", None)
    return owner if isinstance(owner, QObject) else None


class CoreThread:
    """One thread with one asyncio loop, started at once and ended by ``stop``.

    Attributes:
        relay: lives on the thread that made the core; its slot runs everything the core posts.
        unhandled: receives failures nobody asked about, on the relay's thread.
    """

    def __init__(self) -> None:
        self.relay = Relay()
        self.unhandled: Callable[[Known], None] = _forget
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._run_loop, name="core", daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T]) -> Call[T]:
        """Run ``work`` on the core; never waits. After ``stop`` nothing runs and nobody hears of it."""
        call: Call[T] = Call(self._unheard)
        if self._stopped:
            work.close()
            return call
        self._loop.call_soon_threadsafe(self._start, work, call)
        return call

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run ``work`` on the core and wait for it. Only before the window is shown and after it is closed."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def post(self, act: Callable[[], None]) -> None:
        """From the core: run ``act`` on the relay's thread."""
        self.relay.posted.emit(act)

    def stop(self) -> None:
        """Cancel what runs, end the loop, join the thread. Idempotent."""
        if not self._stopped:
            self._stopped = True
            asyncio.run_coroutine_threadsafe(self._wind_down(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _unheard(self, problem: Known) -> None:
        self.unhandled(problem)

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _start(self, work: Coroutine[Any, Any, T], call: Call[T]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, call))

    def _ended(self, task: asyncio.Task[T], call: Call[T]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        problem = task.exception()
        if problem is None:
            answer = task.result()
            self.post(lambda: call.deliver(answer))
            return
        known = problem if isinstance(problem, Known) else _bug(problem)
        self.post(lambda: call.deliver_failure(known))

    async def _wind_down(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._loop.shutdown_asyncgens()


def _bug(problem: BaseException) -> Known:
    _log.error("a call from the window failed: %s", type(problem).__name__, exc_info=problem)
    return Known(
        "carrel.window.bug",
        "Carrel could not do that because of a defect of its own.",
        "Nothing saved is lost. Try again; the operational log says where it happened.",
        retryable=True,
    )


def _forget(problem: Known) -> None:
    _log.warning("a failure nobody asked about: %s", problem.code)


def quit_on_signals(app: QCoreApplication) -> None:
    """End the event loop in order on SIGINT and SIGTERM, so that a log-out or Ctrl+C seals everything as closing does."""
    heard, ring = socket.socketpair()
    heard.setblocking(False)
    ring.setblocking(False)
    signal.set_wakeup_fd(ring.fileno())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    notifier = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read, app)
    notifier.activated.connect(app.quit)
    app.setProperty("signals", (heard, ring))

"""Keeps a long-lived child alive: engine, embedder, index. An exit is an event; it is followed by a new start, later
and later, and not for ever.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from app.domain.policy import Reason
from app.kernel.errors import Known
from app.kernel.log import logger
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import Exited, JobFailed
from app.sandbox.nursery import Launcher

LOG = logger(__name__)
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
RESTARTS = 5
"""In a row; one that lived for ``SETTLED_SECONDS`` starts the count anew."""
SETTLED_SECONDS = 60.0


async def nothing(_: Child) -> None:
    """Prepare nothing."""


class Supervised:
    """One long-lived child and those that follow it. Belongs to one event loop.

    Args:
        prepared: done with every new child before anybody else gets it: load the model, fill the index.
        on_exit: told of every end that was not asked for, also of a child that did not get through ``prepared``.
        first_pause: before the first restart; doubles each time.
    """

    def __init__(
        self,
        launcher: Launcher,
        confinement: Confinement,
        *,
        prepared: Callable[[Child], Awaitable[None]] = nothing,
        on_exit: Callable[[Exited], None] = lambda _: None,
        first_pause: float = FIRST_PAUSE_SECONDS,
    ) -> None:
        self._launcher = launcher
        self._confinement = confinement
        self._prepared = prepared
        self._on_exit = on_exit
        self._first_pause = first_pause
        self._current: asyncio.Future[Child] | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Whether a prepared child is there now."""
        now = self._current
        return bool(now and now.done() and not now.cancelled() and not now.exception() and now.result().alive)

    async def child(self) -> Child:
        """The current child, prepared; starts the first one, waits while one is on its way.

        Raises:
            Known: it could not be started, or ended too often in a row. The next call tries afresh.
        """
        if self._keeping is None or self._keeping.done():
            self._current = asyncio.get_running_loop().create_future()
            self._keeping = asyncio.create_task(self._keep(), name=f"carrel-{self._confinement.role}")
        assert self._current  # noqa: S101 - set together with the task
        return await asyncio.shield(self._current)

    async def close(self) -> None:
        """End the child and start no other."""
        keeping, self._keeping = self._keeping, None
        if keeping:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping
        if self._current and not self._current.done():
            self._current.cancel()
        self._current = None

    async def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            began = loop.time()
            try:
                ended = await self._one_life()
            except JobFailed as failure:
                if failure.ended is None:
                    self._give_up(failure)
                    return
                ended = failure.ended
            except Known as failure:
                self._give_up(failure)
                return
            LOG.warning("child %s ended: %s, code %d", self._confinement.role, ended.reason, ended.code)
            self._on_exit(ended)
            failures = 1 if loop.time() - began > SETTLED_SECONDS else failures + 1
            if failures > RESTARTS:
                self._give_up(_too_often(self._confinement.role, ended))
                return
            await asyncio.sleep(min(self._first_pause * 2 ** (failures - 1), LONGEST_PAUSE_SECONDS))

    async def _one_life(self) -> Exited:
        """Start, prepare, hand out, and wait for the end."""
        child = await self._launcher.start(self._confinement)
        try:
            await self._prepared(child)
            current = self._current
            if current and not current.done():
                current.set_result(child)
            ended = await asyncio.shield(child.exited)
        finally:
            if child.alive:
                await child.close()
        self._current = asyncio.get_running_loop().create_future()
        return ended

    def _give_up(self, failure: Known) -> None:
        if self._current and not self._current.done():
            self._current.set_exception(failure)
            self._current.exception()  # nobody may be waiting


def _too_often(role: str, ended: Exited) -> JobFailed:
    return JobFailed(
        ended.reason or Reason.CRASHED,
        f"The {role} stopped {RESTARTS + 1} times in a row and was left off.",
        "Try again; if it keeps stopping, run carrel doctor.",
        code="carrel.child.unstable",
        ended=ended,
    )

"""The launchers of Linux: bubblewrap around and locks inside, or what of the two this machine can give.

``Launcher`` is the port every backend implements. ``app.sandbox.check.open_launcher`` finds the tier of this machine by
trying it; a nursery has one tier for good and never takes a weaker one in its place.
"""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import os
import sys
from concurrent.futures import Future
from functools import cache
from pathlib import Path
from typing import Protocol

from app.domain.policy import Reason, Tier
from app.kernel.log import logger
from app.sandbox import bubblewrap, scratch
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import Exited, JobFailed, refused
from app.sandbox.keeper import Keeper
from app.sandbox.order import Order, check_input, prepare
from app.sandbox.runtime import find_runtime
from app.sandbox.tiers import HOLDS, WRAPPED, loose
from app.sandbox.verdict import DOCTOR, exited, explain, no_process
from app.sandbox.ward import Ward
from app.sandbox.warm import Warm

LOG = logger(__name__)
READY_SECONDS = 30.0
PIPE_LIMIT = 1 << 20


class Launcher(Protocol):
    """The port every confinement backend implements."""

    @property
    def tier(self) -> Tier:
        """What it gives, found by a live self-test."""

    async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:
        """A child that said READY. ``inputs`` are open, read-only descriptors it may use; they stay ours to close.

        Raises:
            JobFailed: refused, or it did not come up.
        """

    async def close(self) -> None:
        """End every child it started."""


class Nursery:
    """One tier, for every role.

    Args:
        tier: how to confine.
        bwrap: an absolute path; must be root's.
    """

    def __init__(self, bwrap: Path = bubblewrap.BUBBLEWRAP, tier: Tier = Tier.BUBBLEWRAP_LAUNCHER) -> None:
        self._bwrap = bwrap
        self._tier = tier
        self._keeper: Keeper | None = None
        self._children: set[Child] = set()
        self._broken: JobFailed | None = None
        self._proven = False
        self._warm = Warm(self.start_template, self._start)

    @property
    def tier(self) -> Tier:
        return self._tier if self._proven and not self._broken else Tier.NONE

    async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:
        await self._open(confinement)
        for descriptor in inputs:
            check_input(descriptor)
        if confinement.preload and self._tier is Tier.BUBBLEWRAP_LAUNCHER:
            child = await self._warm.start(confinement, inputs)
            if child:
                return child
        return await self._fresh(confinement, inputs)

    async def start_template(self, confinement: Confinement, sockets: tuple[int, ...]) -> Child:
        """A child that is locked but for the filter, so that it can fork: only for ``app.sandbox.template``."""
        return await self._fresh(confinement, sockets, filtered=False)

    async def close(self) -> None:
        self._warm.stop()
        await asyncio.gather(*(child.close() for child in list(self._children)))
        await self._warm.close()
        if self._keeper:
            await asyncio.to_thread(self._keeper.close)
            self._keeper = None

    async def _open(self, confinement: Confinement) -> Keeper:
        """The keeper, if this nursery may start such a child at all."""
        if sys.platform != "linux":
            raise refused("platform", "This confinement is for Linux.", "Run carrel doctor.")
        if self._broken:
            raise self._broken
        if confinement.needs - HOLDS[self._tier]:
            missing = ", ".join(sorted(confinement.needs - HOLDS[self._tier])).replace("_", " ")
            raise refused(
                "guarantee", f"This machine cannot promise what the {confinement.role} needs: {missing}.", DOCTOR
            )
        if self._keeper is None:
            self._keeper = Keeper()
            await asyncio.to_thread(_make_ready)
        return self._keeper

    async def _fresh(self, confinement: Confinement, inputs: tuple[int, ...], *, filtered: bool = True) -> Child:
        if self._tier in WRAPPED:
            bubblewrap.trusted(self._bwrap)
        with contextlib.ExitStack() as undo:
            try:
                order = prepare(self._tier, self._bwrap, find_runtime(), confinement, inputs, undo, filtered=filtered)
            except OSError as error:
                raise no_process(error) from None
            child, _ = await self._start(order, confinement, undo, filtered=filtered)
            return child

    async def _start(
        self, order: Order, confinement: Confinement, undo: contextlib.ExitStack, *, filtered: bool = True
    ) -> tuple[Child, Ward]:
        keeper = await self._open(confinement)
        child, ward = await self._spawn(keeper, order, confinement, undo)
        try:
            await self._come_up(child, filtered=filtered)
            child.pid = ward.pid or await asyncio.wrap_future(keeper.adopt(ward))
            if not child.pid and child.alive:
                raise refused("weigh", "The memory of a confined program cannot be watched here.", DOCTOR)
        except BaseException:
            child.kill(Reason.CANCELLED)
            raise
        LOG.info("child %s pid %d ready", confinement.role, child.pid)
        return child, ward

    async def _spawn(
        self, keeper: Keeper, order: Order, confinement: Confinement, undo: contextlib.ExitStack
    ) -> tuple[Child, Ward]:
        """A process with its pipes. What ``undo`` held belongs to others afterwards."""
        loop = asyncio.get_running_loop()
        over: asyncio.Future[Exited] = loop.create_future()

        def settle(ended: Exited) -> None:
            if not over.done():
                over.set_result(ended)

        def buried(ward: Ward) -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(settle, exited(ward))

        spawning = keeper.spawn(order.bear, order.given, confinement.limits, buried, order.scratch)
        undo.pop_all()
        receive = undo.enter_context(os.fdopen(order.receive, "rb", 0))
        send = undo.enter_context(os.fdopen(order.send, "wb", 0))
        try:
            ward = await asyncio.wrap_future(spawning)
        except asyncio.CancelledError:
            spawning.add_done_callback(_abandon)
            raise
        except OSError as error:
            raise no_process(error) from None
        undo.callback(ward.kill, Reason.CANCELLED)
        reader = asyncio.StreamReader(limit=PIPE_LIMIT)
        source, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), receive)
        undo.callback(source.close)
        sink, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, send)
        writer = asyncio.StreamWriter(sink, protocol, None, loop)
        child = Child(confinement.role, ward.birth.pid, reader, writer, over, ward.kill, confinement.limits)
        undo.pop_all()
        self._children.add(child)
        over.add_done_callback(lambda _: self._children.discard(child))
        # Of one that was ended nobody reads on; its pipe would stay open behind a flood.
        over.add_done_callback(lambda ended: source.close() if ended.result().reason else None)
        return child, ward

    async def _come_up(self, child: Child, *, filtered: bool) -> None:
        """READY, and every lock and canary in it as it must be."""
        try:
            ready = await child.handshake(READY_SECONDS)
        except JobFailed as failure:
            raise explain(failure) from None
        if wrong := loose(self._tier, ready, filtered=filtered):
            child.kill(Reason.REFUSED)
            self._broken = refused(
                "canary",
                f"The confinement of this machine does not hold ({', '.join(wrong)}), so nothing is opened.",
                "Run carrel sandbox check and report what it prints.",
            )
            raise self._broken
        self._proven = self._proven or filtered


def _abandon(born: Future[Ward]) -> None:
    """Nobody waits for this child any more."""
    if born.exception() is None:
        born.result().kill(Reason.CANCELLED)


@cache
def _make_ready() -> None:
    """Once, before the first child. Children never write bytecode; without it each would compile its worker anew."""
    scratch.sweep()
    if not getattr(sys, "frozen", False):
        compileall.compile_dir(Path(__file__).parents[1], quiet=2)

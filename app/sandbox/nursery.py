"""The launcher of Linux: bubblewrap around, locks inside. Nothing weaker is ever chosen in its place.

``Launcher`` is the port every backend implements. ``app.sandbox.check.open_launcher`` finds the one of this machine by
trying it.
"""

from __future__ import annotations

import asyncio
import compileall
import contextlib
import json
import os
import stat
import sys
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.domain.policy import Reason, Tier
from app.kernel.log import logger
from app.sandbox import bubblewrap
from app.sandbox.canaries import HELD
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import Exited, JobFailed, refused
from app.sandbox.entry import EXIT_MEMORY
from app.sandbox.keeper import Keeper, Ward
from app.sandbox.runtime import Runtime, find_runtime

LOG = logger(__name__)
READY_SECONDS = 30.0
DOCTOR = "Run carrel doctor; it says which part of the system is missing."
PIPE_LIMIT = 1 << 20
LOCKS = {"descriptors", "parent_death", "not_root", "no_new_privileges", "limits", "not_dumpable", "seccomp"}
SIGXCPU, SIGXFSZ = 24, 25
PARENT_INSIDE = 1
"""bubblewrap's own first process is the parent of the worker in its namespace."""


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
    """Tier "bubblewrap + launcher", for every role.

    Args:
        bwrap: an absolute path; must be root's.
    """

    def __init__(self, bwrap: Path = bubblewrap.BUBBLEWRAP) -> None:
        self._bwrap = bwrap
        self._keeper: Keeper | None = None
        self._children: set[Child] = set()
        self._broken: JobFailed | None = None
        self._proven = False

    @property
    def tier(self) -> Tier:
        return Tier.BUBBLEWRAP_LAUNCHER if self._proven and not self._broken else Tier.NONE

    async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:
        if sys.platform != "linux":
            raise refused("platform", "This system has no confinement that Carrel knows yet.", "Use Carrel on Linux.")
        if self._broken:
            raise self._broken
        bwrap = bubblewrap.trusted(self._bwrap)
        for descriptor in inputs:
            _check_input(descriptor)
        if self._keeper is None:
            self._keeper = Keeper()
            await asyncio.to_thread(_compile)
        child, ward = await self._spawn(self._keeper, bwrap, confinement, inputs)
        try:
            await self._come_up(child)
            child.pid = await asyncio.wrap_future(self._keeper.adopt(ward))
            if not child.pid and child.alive:
                raise refused("weigh", "The memory of a confined program cannot be watched here.", DOCTOR)
        except BaseException:
            child.kill(Reason.CANCELLED)
            raise
        LOG.info("child %s pid %d ready", confinement.role, child.pid)
        return child

    async def close(self) -> None:
        await asyncio.gather(*(child.close() for child in list(self._children)))
        if self._keeper:
            await asyncio.to_thread(self._keeper.close)
            self._keeper = None

    async def _spawn(
        self, keeper: Keeper, bwrap: Path, confinement: Confinement, inputs: tuple[int, ...]
    ) -> tuple[Child, Ward]:
        """A process with its pipes."""
        loop = asyncio.get_running_loop()
        exited: asyncio.Future[Exited] = loop.create_future()

        def settle(ended: Exited) -> None:
            if not exited.done():
                exited.set_result(ended)

        def buried(ward: Ward) -> None:
            with contextlib.suppress(RuntimeError):  # the loop may be closed by now
                loop.call_soon_threadsafe(settle, _exited(ward))

        with contextlib.ExitStack() as undo:
            try:
                order = _prepare(bwrap, find_runtime(), confinement, inputs, undo)
            except OSError as error:
                raise _no_process(error) from None
            spawning = keeper.spawn(order.command, order.given, confinement.limits, buried)
            undo.pop_all()
            receive = undo.enter_context(os.fdopen(order.receive, "rb", 0))
            send = undo.enter_context(os.fdopen(order.send, "wb", 0))
            try:
                ward = await asyncio.wrap_future(spawning)
            except asyncio.CancelledError:
                spawning.add_done_callback(_abandon)
                raise
            except OSError as error:
                raise _no_process(error) from None
            undo.callback(ward.kill, Reason.CANCELLED)
            reader = asyncio.StreamReader(limit=PIPE_LIMIT)
            source, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), receive)
            undo.callback(source.close)
            sink, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, send)
            writer = asyncio.StreamWriter(sink, protocol, None, loop)
            child = Child(confinement.role, ward.process.pid, reader, writer, exited, ward.kill, confinement.limits)
            undo.pop_all()
        self._children.add(child)
        exited.add_done_callback(lambda _: self._children.discard(child))
        return child, ward

    async def _come_up(self, child: Child) -> None:
        """READY, and every lock and canary in it as it must be."""
        try:
            ready = await child.handshake(READY_SECONDS)
        except JobFailed as failure:
            raise _explain(failure) from None
        if loose := _loose(ready):
            child.kill(Reason.REFUSED)
            self._broken = refused(
                "canary",
                f"The confinement of this machine does not hold ({', '.join(loose)}), so nothing is opened.",
                "Run carrel sandbox check and report what it prints.",
            )
            raise self._broken
        self._proven = True


@dataclass(frozen=True)
class _Order:
    """What the keeper needs to spawn a child, and our two ends of its pipes."""

    command: list[str]
    given: tuple[int, ...]
    receive: int
    send: int


def _prepare(
    bwrap: Path, runtime: Runtime, confinement: Confinement, inputs: tuple[int, ...], undo: contextlib.ExitStack
) -> _Order:
    """Pipes, plan and options; ``undo`` closes every descriptor made here."""

    def ours(*descriptors: int) -> tuple[int, ...]:
        for descriptor in descriptors:
            undo.callback(os.close, descriptor)
        return descriptors

    seen = bubblewrap.bounds(runtime, confinement)
    down_read, down_write = ours(*os.pipe())
    up_read, up_write = ours(*os.pipe())
    given = tuple(ours(os.dup(descriptor))[0] for descriptor in inputs)
    plan = _plan(runtime, confinement, seen, down_read, up_write, given) | {"secret": os.fspath(bwrap)}
    (plan_fd,) = ours(_memory("plan", json.dumps(plan).encode()))
    (words_fd,) = ours(_memory("words", bubblewrap.arguments(runtime, confinement, seen)))
    command = [os.fspath(bwrap), "--args", str(words_fd), "--", *runtime.command, str(plan_fd)]
    return _Order(command, (down_read, up_write, plan_fd, words_fd, *given), up_read, down_write)


def _no_process(error: OSError) -> JobFailed:
    return refused("spawn", f"No process could be started ({error.strerror}).", "Close some programs, then try again.")


def _abandon(born: Future[Ward]) -> None:
    """Nobody waits for this child any more."""
    if born.exception() is None:
        born.result().kill(Reason.CANCELLED)


def _loose(ready: dict[str, Any]) -> list[str]:
    """Canaries that were answered wrongly and locks that were not taken."""
    canaries, locks = ready.get("canaries", {}), set(ready.get("locks", ()))
    loose = sorted(name for name, good in HELD.items() if canaries.get(name, {}).get("answer") not in good)
    missing = sorted(LOCKS - locks)
    landlock = [] if any(name.startswith("landlock_") for name in locks) else ["landlock"]
    return [*loose, *missing, *landlock, *([] if ready.get("tier") == Tier.BUBBLEWRAP_LAUNCHER else ["tier"])]


def _plan(
    runtime: Runtime,
    confinement: Confinement,
    seen: bubblewrap.Bounds,
    receive: int,
    send: int,
    inputs: tuple[int, ...],
) -> dict[str, Any]:
    limits = confinement.limits
    return {
        "tier": Tier.BUBBLEWRAP_LAUNCHER,
        "worker": confinement.worker,
        "path": [os.fspath(path) for path in runtime.packages] if confinement.packages else [],
        "receive": receive,
        "send": send,
        "inputs": list(inputs),
        "parent": PARENT_INSIDE,
        "limits": {
            "address_space": limits.address_space_bytes,
            "cpu": limits.cpu_seconds,
            "file": limits.file_bytes,
            "open_files": limits.open_files,
        },
        "read": list(seen.read),
        "write": [bubblewrap.SCRATCH, *seen.write],
    }


def _memory(name: str, content: bytes) -> int:
    """A descriptor that reads ``content`` from its start."""
    descriptor = os.memfd_create(name)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _check_input(descriptor: int) -> None:
    """Only a regular file that was opened for reading goes in."""
    import fcntl  # noqa: PLC0415 - not on Windows

    regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    if not regular or fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
        raise refused(
            "input", "Only an ordinary file can be handed over.", "Choose a file rather than a folder or device."
        )


def _compile() -> None:
    """Children never write bytecode; without it each would compile its worker anew."""
    if not getattr(sys, "frozen", False):
        compileall.compile_dir(Path(__file__).parents[1], quiet=2)


def _exited(ward: Ward) -> Exited:
    """Bubblewrap answers 128 + signal for a child that a signal ended."""
    status = ward.process.returncode
    code = 128 - status if status > 128 else status
    reason = ward.reason
    if reason is None and code:
        over = ward.limits.cpu_seconds and ward.cpu_seconds >= ward.limits.cpu_seconds
        reason = {-SIGXCPU: Reason.CPU, -SIGXFSZ: Reason.DISK, EXIT_MEMORY: Reason.MEMORY}.get(code, Reason.CRASHED)
        if over and code == -9:
            reason = Reason.CPU
    return Exited(code, reason, ward.errors.text(), ward.output.text(), ward.peak)


def _explain(failure: JobFailed) -> JobFailed:
    """Why a child did not come up, in a sentence; bubblewrap says its reasons on stderr."""
    if failure.code == "carrel.sandbox.lock":
        return refused(
            "lock",
            f"A confined program could not be locked in ({failure.message}).",
            "Carrel needs Linux 6.2 or later with Landlock; run carrel doctor.",
        )
    said = failure.stderr.strip()
    if not said.startswith("bwrap:"):
        return failure
    if "nknown option" in said:
        return refused("bubblewrap", "The installed bubblewrap is too old.", "Update it to version 0.8 or later.")
    return refused(
        "namespaces",
        f"This system does not let bubblewrap confine a program ({said.removeprefix('bwrap:').strip()[:200]}).",
        "Install Carrel's package, which brings the permission bubblewrap needs, or ask your administrator.",
    )

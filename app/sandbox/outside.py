"""What the launchers of macOS and Windows share: start, watch, weigh, end. Written from documentation, untested there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psutil

from app.domain.policy import Limits, Reason, Tier
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import Exited, JobFailed, refused
from app.sandbox.frames import Kind, encode
from app.sandbox.runtime import find_runtime
from app.sandbox.tiers import HOLDS, loose

READY_SECONDS = 30.0
SAMPLE_SECONDS = 0.05


class Process(Protocol):
    """What a backend started."""

    pid: int

    def wait(self, timeout: float) -> int:
        """Its exit code.

        Raises:
            TimeoutError: it still runs.
        """

    def kill(self) -> None:
        """End it and everything it started."""


@dataclass(frozen=True)
class Started:
    """A process, the ends of its pipes that are ours, and how the child calls the end it sends on."""

    process: Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    send: int


class OutsideLauncher(ABC):
    """A launcher whose locks the system puts on before the child's first instruction."""

    TIER: Tier

    def __init__(self) -> None:
        self._proven = False
        self._broken: JobFailed | None = None
        self._children: set[Child] = set()

    @property
    def tier(self) -> Tier:
        return self.TIER if self._proven and not self._broken else Tier.NONE

    @abstractmethod
    async def _begin(self, confinement: Confinement, scratch: Path) -> Started:
        """The process, locked, its code not yet told anything.

        Raises:
            OSError: it could not be started.
            JobFailed: this system lacks a part.
        """

    async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:
        """As the port says. Open files cannot be handed in here yet."""
        if self._broken:
            raise self._broken
        if inputs or confinement.needs - HOLDS[self.TIER]:
            raise refused("guarantee", "This system cannot give what this needs.", "Use Carrel on Linux for it.")
        scratch = Path(tempfile.mkdtemp(prefix="carrel-job-"))
        secret = scratch.with_name(scratch.name + "-secret")
        secret.write_bytes(b"not handed over")
        try:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                return await self._prove(confinement, scratch, secret, listener.getsockname()[1])
        except JobFailed:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
        except OSError as error:
            shutil.rmtree(scratch, ignore_errors=True)
            raise refused("spawn", f"No process could be started ({error.strerror}).", "Run carrel doctor.") from None
        finally:
            secret.unlink(missing_ok=True)

    async def _prove(self, confinement: Confinement, scratch: Path, secret: Path, port: int) -> Child:
        started = await self._begin(confinement, scratch)
        loop = asyncio.get_running_loop()
        over: asyncio.Future[Exited] = loop.create_future()
        watch = _Watch(started.process, confinement.limits, scratch, over, loop)
        pid, limits = started.process.pid, confinement.limits
        child = Child(confinement.role, pid, started.reader, started.writer, over, watch.kill, limits)
        self._children.add(child)
        over.add_done_callback(lambda _: self._children.discard(child))
        watch.start()
        started.writer.write(encode(Kind.REQUEST, self._plan(confinement, scratch, secret, port, started.send)))
        ready = await child.handshake(READY_SECONDS)
        if wrong := loose(self.TIER, ready):
            child.kill(Reason.REFUSED)
            self._broken = refused(
                "canary",
                f"The confinement of this machine does not hold ({', '.join(wrong)}), so nothing is opened.",
                "Run carrel sandbox check and report what it prints.",
            )
            raise self._broken
        self._proven = True
        return child

    def _plan(self, confinement: Confinement, scratch: Path, secret: Path, port: int, send: int) -> dict[str, Any]:
        limits = confinement.limits
        packages = find_runtime().packages if confinement.packages else ()
        return {
            "id": 0,
            "tier": self.TIER,
            "worker": confinement.worker,
            "path": [os.fspath(path) for path in packages],
            "send": send,
            "limits": {"cpu": limits.cpu_seconds, "file": limits.file_bytes, "open_files": limits.open_files},
            "secret": os.fspath(secret),
            "stray": os.fspath(scratch.with_name(scratch.name + "-stray")),
            "port": port,
        }

    async def close(self) -> None:
        await asyncio.gather(*(child.close() for child in list(self._children)))


class _Watch(threading.Thread):
    """Weighs one process until it is gone."""

    def __init__(
        self,
        process: Process,
        limits: Limits,
        scratch: Path,
        over: asyncio.Future[Exited],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(name="carrel-watch", daemon=True)
        self._process = process
        self._limits = limits
        self._scratch = scratch
        self._over = over
        self._loop = loop
        self._reason: Reason | None = None

    def kill(self, reason: Reason) -> None:
        self._reason = self._reason or reason
        self._process.kill()

    def run(self) -> None:
        peak = 0
        while True:
            try:
                code = self._process.wait(SAMPLE_SECONDS)
                break
            except TimeoutError:
                with contextlib.suppress(psutil.Error):
                    resident = psutil.Process(self._process.pid).memory_info().rss
                    peak = max(peak, resident)
                    if resident > self._limits.resident_bytes:
                        self.kill(Reason.MEMORY)
        shutil.rmtree(self._scratch, ignore_errors=True)
        ended = Exited(code, self._reason or (Reason.CRASHED if code else None), peak_resident=peak)
        with contextlib.suppress(RuntimeError):  # the loop may be closed by now
            self._loop.call_soon_threadsafe(self._settle, ended)

    def _settle(self, ended: Exited) -> None:
        if not self._over.done():
            self._over.set_result(ended)


def environment(confinement: Confinement, scratch: Path) -> dict[str, str]:
    """Built from nothing, but for what Windows itself cannot do without."""
    own = {name: os.fspath(scratch) for name in ("HOME", "TMPDIR", "TEMP", "TMP")}
    system = {name: os.environ[name] for name in ("SYSTEMROOT",) if sys.platform == "win32"}
    return {**own, **system, "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1", **confinement.environment}

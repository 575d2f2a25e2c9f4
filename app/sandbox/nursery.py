"""Starts children from one long-lived thread: the parent-death signal of Linux follows the thread that spawned."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.domain.policy import Reason, Tier
from app.sandbox.child import Child, Exited

if TYPE_CHECKING:
    from app.sandbox.confinement import Confinement

ENTRY = Path(__file__).with_name("entry.py")
READY_SECONDS = 30.0
RING_BYTES = 64 * 1024


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
    """PROVISIONAL: spawns without locks. The sandbox room replaces this."""

    def __init__(self) -> None:
        self._spawner = ThreadPoolExecutor(1, "carrel-spawner")
        self._children: set[Child] = set()

    @property
    def tier(self) -> Tier:
        return Tier.NONE

    async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:
        loop = asyncio.get_running_loop()
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()
        plan = {
            "worker": confinement.worker,
            "path": [str(ENTRY.parents[2]), *([sysconfig.get_path("platlib")] if confinement.packages else [])],
            "receive": down_read,
            "send": up_write,
            "inputs": list(inputs),
        }
        command = [sys.executable, "-I", "-S", "-B", "-X", "utf8", str(ENTRY), json.dumps(plan)]

        def spawn() -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # noqa: S603 - fixed command
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(down_read, up_write, *inputs),
                env={"ORT_DISABLE_TELEMETRY": "1", **confinement.environment},
            )

        process = await loop.run_in_executor(self._spawner, spawn)
        os.close(down_read)
        os.close(up_write)
        reader = asyncio.StreamReader(limit=1 << 20)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(up_read, "rb", 0))
        transport, protocol = await loop.connect_write_pipe(
            lambda: asyncio.streams.FlowControlMixin(), os.fdopen(down_write, "wb", 0)
        )
        writer = asyncio.StreamWriter(transport, protocol, None, loop)
        exited: asyncio.Future[Exited] = loop.create_future()
        reasons: list[Reason] = []

        def kill(reason: Reason) -> None:
            reasons.append(reason)
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)

        def wait() -> None:
            ring: deque[bytes] = deque(maxlen=16)
            assert process.stdout
            while block := process.stdout.read1(RING_BYTES // 16):
                ring.append(block)
            code = process.wait()
            ended = Exited(code, reasons[0] if reasons else None, b"".join(ring).decode("utf-8", "replace"))
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(lambda: exited.done() or exited.set_result(ended))

        threading.Thread(target=wait, daemon=True, name=f"carrel-wait-{process.pid}").start()
        child = Child(confinement.role, process.pid, reader, writer, exited, kill, confinement.limits.output_bytes)
        self._children.add(child)
        exited.add_done_callback(lambda _: self._children.discard(child))
        await child.handshake(READY_SECONDS)
        return child

    async def close(self) -> None:
        for child in list(self._children):
            await child.close()
        self._spawner.shutdown(wait=False)

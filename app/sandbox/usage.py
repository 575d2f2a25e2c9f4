"""What a process uses, read from outside. Linux: ``/proc``, readable even for a child that is not dumpable."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


HELD = (b"VmRSS", b"VmSwap", b"VmPTE", b"HugetlbPages")
"""What a process keeps from others: in memory, swapped out, as page tables (which a terabyte of zeros fills), as huge pages."""
THREAD_BYTES = 24 * 1024
"""Of the kernel's own memory for each thread."""


@dataclass(frozen=True)
class Usage:
    """One sample.

    Attributes:
        resident: bytes it keeps now, mapped files included, and what the kernel keeps for it.
        peak: the most it ever had in memory, as the kernel counted it.
        cpu_seconds: user and system time of all its threads.
        threads: how many there are.
    """

    resident: int
    peak: int
    cpu_seconds: float
    threads: int


def sample(pid: int) -> Usage | None:
    """What ``pid`` uses, or None when it is gone."""
    try:
        status = _status(pid)
        fields = _read(f"{pid}/stat").rpartition(b")")[2].split()
        threads = int(status.get(b"Threads", b"1"))
        resident = sum(_bytes(status, name) for name in HELD) + threads * THREAD_BYTES
        return Usage(resident, _bytes(status, b"VmHWM"), (int(fields[11]) + int(fields[12])) / TICKS, threads)
    except (OSError, IndexError, ValueError):
        return None


def peak(pid: int) -> int:
    """The most bytes ``pid`` ever had in memory, 0 when it is gone."""
    try:
        return _bytes(_status(pid), b"VmHWM")
    except OSError:
        return 0


def entries(pid: int, folder: str) -> int:
    """How many files and folders there are where ``folder`` lies in the namespace of ``pid``, a file system of its own.

    An empty file fills none of its size and a kilobyte of the kernel's memory. 0 when ``pid`` is gone, or where the system
    does not let us look; then the kernel's own bound holds, an eighth of all memory.
    """
    try:
        found = os.statvfs(f"/proc/{pid}/root{folder}")
    except OSError:
        return 0
    return found.f_files - found.f_ffree


def _status(pid: int) -> dict[bytes, bytes]:
    """Name → first word of what the kernel says of the process.

    A first thread that has ended while others go on knows nothing of their memory any more: one of them is asked.
    """
    status = _words(f"{pid}/status")
    if b"VmRSS" in status:
        return status
    for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - read often
        with contextlib.suppress(OSError):
            other = _words(f"{pid}/task/{thread}/status")
            if b"VmRSS" in other:
                return other
    return status


def _words(name: str) -> dict[bytes, bytes]:
    pairs = (line.partition(b":") for line in _read(name).splitlines())
    return {key: value.split(None, 1)[0] for key, _, value in pairs if value.strip()}


def _bytes(status: dict[bytes, bytes], name: bytes) -> int:
    return int(status.get(name, b"0")) * 1024


def _read(name: str) -> bytes:
    with open(f"/proc/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - read often
        return file.read()


def children(pid: int) -> list[int]:
    """The processes ``pid`` started and has not yet taken leave of."""
    try:
        text = Path("/proc", str(pid), "task", str(pid), "children").read_text("ascii")
    except FileNotFoundError:  # gone, or a kernel without this file
        with contextlib.suppress(psutil.NoSuchProcess):
            return [one.pid for one in psutil.Process(pid).children()]
        return []
    return [int(word) for word in text.split()]


def inner_pid(pid: int) -> int:
    """What ``pid`` is called in its own namespace, 0 when it is gone."""
    try:
        status = Path("/proc", str(pid), "status").read_text("utf-8", "replace")
    except OSError:
        return 0
    return next((int(line.split()[-1]) for line in status.splitlines() if line.startswith("NSpid:")), 0)


def innermost(pid: int) -> int:
    """The last of a line of only children: the worker behind bubblewrap's two own processes."""
    while len(below := children(pid)) == 1:
        pid = below[0]
    return pid

"""What a process uses, read from outside. Linux: ``/proc``, readable even for a child that is not dumpable."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

import psutil

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


@dataclass(frozen=True)
class Usage:
    """One sample.

    Attributes:
        resident: bytes in memory now, mapped files included.
        peak: the most it ever was, as the kernel counted it.
        cpu_seconds: user and system time of all its threads.
    """

    resident: int
    peak: int
    cpu_seconds: float


def sample(pid: int) -> Usage | None:
    """What ``pid`` uses, or None when it is gone."""
    try:
        resident = int(_read(pid, "statm").split()[1]) * PAGE
        fields = _read(pid, "stat").rpartition(b")")[2].split()
        return Usage(resident, max(peak(pid), resident), (int(fields[11]) + int(fields[12])) / TICKS)
    except (OSError, IndexError):
        return None


def peak(pid: int) -> int:
    """The most bytes ``pid`` ever had in memory, 0 when it is gone."""
    try:
        status = _read(pid, "status")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith(b"VmHWM:")), 0)


def _read(pid: int, name: str) -> bytes:
    with open(f"/proc/{pid}/{name}", "rb", buffering=0) as file:  # noqa: PTH123 - read often
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

"""Harmless attempts at what the locks forbid, made by the child before it says READY. One that succeeds ends the session.

Each answers with the errno it met; ``ok`` is the answer of a lock that does not hold.
"""

from __future__ import annotations

import errno
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

HELD = {
    "network": ("EPERM",),
    "fork": ("EPERM",),
    "exec": ("EPERM",),
    "signal": ("EPERM",),
    "trace": ("EPERM",),
    "namespace": ("EPERM",),
    "keyring": ("EPERM",),
    "io_uring": ("EPERM",),
    "change_mode": ("EPERM",),
    "read_host_file": ("ENOENT", "EACCES"),
    "see_host_file": ("ENOENT",),
    "write_outside": ("EROFS", "EACCES"),
    "kernel_setting": ("EROFS", "EACCES"),
    "ungranted_device": ("EACCES",),
    "privileges": ("none",),
}
"""Canary → the answers that mean the lock holds, with every lock taken. One that is missing counts as broken."""

REFUSED = ("EPERM", "EACCES", "WSAEACCES")
HELD_FROM_OUTSIDE = dict.fromkeys(("network", "process", "read_host_file", "write_outside"), REFUSED)
"""The same where the system locks a child from outside."""

CLONE_NEWUSER = 0x10000000
AF_INET, SOCK_STREAM = 2, 1
LAST_STANDARD = 2
KEYCTL_GET_KEYRING_ID, SESSION_KEYRING = 0, -3
STATUS_BYTES = 16 * 1024


FOR_FILES = ("read_host_file", "see_host_file", "write_outside", "kernel_setting", "ungranted_device")
"""What holds without a filter; the others would do what they try."""


def sing(secret: str, scratch: str, stray: str, *, filtered: bool) -> dict[str, str]:
    """Every canary with its answer; where calls are not ``filtered``, those for files only.

    Args:
        secret: a file that exists on the host, that anybody may read, and that was not granted.
        scratch: the child's own folder; only the filter keeps it from changing its mode.
        stray: a name outside, where only the locks keep it from making a file.
    """
    from app.sandbox.syscalls import syscall  # noqa: PLC0415 - for Linux only; the parent reads the tables everywhere

    attempts: dict[str, Callable[[], object]] = {
        "network": lambda: syscall("socket", AF_INET, SOCK_STREAM, 0),
        "fork": _fork,
        "exec": lambda: os.execv("/proc/self/exe", ["canary"]),  # noqa: S606 - the point is that it fails
        "signal": lambda: os.kill(os.getppid(), 0),
        "trace": lambda: syscall("ptrace", 0, 0, 0, 0),
        "namespace": lambda: syscall("unshare", CLONE_NEWUSER),
        "keyring": lambda: syscall("keyctl", KEYCTL_GET_KEYRING_ID, SESSION_KEYRING, 0),
        "io_uring": lambda: syscall("io_uring_setup", 1, None),
        "change_mode": lambda: os.chmod(scratch, 0o700),  # noqa: PTH101
        "read_host_file": lambda: os.open(secret, os.O_RDONLY),
        "see_host_file": lambda: os.stat(secret),  # noqa: PTH116
        "write_outside": lambda: os.open(stray, os.O_WRONLY | os.O_CREAT, 0o600),
        "kernel_setting": lambda: os.open("/proc/sys/kernel/core_pattern", os.O_WRONLY),
        "ungranted_device": lambda: os.open("/dev/full", os.O_WRONLY),
    }
    if not filtered:
        return {name: _answer(attempts[name]) for name in FOR_FILES}
    return {name: _answer(attempt) for name, attempt in attempts.items()} | {"privileges": _privileges()}


def sing_outside(secret: str, stray: str, port: int) -> dict[str, str]:
    """Every canary of ``HELD_FROM_OUTSIDE``, with calls that every system has. On ``port`` of this machine we listen."""
    import socket  # noqa: PLC0415 - not needed where the filter forbids it
    import subprocess  # noqa: PLC0415

    attempts: dict[str, Callable[[], object]] = {
        "network": lambda: socket.create_connection(("127.0.0.1", port), 2).close(),
        "process": lambda: subprocess.run([sys.executable, "--version"], check=False),
        "read_host_file": lambda: os.open(secret, os.O_RDONLY),
        "write_outside": lambda: os.open(stray, os.O_WRONLY | os.O_CREAT, 0o600),
    }
    return {name: _answer(attempt) for name, attempt in attempts.items()}


def _answer(attempt: Callable[[], object]) -> str:
    try:
        opened = attempt()
        if isinstance(opened, int) and opened > LAST_STANDARD:
            os.close(opened)
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "ok"


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _privileges() -> str:
    """What the kernel lists: ``none``; ``bounding`` for capabilities that nobody without them can come by, since no new
    privileges are to be had; ``some`` for those in force, and for calls that are not filtered.
    """
    handle = os.open("/proc/self/status", os.O_RDONLY)  # open() imports a codec, which costs more than all canaries
    try:
        text = os.read(handle, STATUS_BYTES).decode("ascii", "replace")
    finally:
        os.close(handle)
    lines = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    empty = all(int(lines[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"))
    if not empty or lines["NoNewPrivs"] != "1" or lines["Seccomp"] != "2":
        return "some"
    return "none" if int(lines["CapBnd"], 16) == 0 else "bounding"

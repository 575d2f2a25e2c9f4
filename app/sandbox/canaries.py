"""Harmless attempts at what the locks forbid, made by the child before it says READY. One that succeeds ends the session.

Each answers with the errno it met; ``ok`` is the answer of a lock that does not hold.
"""

from __future__ import annotations

import errno
import os

from app.sandbox.syscalls import syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

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
    "ungranted_device": ("EACCES",),
    "privileges": ("none",),
}
"""Canary → the answers that mean the lock holds. One that is missing from an answer counts as broken."""

CLONE_NEWUSER = 0x10000000
AF_INET, SOCK_STREAM = 2, 1
KEYCTL_GET_KEYRING_ID, SESSION_KEYRING = 0, -3


def sing(secret: str) -> dict[str, dict[str, Any]]:
    """Every canary with its answer. ``secret`` is a file that exists on the host and was not granted."""
    attempts: dict[str, Callable[[], object]] = {
        "network": lambda: syscall("socket", AF_INET, SOCK_STREAM, 0),
        "fork": _fork,
        "exec": lambda: os.execv("/proc/self/exe", ["canary"]),  # noqa: S606 - the point is that it fails
        "signal": lambda: os.kill(os.getppid(), 0),
        "trace": lambda: syscall("ptrace", 0, 0, 0, 0),
        "namespace": lambda: syscall("unshare", CLONE_NEWUSER),
        "keyring": lambda: syscall("keyctl", KEYCTL_GET_KEYRING_ID, SESSION_KEYRING, 0),
        "io_uring": lambda: syscall("io_uring_setup", 1, None),
        "change_mode": lambda: os.chmod("/tmp", 0o700),  # noqa: S108, PTH101 - the child's own
        "read_host_file": lambda: os.open(secret, os.O_RDONLY),
        "see_host_file": lambda: os.stat(secret),  # noqa: PTH116
        "write_outside": lambda: os.open("/canary", os.O_WRONLY | os.O_CREAT, 0o600),
        "ungranted_device": lambda: os.open("/dev/full", os.O_WRONLY),
        "privileges": lambda: None,
    }
    answers = {name: _answer(attempt) for name, attempt in attempts.items() if name != "privileges"}
    answers["privileges"] = _privileges()
    return {name: {"answer": answer, "held": answer in HELD[name]} for name, answer in answers.items()}


def _answer(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "ok"


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _privileges() -> str:
    """Whether the kernel lists any: capabilities, gaining new ones, or calls that are not filtered."""
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - pathlib costs more than all canaries
        lines = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
    empty = all(int(lines[name], 16) == 0 for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"))
    return "none" if empty and lines["NoNewPrivs"] == "1" and lines["Seccomp"] == "2" else "some"

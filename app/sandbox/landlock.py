"""Landlock from inside the child: every right the kernel knows is taken away, then some are given back below some paths."""

from __future__ import annotations

import os
import stat
import struct

from app.sandbox.syscalls import syscall

OLDEST_ABI = 3
NEWEST_ABI = 10
FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15, 9: 1 << 16}
"""ABI → the file rights it added; 9 is the lookup of named sockets."""
NET_RIGHTS = {4: 0b11, 10: 0b1100}
"""ABI → the network rights it added: TCP bind and connect, then UDP."""
SCOPES = {6: 0b11}
"""Abstract sockets and signals."""

WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE = 1 << 13, 1 << 14
READ = READ_FILE | READ_DIR
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
ON_FILES = READ_FILE | WRITE_FILE | TRUNCATE

CREATE_VERSION = 1
RULE_PATH_BENEATH = 1

SYSTEM_READ = (
    *("/proc/self/fd", "/proc/self/maps", "/proc/self/stat", "/proc/self/statm", "/proc/self/status"),
    *("/proc/cpuinfo", "/proc/meminfo", "/dev/random", "/dev/urandom"),
)
"""Of ``/proc/self`` only this: sockets and mounts of the machine are listed there, where no namespace hides them. Not
``/dev/zero``, of which memory can be had that nobody weighs.
"""
SYSTEM_WRITE = ("/dev/null",)


class NoLandlockError(ValueError):
    """This kernel has none, has it switched off, or has one too old to be of use."""


def abi() -> int:
    """The version of Landlock this kernel speaks.

    Raises:
        NoLandlockError: none that is of use.
    """
    try:
        version = syscall("landlock_create_ruleset", None, 0, CREATE_VERSION)
    except OSError as error:
        raise NoLandlockError(f"Landlock: {error.strerror}") from None
    if version < OLDEST_ABI:
        raise NoLandlockError(f"Landlock ABI {version} is older than {OLDEST_ABI}")
    return version


def handled(version: int) -> tuple[bytes, int]:
    """The ruleset's attributes for an ABI, and how many of their bytes it knows.

    An ABI newer than ``NEWEST_ABI`` is asked for what the newest known one has. The kernel promises that a ruleset means
    the same on every later kernel; rights invented since simply stay unasked, as they were when they did not exist.
    """
    known = min(version, NEWEST_ABI)
    files, net, scopes = (
        sum(bits for since, bits in table.items() if since <= known) for table in (FILE_RIGHTS, NET_RIGHTS, SCOPES)
    )
    return struct.pack("=QQQ", files, net, scopes), 8 if known < 4 else 16 if known < 6 else 24


def restrict(read: list[str], write: list[str]) -> int:
    """Lock the process to ``read`` and ``write``; returns the kernel's ABI. Needs no-new-privileges.

    Raises:
        OSError: a path is missing or a call failed.
        NoLandlockError: none that is of use.
    """
    version = abi()
    packed, size = handled(version)
    ruleset = syscall("landlock_create_ruleset", packed, size, 0)
    try:
        for paths, rights in ((read, READ), (SYSTEM_READ, READ), (write, WRITE), (SYSTEM_WRITE, WRITE)):
            for path in paths:
                _allow(ruleset, path, rights)
        syscall("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    return version


def _allow(ruleset: int, path: str, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(handle).st_mode):
            rights &= ON_FILES
        syscall("landlock_add_rule", ruleset, RULE_PATH_BENEATH, struct.pack("=Qi", rights, handle), 0)
    finally:
        os.close(handle)

"""The few system calls Python has no function for. Child side: ctypes and os only."""

from __future__ import annotations

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long
_LIBC.syscall.argtypes = (ctypes.c_long, *(ctypes.c_void_p for _ in range(6)))
_LIBC.prctl.restype = ctypes.c_int

MACHINE = os.uname().machine
NUMBERS = {
    "x86_64": {"seccomp": 317, "ptrace": 101, "unshare": 272, "keyctl": 250, "socket": 41},
    "aarch64": {"seccomp": 277, "ptrace": 117, "unshare": 97, "keyctl": 219, "socket": 198},
}.get(MACHINE, {}) | {
    # the same on every architecture
    "io_uring_setup": 425,
    "clone3": 435,
    "close_range": 436,
    "landlock_create_ruleset": 444,
    "landlock_add_rule": 445,
    "landlock_restrict_self": 446,
}


def syscall(name: str, *arguments: int | bytes | None) -> int:
    """Call the kernel; ``None`` is a null pointer, bytes their address.

    Raises:
        OSError: with the errno and the name of the call.
        KeyError: this architecture is not known.
    """
    result: int = _LIBC.syscall(NUMBERS[name], *arguments, *(0,) * (6 - len(arguments)))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, first: int = 0) -> int:
    """``prctl`` with one argument.

    Raises:
        OSError: with the errno.
    """
    result: int = _LIBC.prctl(option, *(ctypes.c_ulong(value) for value in (first, 0, 0, 0)))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl {option}: {os.strerror(number)}")
    return result

"""The few system calls Python has no function for. Child side.

Built on what ctypes itself is built on: importing ctypes takes 4 ms, longer than all locks and canaries together.
"""

from __future__ import annotations

import _ctypes
import os


class _Long(_ctypes._SimpleCData):  # type: ignore[type-arg] # noqa: SLF001
    _type_ = "l"


class _Pointer(_ctypes._SimpleCData):  # type: ignore[type-arg] # noqa: SLF001
    """A number, bytes, or None for null."""

    _type_ = "P"


class _Function(_ctypes.CFuncPtr):
    _flags_ = _ctypes.FUNCFLAG_CDECL | _ctypes.FUNCFLAG_USE_ERRNO
    _restype_ = _Long


_SYSCALL = _Function(_ctypes.dlsym(_ctypes.dlopen(None, 0), "syscall"))  # type: ignore[arg-type] # None: this program
_SYSCALL.argtypes = (_Long, *(_Pointer for _ in range(6)))

MACHINE = os.uname().machine
NUMBERS = {
    "x86_64": {"seccomp": 317, "ptrace": 101, "unshare": 272, "keyctl": 250, "socket": 41, "prctl": 157},
    "aarch64": {"seccomp": 277, "ptrace": 117, "unshare": 97, "keyctl": 219, "socket": 198, "prctl": 167},
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
    result: int = _SYSCALL(NUMBERS[name], *arguments, *(0,) * (6 - len(arguments)))
    if result < 0:
        number = _ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


def prctl(option: int, first: int = 0) -> int:
    """``prctl`` with one argument.

    Raises:
        OSError: with the errno.
    """
    return syscall("prctl", option, first)

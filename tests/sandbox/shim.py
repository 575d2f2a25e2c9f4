"""A machine that lacks something, for one program: ``python shim.py [no-landlock] [no-namespaces] -- COMMAND…``.

A seccomp filter of its own answers as a kernel without that part would, for the program and all its children.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE, UNSHARE = {"x86_64": (56, 272), "aarch64": (220, 97)}[os.uname().machine]
CLONE3, LANDLOCK_CREATE_RULESET = 435, 444
NEWUSER = 0x10000000
LOAD, EQUAL, BITS, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER_AT, FIRST_ARGUMENT_AT = 0, 16
ALLOW, ANSWER = 0x7FFF0000, 0x00050000


def step(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)


def refuse(number: int, with_errno: int) -> list[bytes]:
    return [step(LOAD, NUMBER_AT), step(EQUAL, number, 0, 1), step(RETURN, ANSWER | with_errno)]


def refuse_user_namespaces(number: int) -> list[bytes]:
    """EPERM for the one flag, as a kernel that restricts it to privileged programs."""
    return [
        *(step(LOAD, NUMBER_AT), step(EQUAL, number, 0, 3), step(LOAD, FIRST_ARGUMENT_AT)),
        *(step(BITS, NEWUSER, 0, 1), step(RETURN, ANSWER | errno.EPERM)),
    ]


def lack(missing: list[str]) -> None:
    steps: list[bytes] = []
    if "no-landlock" in missing:
        steps += refuse(LANDLOCK_CREATE_RULESET, errno.ENOSYS)
    if "no-namespaces" in missing:
        steps += [*refuse_user_namespaces(CLONE), *refuse_user_namespaces(UNSHARE), *refuse(CLONE3, errno.ENOSYS)]
    code = ctypes.create_string_buffer(b"".join([*steps, step(RETURN, ALLOW)]))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(steps) + 1, ctypes.addressof(code)))
    if LIBC.prctl(38, 1, 0, 0, 0) or LIBC.prctl(22, 2, header, 0, 0):
        raise OSError(ctypes.get_errno(), "the shim")


if __name__ == "__main__":
    at = sys.argv.index("--")
    lack(sys.argv[1:at])
    os.execv(sys.argv[at + 1], sys.argv[at + 1 :])

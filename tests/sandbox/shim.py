"""A machine that lacks something, for one program: ``python shim.py [no-landlock] [no-namespaces] [no-uid-map] -- COMMAND…``.

A seccomp filter of its own answers as a kernel without that part would, for the program and all its children. A user
namespace that can be made and not filled, as AppArmor leaves it, is had by a Landlock layer that lets nothing in ``/proc``
be written.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE, UNSHARE = {"x86_64": (56, 272), "aarch64": (220, 97)}[os.uname().machine]
CLONE3 = 435
NEWUSER = 0x10000000
LOAD, EQUAL, BITS, RETURN = 0x20, 0x15, 0x45, 0x06
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
WRITE_FILE, PATH_BENEATH = 1 << 1, 1
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


def call(number: int, *arguments: object) -> int:
    answer: int = LIBC.syscall(ctypes.c_long(number), *arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "the shim")
    return answer


def refuse_writing_below_proc() -> None:
    ruleset = call(CREATE_RULESET, struct.pack("=Q", WRITE_FILE), ctypes.c_size_t(8), 0)
    for path in Path("/").iterdir():
        if path.name != "proc" and not path.is_symlink():
            handle = os.open(path, os.O_PATH)
            call(ADD_RULE, ruleset, PATH_BENEATH, struct.pack("=Qi", WRITE_FILE, handle), 0)
            os.close(handle)
    if LIBC.prctl(38, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "the shim")
    call(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def lack(missing: list[str]) -> None:
    steps: list[bytes] = []
    if "no-uid-map" in missing:
        refuse_writing_below_proc()
    if "no-landlock" in missing:
        steps += refuse(CREATE_RULESET, errno.ENOSYS)
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

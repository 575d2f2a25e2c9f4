"""The filter bytes: what the generator makes is what is committed, and what they say of a call, on both architectures."""

from __future__ import annotations

import errno
import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import pytest

from app.sandbox.filters import FILTERS
from tests.sandbox.conftest import EXPECTED

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7, "i386": 0x40000003}
ALLOW, KILL, ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
REFUSED = ERRNO | errno.EPERM
MISSING = ERRNO | errno.ENOSYS

NUMBERS = {
    "x86_64": {
        "read": 0, "openat": 257, "mmap": 9, "futex": 202, "epoll_ctl": 233, "eventfd2": 290, "exit_group": 231,
        "socket": 41, "connect": 42, "bind": 49, "sendmsg": 46, "sendmmsg": 307, "recvmsg": 47, "execve": 59,
        "execveat": 322, "fchmod": 91, "fchmodat": 268, "fchownat": 260, "utimensat": 280, "setxattr": 188,
        "linkat": 265, "symlinkat": 266, "mknodat": 259, "kill": 62, "tgkill": 234, "ptrace": 101, "mount": 165,
        "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272, "setns": 308, "bpf": 321, "keyctl": 250,
        "perf_event_open": 298, "userfaultfd": 323, "io_uring_setup": 425, "io_uring_enter": 426, "setuid": 105,
        "process_vm_readv": 310, "pidfd_open": 434, "pidfd_getfd": 438, "memfd_create": 319, "shmat": 30, "mq_open": 240,
        "personality": 135, "seccomp": 317, "landlock_restrict_self": 446, "open_tree": 428, "fsopen": 430,
        "clone": 56, "clone3": 435, "openat2": 437, "prlimit64": 302, "socketpair": 53, "sendto": 44, "ioctl": 16,
        "fcntl": 72, "prctl": 157,
    },
    "aarch64": {
        "read": 63, "openat": 56, "mmap": 222, "futex": 98, "epoll_ctl": 21, "eventfd2": 19, "exit_group": 94,
        "socket": 198, "connect": 203, "bind": 200, "sendmsg": 211, "sendmmsg": 269, "recvmsg": 212, "execve": 221,
        "execveat": 281, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "utimensat": 88, "setxattr": 5,
        "linkat": 37, "symlinkat": 36, "mknodat": 33, "kill": 129, "tgkill": 131, "ptrace": 117, "mount": 40,
        "umount2": 39, "pivot_root": 41, "chroot": 51, "unshare": 97, "setns": 268, "bpf": 280, "keyctl": 219,
        "perf_event_open": 241, "userfaultfd": 282, "io_uring_setup": 425, "io_uring_enter": 426, "setuid": 146,
        "process_vm_readv": 270, "pidfd_open": 434, "pidfd_getfd": 438, "memfd_create": 279, "shmat": 196, "mq_open": 180,
        "personality": 92, "seccomp": 277, "landlock_restrict_self": 446, "open_tree": 428, "fsopen": 430,
        "clone": 220, "clone3": 435, "openat2": 437, "prlimit64": 261, "socketpair": 199, "sendto": 206, "ioctl": 29,
        "fcntl": 25, "prctl": 167,
    },
}  # fmt: skip

OPEN = ("read", "openat", "mmap", "futex", "epoll_ctl", "eventfd2", "exit_group")
CONDITIONAL = ("clone", "prlimit64", "socketpair", "sendto", "ioctl", "fcntl", "prctl")
ABSENT = ("clone3", "openat2")

THREAD, FORK = 0x3D0F00, 17
CASES = (
    ("clone", (THREAD,), ALLOW),
    ("clone", (FORK,), REFUSED),
    ("clone", (THREAD | 0x10000000,), REFUSED),
    ("clone", (THREAD & ~0x10000,), REFUSED),
    ("clone", (THREAD | 1 << 40,), REFUSED),
    ("socketpair", (1, 1), ALLOW),
    ("socketpair", (1, 1 | 0o2004000), ALLOW),
    ("socketpair", (1, 2), REFUSED),
    ("socketpair", (2, 1), REFUSED),
    ("sendto", (3, 0, 0, 0, 0), ALLOW),
    ("sendto", (3, 0, 0, 0, 1), REFUSED),
    ("sendto", (3, 0, 0, 0, 1 << 32), REFUSED),
    ("prlimit64", (0, 7, 0), ALLOW),
    ("prlimit64", (0, 7, 1 << 33), REFUSED),
    ("prlimit64", (1, 7, 0), REFUSED),
    ("ioctl", (0, 0x5401), ALLOW),
    ("ioctl", (0, 0x5412), REFUSED),
    ("ioctl", (0, 0x5401 | 1 << 32), REFUSED),
    ("fcntl", (0, 3), ALLOW),
    ("fcntl", (0, 8), REFUSED),
    ("prctl", (15,), ALLOW),
    ("prctl", (4,), REFUSED),
    ("prctl", (22,), REFUSED),
)


def verdict(program: bytes, architecture: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would answer: classic BPF, as far as libseccomp writes it."""
    data = struct.pack("<iIQ6Q", number, architecture, 0, *(arguments + (0,) * 6)[:6])
    steps = list(struct.iter_unpack("<HBBI", program))
    at = accumulator = 0
    while True:
        code, yes, no, value = steps[at]
        at += 1
        match code:
            case 0x20:
                accumulator = struct.unpack_from("<I", data, value)[0]
            case 0x54:
                accumulator &= value
            case 0x05:
                at += value
            case 0x15:
                at += yes if accumulator == value else no
            case 0x25:
                at += yes if accumulator > value else no
            case 0x35:
                at += yes if accumulator >= value else no
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(f"instruction {code:#x}")


@pytest.mark.parametrize("name", FILTERS)
def test_what_is_allowed_is_allowed_and_all_else_is_not(name: str) -> None:
    program, architecture = FILTERS[name], ARCHITECTURES[name]
    for call, number in NUMBERS[name].items():
        if call not in CONDITIONAL:
            wanted = ALLOW if call in OPEN else MISSING if call in ABSENT else REFUSED
            assert verdict(program, architecture, number) == wanted, call


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize(("call", "arguments", "wanted"), CASES)
def test_conditions(name: str, call: str, arguments: tuple[int, ...], wanted: int) -> None:
    assert verdict(FILTERS[name], ARCHITECTURES[name], NUMBERS[name][call], arguments) == wanted


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("other", ARCHITECTURES)
def test_another_architecture_is_killed(name: str, other: str) -> None:
    assert (verdict(FILTERS[name], ARCHITECTURES[other], 0) == KILL) is (name != other)


def test_x32_is_killed() -> None:
    assert verdict(FILTERS["x86_64"], ARCHITECTURES["x86_64"], 0x40000000) == KILL


@pytest.mark.parametrize("name", FILTERS)
def test_a_call_nobody_knows_yet_is_refused(name: str) -> None:
    for number in range(450, 1024):
        assert verdict(FILTERS[name], ARCHITECTURES[name], number) == REFUSED


def test_the_committed_filters_are_those_of_the_generator() -> None:
    try:
        import pyseccomp  # type: ignore[import-untyped]  # noqa: F401
    except (ImportError, RuntimeError) as error:  # it is there, and libseccomp is not
        if EXPECTED:
            pytest.fail(f"the generator must run where tiers are expected: {error}")
        pytest.skip(f"the generator needs pyseccomp and libseccomp: {error}")
    generator = load(ROOT / "packaging" / "seccomp" / "generate.py")
    assert generator.render() == (ROOT / "app" / "sandbox" / "filters.py").read_text("utf-8")


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("seccomp_generate", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

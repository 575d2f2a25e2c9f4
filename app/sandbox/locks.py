"""The locks of a child, in their order: each is checked, and a failed one ends the child before any foreign code ran.

    descriptors → not root → parent death → no new privileges → limits → Landlock → not dumpable → seccomp → canaries

Seccomp comes last because it forbids the calls the others need. A child without bubblewrap leaves root by itself, before
it asks for the signal of its parent's death: the kernel forgets that wish when the user changes.
"""

from __future__ import annotations

import json
import os
import resource
import struct
from array import array

from app.sandbox import landlock
from app.sandbox.canaries import sing
from app.sandbox.filters import FILTERS
from app.sandbox.syscalls import MACHINE, prctl, syscall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLAN_KEYS = {
    *("tier", "worker", "path", "receive", "send", "inputs", "parent", "limits", "read", "write"),
    *("user", "landlock", "filter", "secret", "scratch", "stray"),
}
LIMIT_KEYS = {"address_space", "cpu", "file", "open_files", "processes"}

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_GET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 3, 38
PR_CAPBSET_DROP, LAST_CAPABILITY = 24, 63
SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC = 1, 1
SIGKILL = 9
LAST_DESCRIPTOR = 2**32 - 1


def read_plan(descriptor: int) -> dict[str, Any]:
    """The plan in ``descriptor``, which is closed.

    Raises:
        ValueError: a key too many or too few.
    """
    with open(descriptor, "rb") as file:
        return check_plan(json.loads(file.read()))


def check_plan(plan: dict[str, Any]) -> dict[str, Any]:
    """``plan`` itself.

    Raises:
        ValueError: a key too many or too few.
    """
    if plan.keys() != PLAN_KEYS or plan["limits"].keys() != LIMIT_KEYS:
        raise ValueError("a plan with unknown or missing keys")
    return plan


def lock(plan: dict[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Take every lock of the plan; returns their names and what the canaries met.

    Raises:
        OSError: the kernel refused a lock.
        ValueError: a lock would not mean what it says here.
        KeyError: an architecture without a filter.
    """
    _close_all_but({plan["receive"], plan["send"], *plan["inputs"]})
    if plan["user"] and os.geteuid() == 0:
        _become(plan["user"])
    _die_with(plan["parent"])
    if 0 in {os.getuid(), os.geteuid(), os.getgid(), os.getegid()}:
        raise ValueError("running as root")
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    _limit(plan["limits"])
    taken = ["descriptors", "not_root", "parent_death", "no_new_privileges", "limits"]
    if plan["landlock"]:
        taken += ["landlock", f"landlock_{landlock.restrict(plan['read'], plan['write'])}"]
    prctl(PR_SET_DUMPABLE, 0)
    if prctl(PR_GET_DUMPABLE) != 0:
        raise ValueError("still dumpable")
    taken.append("not_dumpable")
    if plan["filter"]:
        _filter_calls(FILTERS[MACHINE])
        taken.append("seccomp")
    return taken, sing(plan["secret"], plan["scratch"], plan["stray"], filtered=plan["filter"])


def _close_all_but(kept: set[int]) -> None:
    first = 3
    for descriptor in [*sorted(kept), LAST_DESCRIPTOR + 1]:
        if first < descriptor:
            syscall("close_range", first, descriptor - 1, 0)
        first = max(first, descriptor + 1)


def _become(user: int) -> None:
    """Another user and group for good, and no others."""
    for capability in range(LAST_CAPABILITY + 1):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:  # the kernel knows fewer; what is left over a canary sees
            break
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _die_with(parent: int) -> None:
    """The signal is asked for first: a parent that died before is then seen by the check."""
    prctl(PR_SET_PDEATHSIG, SIGKILL)
    if os.getppid() != parent:
        raise ValueError("the parent is gone")


def _limit(limits: dict[str, int]) -> None:
    """Soft and hard alike, but the processor time has a second between the signal and the kill."""
    seconds = limits["cpu"]
    wanted = {
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_FSIZE: (limits["file"], limits["file"]),
        resource.RLIMIT_NOFILE: (limits["open_files"], limits["open_files"]),
    }
    if limits["processes"]:
        wanted[resource.RLIMIT_NPROC] = (limits["processes"], limits["processes"])
    if limits["address_space"]:
        wanted[resource.RLIMIT_AS] = (limits["address_space"], limits["address_space"])
    if seconds:
        wanted[resource.RLIMIT_CPU] = (seconds, seconds + 1)
    for what, (soft, hard) in wanted.items():
        ceiling = resource.getrlimit(what)[1]
        if ceiling != resource.RLIM_INFINITY:
            soft, hard = min(soft, ceiling), min(hard, ceiling)  # noqa: PLW2901 - never above what we were given
        resource.setrlimit(what, (soft, hard))
        if resource.getrlimit(what) != (soft, hard):
            raise ValueError(f"limit {what} did not hold")


def _filter_calls(program: bytes) -> None:
    """Load classic BPF for all threads of the process."""
    code = array("B", program)
    header = struct.pack("@HP", len(program) // 8, code.buffer_info()[0])
    syscall("seccomp", SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, header)

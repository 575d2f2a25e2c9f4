"""strace around a command: what every process of it opened, and whether that reaches beyond this computer."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

WATCHED = "socket,connect,sendto,sendmsg,bind,openat,open,creat,mkdir,mkdirat"
INTERNET = re.compile(r"AF_INET6?\b|AF_PACKET|AF_VSOCK")


def strace() -> str:
    """Where it is; empty where it cannot be used. A machine that names its tiers (``.ci/run``) must have it."""
    found = shutil.which("strace")
    if found and subprocess.run([found, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0:
        return found
    if os.environ.get("CARREL_EXPECT_TIERS"):
        pytest.fail(f"strace {'may not trace here' if found else 'is not installed'}, and CARREL_EXPECT_TIERS is set")
    return ""


def around(found: str, trace: Path, *more: str) -> tuple[str, ...]:
    """Put before a command: calls that succeeded, of all its processes, told in ``trace``."""
    return (found, "-f", *more, "-z", "-qq", "--seccomp-bpf", "-o", str(trace), "-e", f"trace={WATCHED}")


def lines(trace: Path) -> list[str]:
    """What was told; it must be something."""
    said = trace.read_text(errors="replace").splitlines()
    assert any("openat" in line for line in said), "the trace is empty"
    return said


def beyond(trace: Path) -> list[str]:
    """Every call that names an address family which leads out of this computer."""
    return [line for line in lines(trace) if INTERNET.search(line)]

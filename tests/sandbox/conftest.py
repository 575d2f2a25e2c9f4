"""Run a piece of Python confined, and the same piece unconfined as its control."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest

from app.domain.policy import Limits, Reason, Tier
from app.sandbox.check import SandboxReport, check
from app.sandbox.child import Artifact
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed
from app.sandbox.nursery import Nursery
from app.sandbox.runtime import find_runtime

EXPECTED = [name for name in os.environ.get("CARREL_EXPECT_TIERS", "").split(",") if name]

PRELUDE = """
import errno, os, socket, stat, sys
def say(attempt):
    try:
        attempt()
    except OSError as error:
        print(errno.errorcode.get(error.errno, error.errno), flush=True)
    else:
        print("ok", flush=True)
def descriptors():
    found = []
    for number in range(3, 256):
        try:
            found.append((number, os.fstat(number).st_mode))
        except OSError:
            pass
    return found
"""


@dataclass(frozen=True)
class Run:
    """One piece of Python, run: what it printed, and what the sandbox says of its end."""

    lines: list[str]
    code: int
    stdout: str
    stderr: str
    reason: Reason | None = None
    artifacts: tuple[Artifact, ...] = ()
    pid: int = 0


BUILT = (Tier.BUBBLEWRAP_LAUNCHER, Tier.LAUNCHER, Tier.BUBBLEWRAP_SECCOMP)


@cache
def report(tier: Tier) -> SandboxReport:
    """The self-test of one tier, whichever this machine would choose."""

    async def run() -> SandboxReport:
        nursery = Nursery(tier=tier)
        try:
            return await check(nursery)
        finally:
            await nursery.close()

    return asyncio.run(run())


def private_runtime() -> bool:
    """Root's own interpreter, which the user that a child becomes without bubblewrap may not read."""
    ours = [*find_runtime().folders, *find_runtime().packages]
    return os.getuid() == 0 and not all(
        folder.stat().st_mode & stat.S_IXOTH for path in ours for folder in path.parents
    )


def demanded(tier: Tier) -> Tier:
    """``tier``; what is absent here skips by name, or fails if this machine must have it."""
    found = report(tier)
    if found.tier is Tier.NONE:
        if tier is Tier.LAUNCHER and private_runtime():
            pytest.skip("launcher: this interpreter is root's alone; test_as_user runs the cases with another")
        if tier in EXPECTED:
            pytest.fail(f"{tier} is expected here: {found.reason}")
        pytest.skip(f"{tier} is absent: {found.reason}")
    return tier


@pytest.fixture(scope="session")
def tier() -> Tier:
    """Bubblewrap and locks; absent and not expected is a skip that says why."""
    return demanded(Tier.BUBBLEWRAP_LAUNCHER)


@pytest.fixture(scope="session", params=BUILT, ids=[one.value for one in BUILT])
def each_tier(request: pytest.FixtureRequest) -> Tier:
    """Every tier there is, one after the other."""
    return demanded(Tier(request.param))


def run_in(tier: Tier, source: str, *, inputs: tuple[int, ...] = (), **fields: Any) -> Run:
    """``source`` as a script in a child of ``tier``; ``fields`` are those of its Confinement."""

    async def run() -> Run:
        nursery = Nursery(tier=tier)
        text = (PRELUDE + source).encode()
        grant = Confinement(**{"role": "tool", "worker": "app.sandbox.script_worker", **fields})
        pid = 0
        try:
            child = await nursery.start(grant, inputs)
            pid = child.pid
            try:
                reply = await child.conclude("run", {"script": len(text), "inputs": []}, [text])
            except JobFailed as failure:
                ended = await child.exited
                lines = ended.stdout.split("\n")[:-1]
                return Run(lines, ended.code, ended.stdout, ended.stderr, failure.reason, (), pid)
            ended = await child.exited
            lines = ended.stdout.split("\n")[:-1]
            return Run(lines, reply.result["exit"], ended.stdout, ended.stderr, None, tuple(reply.artifacts), pid)
        finally:
            await nursery.close()

    return asyncio.run(run())


@pytest.fixture
def confined(tier: Tier) -> Callable[..., Run]:
    """``confined(source, **fields of Confinement)``: run in a child of tier bubblewrap + launcher."""
    return partial(run_in, tier)


@pytest.fixture
def everywhere(each_tier: Tier) -> Callable[..., Run]:
    """The same in each tier, one after the other."""
    return partial(run_in, each_tier)


@cache
def run_unconfined(source: str) -> Run:
    """In a plain interpreter; the control of several tiers is run once."""
    command = [sys.executable, "-I", "-c", PRELUDE + source]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return Run(done.stdout.split("\n")[:-1], done.returncode, done.stdout, done.stderr)


@pytest.fixture
def unconfined() -> Callable[[str], Run]:
    """The control: the same source in a plain interpreter; what must fail inside has to work here."""
    return run_unconfined


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the host that is not handed over."""
    path = tmp_path / "secret.txt"
    path.write_text("the combination is 4711", encoding="utf-8")
    return path


def limits(**fields: Any) -> Limits:
    return Limits(**{"wall_seconds": 20.0, **fields})

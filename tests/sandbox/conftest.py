"""Run a piece of Python confined, and the same piece unconfined as its control."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.domain.policy import Limits, Reason, Tier
from app.sandbox.check import check
from app.sandbox.child import Artifact
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed
from app.sandbox.nursery import Nursery

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


@pytest.fixture(scope="session")
def tier() -> Tier:
    """The tier of this machine, by its self-test; absent and not expected is a skip that says why."""
    found = asyncio.run(check())
    if found.tier is Tier.NONE:
        if Tier.BUBBLEWRAP_LAUNCHER in EXPECTED:
            pytest.fail(f"bubblewrap+launcher is expected here: {found.reason}")
        pytest.skip(f"bubblewrap+launcher is absent: {found.reason}")
    return found.tier


@pytest.fixture
def confined(tier: Tier) -> Callable[..., Run]:
    """``confined(source, **fields of Confinement)``: run in a child of tier bubblewrap + launcher."""

    async def run(source: str, inputs: tuple[int, ...], fields: dict[str, Any]) -> Run:
        nursery = Nursery()
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

    def start(source: str, *, inputs: tuple[int, ...] = (), **fields: Any) -> Run:
        return asyncio.run(run(source, inputs, fields))

    return start


@pytest.fixture
def unconfined() -> Callable[[str], Run]:
    """The control: the same source in a plain interpreter; what must fail inside has to work here."""

    def start(source: str) -> Run:
        command = [sys.executable, "-I", "-c", PRELUDE + source]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        return Run(done.stdout.split("\n")[:-1], done.returncode, done.stdout, done.stderr)

    return start


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the host that is not handed over."""
    path = tmp_path / "secret.txt"
    path.write_text("the combination is 4711", encoding="utf-8")
    return path


def limits(**fields: Any) -> Limits:
    return Limits(**{"wall_seconds": 20.0, **fields})

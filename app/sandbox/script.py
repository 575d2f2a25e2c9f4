"""Run one Python script under the policy of tools, with copies of the files it was given."""

from __future__ import annotations

import asyncio
import os
import re
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from app.domain.base import Frozen
from app.domain.policy import Limits, Reason
from app.kernel.errors import Known
from app.sandbox.child import Artifact, Reply
from app.sandbox.confinement import Confinement
from app.sandbox.ending import Exited, JobFailed, failed
from app.sandbox.nursery import Launcher

TOOL_POLICY = Limits()
PIECE = 1 << 20
SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")
EXIT = TypeAdapter(Annotated[int, Field(strict=True, ge=-(2**31), lt=2**31)])


class ScriptOutcome(Frozen):
    """How a script ended.

    Attributes:
        outcome: ``done`` whatever its exit code, ``failed`` when the sandbox ended it or would not run it.
        reason: of a failure; the sentence for a person is in ``message``.
        exit: the script's exit code, negative for a signal; None if it never ran.
        stdout, stderr: the last 64 KB of each; untrusted.
        artifacts: the files it left in its working folder; none after a failure.
    """

    outcome: Literal["done", "failed"]
    reason: Reason | None = None
    message: str = ""
    hint: str = ""
    exit: int | None = None
    stdout: str = ""
    stderr: str = ""
    artifacts: tuple[Artifact, ...] = ()
    seconds: float = 0.0


async def run_script(
    launcher: Launcher, script: Path, read: tuple[Path, ...] = (), limits: Limits = TOOL_POLICY
) -> ScriptOutcome:
    """Run ``script``; ``sys.argv[1:]`` are the copies of ``read``, in order, under neutral names.

    Raises:
        Known: ``carrel.sandbox.input``, one of the files cannot be handed in.
    """
    source, *inputs = await asyncio.to_thread(lambda: [take(path, limits.scratch_bytes) for path in (script, *read)])
    names = [f"input-{number}{_suffix(path)}" for number, path in enumerate(read, 1)]
    fields = {"script": len(source), "inputs": [[name, len(data)] for name, data in zip(names, inputs, strict=True)]}
    confinement = Confinement(role="tool", worker="app.sandbox.script_worker", limits=limits)
    began = time.monotonic()
    try:
        child = await launcher.start(confinement)
        reply = await child.conclude("run", fields, _pieces([source, *inputs]))
        ended = await child.exited
        code = _exit_code(reply, ended)
    except JobFailed as failure:
        ended = failure.ended or Exited(0, failure.reason)
        return ScriptOutcome(
            outcome="failed",
            reason=failure.reason,
            message=failure.message,
            hint=failure.hint,
            exit=ended.code if failure.ended else None,
            stdout=ended.stdout,
            stderr=ended.stderr,
            seconds=time.monotonic() - began,
        )
    return ScriptOutcome(
        outcome="done",
        exit=code,
        stdout=ended.stdout,
        stderr=ended.stderr,
        artifacts=tuple(reply.artifacts),
        seconds=time.monotonic() - began,
    )


def take(path: Path, most: int, *, whole: bool = True) -> bytes:
    """The bytes of a plain file, or the first of them; a link, folder, pipe or device is refused.

    Raises:
        Known: ``carrel.sandbox.input``.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if stat.S_ISREG(status.st_mode) and (status.st_size <= most or not whole):
                data = file.read(most + 1)
                if len(data) <= most or not whole:
                    return data[:most]
    except OSError as error:
        raise bad_input(error.strerror or "it cannot be read") from None
    raise bad_input(f"it is not a plain file of at most {most // 2**20} MB")


def bad_input(why: str) -> Known:
    """Why a file is not handed in."""
    return Known(
        "carrel.sandbox.input",
        f"A file cannot be handed to the sandbox: {why}.",
        "Name an ordinary file, not a link to one.",
    )


def _suffix(path: Path) -> str:
    return path.suffix.lower() if SUFFIX.fullmatch(path.suffix) else ""


def _pieces(contents: list[bytes]) -> Iterator[bytes]:
    for content in contents:
        for start in range(0, len(content), PIECE):
            yield content[start : start + PIECE]


def _exit_code(reply: Reply, ended: Exited) -> int:
    """The code the script gave.

    Raises:
        JobFailed: ``protocol``; the script answered in the runner's place, and not well.
    """
    try:
        return EXIT.validate_python(reply.result.get("exit"))
    except ValidationError:
        raise failed("tool", Reason.PROTOCOL, ended) from None

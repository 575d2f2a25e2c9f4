"""The ways a process comes into being, and what its keeper needs of each. Called on the keeper's thread only."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Birth:
    """A new process.

    Attributes:
        pid: of the process whose end is the end of all of it.
        wrapped: bubblewrap is around the worker; else ``pid`` is the worker itself.
        output, errors: what it prints, for us to read.
        leave: takes leave of the dead process: its exit code, negative for a signal, and the processor time it spent.
    """

    pid: int
    wrapped: bool
    output: IO[bytes]
    errors: IO[bytes]
    leave: Callable[[], tuple[int, float]]


def execute(
    command: list[str], descriptors: tuple[int, ...], *, wrapped: bool, environment: dict[str, str], folder: Path | None
) -> Birth:
    """Start ``command`` with only ``descriptors`` open and nothing but ``environment``.

    Raises:
        OSError: it could not be started.
    """
    process = subprocess.Popen(  # noqa: S603 - an absolute path that was checked
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
        pass_fds=descriptors,
        env=environment,
        cwd=folder,
    )
    output, errors = process.stdout, process.stderr
    if output is None or errors is None:
        raise OSError("no pipes")

    def leave() -> tuple[int, float]:
        _, status, spent = os.wait4(process.pid, 0)
        process.returncode = code = os.waitstatus_to_exitcode(status)
        if wrapped and code > 128:  # bubblewrap answers 128 + signal for a child that a signal ended
            code = 128 - code
        return code, spent.ru_utime + spent.ru_stime

    return Birth(process.pid, wrapped, output, errors, leave)

"""One process on a home at a time. The lock ends with its process; the file that stays behind means nothing."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from datetime import UTC, datetime
from typing import IO

from pydantic import ValidationError

from app.domain.base import Frozen
from app.kernel.errors import Known
from app.kernel.paths import Home, private_folder

if sys.platform == "win32":
    import msvcrt

    FAR = 2**30  # a locked byte cannot be read there, so it lies beyond the text

    def _take(file: IO[bytes]) -> None:
        file.seek(FAR)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)

    _look = _take

else:
    import fcntl

    def _take(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _look(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)


TRIES = 6
PAUSE_SECONDS = 0.05
"""Whoever looks if a home is held holds it herself for a moment."""


class Holder(Frozen):
    """Who holds a home: the process, and since when."""

    pid: int
    started: datetime


class HomeLock:
    """Held from ``acquire`` to ``release``; usable as a context."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    @classmethod
    def acquire(cls, home: Home) -> HomeLock:
        """Take ``home`` for this process.

        Raises:
            Known: ``carrel.home.in_use``, naming the holder.
        """
        private_folder(home.root)
        file = _open(home)
        try:
            _take_patiently(file)
        except OSError as error:
            file.close()
            raise _in_use(_written(home)) from error
        with contextlib.suppress(OSError):  # on a full disk it is held all the same, only without a name
            file.truncate(0)
            os.write(file.fileno(), Holder(pid=os.getpid(), started=datetime.now(UTC)).model_dump_json().encode())
        return cls(file)

    def release(self) -> None:
        """Let the next one in."""
        if not self._file.closed:
            with contextlib.suppress(OSError):
                self._file.truncate(0)
            self._file.close()

    def __enter__(self) -> HomeLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def holder(home: Home) -> Holder | None:
    """Who holds ``home`` now; None if nobody does. Changes nothing, and several may look at once."""
    if not home.lock.exists():
        return None
    with _open(home) as file:
        try:
            _look(file)
        except OSError:
            return _written(home) or Holder(pid=0, started=datetime.fromtimestamp(0, UTC))
    return None


def _take_patiently(file: IO[bytes]) -> None:
    for _ in range(TRIES - 1):
        with contextlib.suppress(OSError):
            return _take(file)
        time.sleep(PAUSE_SECONDS)
    return _take(file)


def _open(home: Home) -> IO[bytes]:
    return os.fdopen(os.open(home.lock, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600), "r+b")


def _written(home: Home) -> Holder | None:
    try:
        return Holder.model_validate_json(home.lock.read_bytes())
    except (OSError, ValidationError):
        return None


def _in_use(by: Holder | None) -> Known:
    who = f" (process {by.pid}, since {by.started.astimezone():%Y-%m-%d %H:%M})" if by else ""
    return Known(
        "carrel.home.in_use",
        f"Carrel is already open on this home{who}.",
        "Use that window, or close it and do it again.",
        retryable=True,
    )

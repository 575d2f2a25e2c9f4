"""The private folder of a child that bubblewrap does not surround: in RAM, its own, weighed by us, gone with it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.sandbox.confinement import MOST_FILES
from app.sandbox.emptying import clear
from app.sandbox.ending import refused

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a private folder is made in it
NAME = re.compile(r"carrel-job-(\d+)-\w+")


@dataclass(frozen=True)
class Scratch:
    path: Path

    @property
    def stray(self) -> Path:
        """A name beside it where anybody may write; the child's canary must not be able to."""
        return self.path.with_name(self.path.name + "-stray")

    def over(self, most: int) -> bool:
        """Whether more than ``most`` bytes, or too many files, lie in it."""
        total, entries, waiting = 0, 0, [os.fspath(self.path)]
        while waiting and total <= most and entries <= MOST_FILES:
            with contextlib.suppress(OSError), os.scandir(waiting.pop()) as found:  # it changes while we look
                for entry in found:
                    entries += 1
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    with contextlib.suppress(OSError):
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entries > MOST_FILES:
                        break
        return total > most or entries > MOST_FILES

    def remove(self) -> None:
        """Its owner is dead: nobody changes it any more."""
        clear(os.fspath(self.path))
        with contextlib.suppress(OSError):
            self.path.rmdir()


def make(owner: int) -> Scratch:
    """A new one, readable by ``owner`` alone.

    Raises:
        JobFailed: ``carrel.sandbox.scratch``.
    """
    try:
        if not SHARED_MEMORY.stat().st_mode & stat.S_ISVTX:
            raise OSError("not a shared folder")
        path = Path(tempfile.mkdtemp(prefix=f"carrel-job-{os.getpid()}-", dir=SHARED_MEMORY))
        if owner != os.getuid():
            os.chown(path, owner, owner)
    except OSError:
        raise refused(
            "scratch",
            f"There is no folder in memory for short-lived files ({SHARED_MEMORY}).",
            "Ask your administrator; every usual Linux has one.",
        ) from None
    return Scratch(path)


def sweep() -> None:
    """Remove what programs left that were killed."""
    with contextlib.suppress(OSError):
        for path in SHARED_MEMORY.glob("carrel-job-*"):
            named = NAME.fullmatch(path.name)
            gone = named and not Path("/proc", named[1]).exists()
            if gone and not path.is_symlink() and path.is_dir():
                shutil.rmtree(path, ignore_errors=True)

"""A file on its way in: copied below the home first, then judged, so that what was judged is what is kept."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.models.bounded import amount

BLOCK = 4 * 2**20
SPARE_BYTES = 64 * 2**20
SUFFIX = ".incoming"
FICLONE = 0x40049409
FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class Stopped(Exception):  # noqa: N818 - an outcome, asked for by the person
    """Copying was stopped."""


@dataclass(frozen=True, slots=True)
class Staged:
    """A private copy, on the disk, read-only.

    Attributes:
        path: below the staging folder, under a random name.
        sha256: of its content.
    """

    path: Path
    sha256: str
    bytes: int

    def drop(self) -> None:
        discard(self.path)


def stage(source: Path, folder: Path, progress: Callable[[float], None], stop: threading.Event) -> Staged:
    """Copy ``source`` into ``folder`` and hash what was written. Blocks.

    The copy shares blocks with the source where the file system can. Nothing is left behind on failure.

    Raises:
        Known: ``carrel.model.unreadable``, ``carrel.disk.full``.
        Stopped: ``stop`` was set.
    """
    path = folder / (new_id() + SUFFIX)
    try:
        with _opened(source) as original, _created(path) as copy:
            sha256, count = _copy(original, copy, progress, stop)
            os.fsync(copy.fileno())
        path.chmod(0o400)
    except OSError as error:
        discard(path)
        raise (disk_full(folder) if error.errno in FULL else _unreadable(source)) from error
    except BaseException:
        discard(path)
        raise
    return Staged(path, sha256, count)


def _copy(original: FileIO, copy: FileIO, progress: Callable[[float], None], stop: threading.Event) -> tuple[str, int]:
    """Fill ``copy`` and hash it: by sharing blocks and reading them back, else block by block."""
    size = os.fstat(original.fileno()).st_size
    cloned = _clone(original.fileno(), copy.fileno())
    if not cloned:
        require_room(Path(os.fsdecode(copy.name)).parent, size)
    digest, count = hashlib.sha256(), 0
    while block := (copy if cloned else original).read(BLOCK):
        if stop.is_set():
            raise Stopped
        digest.update(block)
        rest = memoryview(b"" if cloned else block)
        while rest:
            rest = rest[copy.write(rest) :]
        count += len(block)
        progress(min(count / size, 1.0) if size else 1.0)
    return digest.hexdigest(), count


def adopt(path: Path, folder: Path, sha256: str) -> Staged:
    """Take over a file that already lies below the home and has been hashed, without copying it."""
    target = folder / (new_id() + SUFFIX)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    path.replace(target)
    target.chmod(0o400)
    return Staged(target, sha256, target.stat().st_size)


def sha256_of(path: Path) -> str:
    """Hash a whole file. Blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def discard(path: Path) -> None:
    """Remove a file that may be read-only or gone already."""
    with contextlib.suppress(FileNotFoundError):
        if sys.platform == "win32":
            path.chmod(0o600)
        path.unlink()


def sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, where folders can be synced."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_room(folder: Path, count: int) -> None:
    """Refuse before writing what the disk cannot hold.

    Raises:
        Known: ``carrel.disk.full``.
    """
    if shutil.disk_usage(folder).free < count + SPARE_BYTES:
        raise disk_full(folder, count)


def disk_full(folder: Path, count: int = 0) -> Known:
    what = f"The disk has no room for this model ({amount(count)})." if count else "The disk is full."
    return Known(
        "carrel.disk.full", what, f"Free some space on the disk that holds {folder.parent}, then add it again."
    )


def _created(path: Path) -> FileIO:
    return FileIO(path, "x+", opener=lambda name, flags: os.open(name, flags, 0o600))


def _opened(source: Path) -> FileIO:
    """An ordinary file, open for reading; a pipe or a device would block or never end."""
    try:
        file = FileIO(source, opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0)))
    except OSError as error:
        raise _unreadable(source) from error
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise _unreadable(source)
    return file


def _unreadable(source: Path) -> Known:
    return Known(
        "carrel.model.unreadable",
        f"{source.name} could not be read." if source.name else "The file could not be read.",
        "Choose a file that is there and that you may read.",
    )


def _clone(source: int, target: int) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - not on every system

    try:
        fcntl.ioctl(target, FICLONE, source)
    except OSError:
        return False
    return True

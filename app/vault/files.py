"""Small files that are whole or absent, whatever happens while they are written."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from app.kernel.ids import new_id


def write_whole(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, readable by its owner only; when this returns it survives a power cut."""
    partial = path.with_name(f"{path.name}.{new_id()}.partial")
    try:
        with open_new(partial) as file:
            file.write(data)
            sync_file(file)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    synced(path.parent)


def open_new(path: Path) -> IO[bytes]:
    """A file that was not there before, readable by its owner only, for writing."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def sync_file(file: IO[bytes]) -> None:
    """Put what was written to ``file`` on the disk."""
    file.flush()
    os.fsync(file.fileno())


def synced(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, where the system lets folders be synced."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

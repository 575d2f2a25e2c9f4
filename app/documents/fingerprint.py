"""A file as it was when it was opened: safely opened, measured, hashed."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.kernel.errors import Known

MOST_BYTES = 200 * 2**20
READ_BYTES = 4 * 2**20
AGAIN = "Check the file, then read it again."


@dataclass(frozen=True)
class Fingerprint:
    """What tells two states of a file apart.

    Attributes:
        modified: mtime, seconds since the epoch.
        sha256: of the content.
    """

    bytes: int
    modified: float
    sha256: str


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """A read-only descriptor of a regular file; links are not followed.

    Raises:
        Known: ``carrel.file.missing``, ``carrel.file.denied``, ``carrel.file.link``, ``carrel.file.irregular`` or
            ``carrel.file.size``.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if path.is_symlink():
        raise Known("carrel.file.link", "It is a link, and links are not followed.", "Add the file it points to.")
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise Known("carrel.file.missing", "The file is not there any more.", AGAIN) from None
    except PermissionError:
        raise Known("carrel.file.denied", "The file may not be read by you.", "Ask its owner for access.") from None
    except OSError:
        raise Known("carrel.file.unreadable", "The file could not be opened.", AGAIN, retryable=True) from None
    try:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise Known("carrel.file.irregular", "It is not a regular file.", "Add files and folders only.")
        if state.st_size > MOST_BYTES:
            raise Known(
                "carrel.file.size",
                f"It is larger than {MOST_BYTES // 2**20} MB ({state.st_size / 2**20:.0f} MB).",
                "Split it into smaller files.",
            )
        yield descriptor
    finally:
        os.close(descriptor)


def fingerprint(descriptor: int) -> Fingerprint:
    """Hash an open file; its offset is left alone.

    Raises:
        Known: ``carrel.file.changing`` when it is being written, ``carrel.file.unreadable`` when the disk fails.
    """
    digest = hashlib.sha256()
    try:
        before = os.fstat(descriptor)
        offset = 0
        while part := os.pread(descriptor, READ_BYTES, offset):
            digest.update(part)
            offset += len(part)
        after = os.fstat(descriptor)
    except OSError:
        raise Known("carrel.file.unreadable", "The file could not be read.", AGAIN, retryable=True) from None
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or offset != after.st_size:
        raise changing()
    return Fingerprint(offset, after.st_mtime, digest.hexdigest())


def still(descriptor: int, known: Fingerprint) -> bool:
    """Whether an open file has the size and time of ``known``."""
    state = os.fstat(descriptor)
    return (state.st_size, state.st_mtime) == (known.bytes, known.modified)


def changing() -> Known:
    return Known("carrel.file.changing", "The file was changed while it was read.", AGAIN, retryable=True)

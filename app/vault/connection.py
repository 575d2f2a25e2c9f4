"""One encrypted connection to ``carrel.db``, and what its failures mean."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from app.kernel.errors import Known

KEY_BYTES = 32
BUSY_MILLISECONDS = 10_000
WAL_LIMIT_BYTES = 64 * 2**20

# chacha20 carries a MAC on every page; aes256cbc carries none. The key goes in raw: it is already 32 random bytes.
SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA checkpoint_fullfsync = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA mmap_size = 0",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}",
)


def connect(path: Path, key: bytes, *, alone: bool = False) -> apsw.Connection:
    """Open ``path``, creating it if need be.

    Args:
        path: the file.
        key: 32 bytes.
        alone: keep the index of the write-ahead log in memory, where no second connection can share it: it needs no
            room on the disk.

    Raises:
        Known: ``carrel.vault.damaged``, ``carrel.disk.full`` or ``carrel.disk.failed``.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    with explained(path):
        path.touch(mode=0o600)
        connection = apsw.Connection(str(path))
        try:
            connection.set_busy_timeout(BUSY_MILLISECONDS)
            connection.execute("PRAGMA cipher = 'chacha20'").fetchall()
            connection.execute(f'PRAGMA key = "raw:{key.hex()}"').fetchall()
            if alone:
                connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            for setting in SETTINGS:
                connection.execute(setting).fetchall()
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what SQLite says about disk and damage into sentences; everything else passes as it is."""
    try:
        yield
    except apsw.FullError as error:
        raise disk_full(path) from error
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise damaged() from error
    except (apsw.IOError, apsw.CantOpenError) as error:
        raise io_failure(path, getattr(error, "extendedresult", 0)) from error
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(path) from error
        if error.errno in REFUSED:
            raise io_failure(path, 0) from error
        raise


FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO}


def disk_full(path: Path) -> Known:
    """The disk that holds ``path`` has no room."""
    return Known(
        "carrel.disk.full",
        "The disk is full: this was not saved, and nothing saved earlier is lost.",
        f"Free some space on the disk that holds {path.parent}, then do it again.",
        retryable=True,
    )


def damaged() -> Known:
    return Known(
        "carrel.vault.damaged",
        "The database is damaged or does not belong to this key.",
        "Put a copy from the snapshots folder, or from a backup, in place of carrel.db.",
    )


def io_failure(path: Path, extended_result: int) -> Known:
    """A failed read or write that is neither damage nor, as far as one can tell, lack of room."""
    if extended_result in NO_ROOM:
        return disk_full(path)
    return Known(
        "carrel.disk.failed",
        "The disk refused to read or write the database; nothing saved earlier is lost.",
        f"Check that {path.parent} is on a healthy disk and may be written by you.",
        retryable=True,
    )


# A limit on file size and a quota arrive as a failed write; a full disk also as shared memory that cannot grow.
NO_ROOM = {apsw.SQLITE_IOERR_WRITE, apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_TRUNCATE}

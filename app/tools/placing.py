"""Put one file into a folder exactly once, however often the program is killed on the way.

    prepare   the content lies beside the target under a name made from the key, on the disk
    (the caller notes: prepared)
    commit    one rename: a new name that must be free, or an exchange with the file it replaces
    (the caller notes: done)
    tidy      the part, or the replaced file under its name, is removed

After a kill between the two notes, what lies under the part's name tells whether the rename happened (``happened``).
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from app.domain.base import Frozen
from app.kernel.errors import Known
from app.tools import held

MOST_BYTES = 256 * 1024
RENAME_NOREPLACE, RENAME_EXCHANGE = 1, 2


class Placement(Frozen):
    """A file to be written, word for word.

    Attributes:
        folder: absolute, in the scope of the conversation when it was proposed.
        inode: of that folder then: another one in its place is not written to; 0 in proposals of before it was kept.
        content: text; the file is its UTF-8.
        before: what the file holds that is replaced; None when there is none.
    """

    version: Literal[1] = 1
    folder: str
    name: str = Field(pattern=r"^[^/\\.\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,119}$")
    content: str
    before: str | None = None
    inode: int = 0


class Placing:
    """The steps, on the real file system. ``key`` is the id of the proposal."""

    def planned(self, folder: str, name: str, content: str) -> Placement:
        """What writing ``content`` under ``name`` would do now.

        Raises:
            Known: ``carrel.tool.folder``; ``carrel.tool.target`` for a link, a device, or what is no short text.
        """
        with _opened(folder) as place:
            data, inode = _content(place, name), os.fstat(place).st_ino
        try:
            before = None if data is None else data.decode()
        except UnicodeDecodeError:
            raise _target("it is not text") from None
        return Placement(folder=folder, name=name, content=content, before=before, inode=inode)

    def prepare(self, placement: Placement, key: str) -> None:
        """Lay the content beside its target; what an earlier attempt left there is overwritten."""
        with _opened(placement.folder, placement.inode) as place:
            self._expect_before(placement, place)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(_part(key), dir_fd=place)
            flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(_part(key), flags, 0o666, dir_fd=place), "wb") as file:
                if placement.before is not None:
                    mode = os.stat(placement.name, dir_fd=place, follow_symlinks=False).st_mode
                    os.fchmod(file.fileno(), stat.S_IMODE(mode))
                file.write(placement.content.encode())
                file.flush()
                os.fsync(file.fileno())
            os.fsync(place)

    def commit(self, placement: Placement, key: str) -> None:
        """The one step that changes what the person sees.

        Raises:
            Known: ``carrel.tool.changed``: the folder is not as it was when this was proposed; nothing was changed.
        """
        with _opened(placement.folder, placement.inode) as place:
            if placement.before is None:
                _rename(place, _part(key), placement.name, RENAME_NOREPLACE)
            else:
                _rename(place, _part(key), placement.name, RENAME_EXCHANGE)
                if not _holds(place, _part(key), placement.before):
                    _rename(place, _part(key), placement.name, RENAME_EXCHANGE)
                    raise _changed()
            os.fsync(place)

    def happened(self, placement: Placement, key: str) -> bool:
        """Whether ``commit`` took effect, for a placement that was noted as prepared."""
        with _opened(placement.folder, placement.inode) as place:
            if not _there(place, _part(key)):
                return True
            if placement.before is None or _holds(place, _part(key), placement.content):
                return False
            if _holds(place, _part(key), placement.before):
                return True
            _rename(
                place, _part(key), placement.name, RENAME_EXCHANGE
            )  # killed before it could put a changed file back
            return False

    def tidy(self, placement: Placement, key: str) -> None:
        """Remove what lies under the part's name."""
        with contextlib.suppress(FileNotFoundError, Known), _opened(placement.folder, placement.inode) as place:
            os.unlink(_part(key), dir_fd=place)

    def _expect_before(self, placement: Placement, place: int) -> None:
        before = None if placement.before is None else placement.before.encode()
        if _content(place, placement.name) != before:
            raise _changed()


def _part(key: str) -> str:
    return f".carrel-{hashlib.sha256(key.encode()).hexdigest()[:24]}.part"


@contextlib.contextmanager
def _opened(folder: str, inode: int = 0) -> Iterator[int]:
    with held.opened(folder) as place:
        if inode and os.fstat(place).st_ino != inode:
            raise _changed()
        try:
            yield place
        except OSError as error:
            raise Known(
                "carrel.tool.write",
                f"The file cannot be written: {error.strerror}.",
                "Check the folder and the space left.",
            ) from None


def _there(place: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=place, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _content(place: int, name: str) -> bytes | None:
    try:
        return held.content(place, name, MOST_BYTES)
    except ValueError as why:
        raise _target(str(why)) from None


def _holds(place: int, name: str, text: str) -> bool:
    """Whether a plain file of that name holds that text; what is no plain file holds none."""
    try:
        return held.content(place, name, MOST_BYTES) == text.encode()
    except ValueError:
        return False


def _rename(place: int, source: str, target: str, flags: int) -> None:
    """``renameat2``: the only rename that never overwrites unseen. Where there is none, nothing is written."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if libc.renameat2(place, os.fsencode(source), place, os.fsencode(target), flags) == 0:
        return
    code = ctypes.get_errno()
    if code == errno.EEXIST or (code == errno.ENOENT and flags == RENAME_EXCHANGE):
        raise _changed()
    raise OSError(code, os.strerror(code))


def _target(why: str) -> Known:
    return Known("carrel.tool.target", f"The file that is there cannot be replaced: {why}.", "Choose another name.")


def _changed() -> Known:
    return Known(
        "carrel.tool.changed",
        "The folder is not as it was when this was proposed, so nothing was written.",
        "Propose it again to see what would change now.",
    )

"""A folder held open: its files are reached through it and never through a link, whatever is put in its place meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator

from app.kernel.errors import Known


@contextlib.contextmanager
def opened(folder: str) -> Iterator[int]:
    """A descriptor of ``folder``, which must be one and no link to one.

    Raises:
        Known: ``carrel.tool.folder``.
    """
    try:
        place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise Known(
            "carrel.tool.folder", f"The folder cannot be opened: {error.strerror}.", "Check that it is still there."
        ) from None
    try:
        yield place
    finally:
        os.close(place)


def content(place: int, name: str, most: int) -> bytes | None:
    """The bytes of a plain file in a folder that is held; None when there is none.

    Raises:
        ValueError: why it is not one that can be read: a link, a device, more than ``most`` bytes.
    """
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=place)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError("it is a link" if error.errno == errno.ELOOP else str(error.strerror)) from None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no plain file")
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is larger than {most // 1024} KB")
    return data

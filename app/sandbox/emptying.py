"""Empty a folder that a hostile program filled. Standard library only: the template uses it too."""

from __future__ import annotations

import os


def clear(folder: str) -> bool:
    """Empty ``folder``; whether it is empty now. Nobody may be changing it any more.

    No recursion and no long paths, however deep it is: folders are moved up, one level at a time, to names nobody
    could have guessed.
    """
    key, number = os.urandom(8).hex(), 0
    try:
        waiting = _unlink(folder)
        while waiting:
            inner = waiting.pop()
            for path in _unlink(inner):
                number += 1
                moved = f"{folder}/{key}-{number}"
                os.rename(path, moved)  # noqa: PTH104 - pathlib costs a child more than its locks
                waiting.append(moved)
            os.rmdir(inner)  # noqa: PTH106
        return not os.listdir(folder)  # noqa: PTH208
    except OSError:
        return False


def _unlink(folder: str) -> list[str]:
    """Remove every file of ``folder``; the folders that remain. One made without rights is given them first."""
    os.chmod(folder, 0o700)  # noqa: PTH101
    with os.scandir(folder) as found:
        entries = list(found)
    folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)  # noqa: PTH108
    return folders

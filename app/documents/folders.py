"""Which files lie below what a person points at: bounded, in order, no links, nothing hidden."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.kernel.errors import Known

MOST_FILES = 200_000
DEEPEST = 64
SYSTEM_NAMES = frozenset(
    {
        "$recycle.bin",
        "system volume information",
        "__pycache__",
        "node_modules",
        "__macosx",
        "lost+found",
        "thumbs.db",
        "desktop.ini",
    }
)
OFFICE_LOCK = "~$"


@dataclass(frozen=True, slots=True)
class Found:
    path: Path
    bytes: int


def files_below(paths: tuple[Path, ...]) -> list[Found]:
    """Every file to read, each once. A file that is named is taken whatever it is; folders are walked. Blocks.

    Raises:
        Known: ``carrel.file.missing`` for a path that is not there, ``carrel.folder.size`` for too many files.
    """
    found: dict[Path, Found] = {}
    for path in paths:
        absolute = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() would follow links
        if not os.path.lexists(absolute):
            raise Known("carrel.file.missing", f"There is nothing at {absolute}.", "Check the path.")
        for file in _walk(absolute) if absolute.is_dir() and not absolute.is_symlink() else [_named(absolute)]:
            found.setdefault(file.path, file)
            if len(found) > MOST_FILES:
                raise Known(
                    "carrel.folder.size",
                    f"There are more than {MOST_FILES:,} files below it.",
                    "Add its folders one by one.",
                )
    return list(found.values())


def _named(path: Path) -> Found:
    return Found(path, path.lstat().st_size)


def _walk(folder: Path) -> Iterator[Found]:
    """Depth first, by name; a folder that may not be read has no files."""
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            continue
        below: list[tuple[Path, int]] = []
        for entry in entries:
            if _unwanted(entry.name) or entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                if depth < DEEPEST:
                    below.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield Found(Path(entry.path), entry.stat(follow_symlinks=False).st_size)
        waiting += reversed(below)


def _unwanted(name: str) -> bool:
    return name.startswith((".", OFFICE_LOCK)) or name.lower() in SYSTEM_NAMES

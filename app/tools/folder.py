"""A tool as a folder that somebody hands us: ``manifest.json`` and Python files beside it, read once, bounded and checked.

Only these are taken: what lies in folders below, and files of other kinds, is not part of the tool. The digest covers every
byte that was taken, so that what the person saw is what runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.kernel.errors import Known
from app.sandbox.frames import ProtocolError, parse
from app.sandbox.script import take
from app.tools.manifest import MANIFEST, InstalledManifest, not_valid, read_installed

if TYPE_CHECKING:
    from app.domain.tool import ToolSpec

MANIFEST_BYTES = 64 * 1024
CODE_BYTES = 512 * 1024
"""Of all files together."""
MOST_FILES = 16
MOST_ENTRIES = 1_000
"""A folder with more is not a tool's."""


@dataclass(frozen=True)
class ToolFolder:
    """Attributes:
    sources: the Python files, by name without ``.py``.
    files: everything that was taken, word for word, by file name.
    digest: SHA-256 over ``files``.
    """

    manifest: InstalledManifest
    files: tuple[tuple[str, str], ...]

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        return tuple((name.removesuffix(".py"), text) for name, text in self.files if name != MANIFEST)

    @property
    def digest(self) -> str:
        return digest(self.files)

    @property
    def spec(self) -> ToolSpec:
        return self.manifest.spec.model_copy(update={"digest": self.digest})


def digest(files: tuple[tuple[str, str], ...]) -> str:
    """SHA-256 over names, lengths and contents, in the order of names."""
    running = hashlib.sha256()
    for name, text in sorted(files):
        data = text.encode()
        running.update(f"{name}\0{len(data)}\0".encode() + data)
    return running.hexdigest()


def read_folder(folder: Path) -> ToolFolder:
    """What lies there, if it is a tool. Blocks.

    Raises:
        Known: ``carrel.tool.folder_unfit``, ``carrel.tool.manifest``, ``carrel.sandbox.input`` for a link.
    """
    try:
        with os.scandir(folder) as found:
            names = [entry.name for _, entry in zip(range(MOST_ENTRIES), found, strict=False)]
    except OSError as error:
        raise _unfit(f"{folder} cannot be read: {error.strerror}") from None
    if MANIFEST not in names:
        raise _unfit(f"there is no {MANIFEST} in it")
    python = sorted(name for name in names if name.endswith(".py"))
    if len(python) > MOST_FILES:
        raise _unfit(f"it has more than {MOST_FILES} Python files")
    files = [(MANIFEST, _text(folder / MANIFEST, MANIFEST_BYTES))]
    left = CODE_BYTES
    for name in python:
        files.append((name, _text(folder / name, left)))
        left -= len(files[-1][1].encode())
    return checked(tuple(files))


def checked(files: tuple[tuple[str, str], ...]) -> ToolFolder:
    """The tool that ``files`` are. Raises as ``read_folder``; also for what was stored and does not hold any more."""
    untrusted_manifest = dict(files)[MANIFEST]
    try:
        parsed = parse(untrusted_manifest.encode())
    except ProtocolError as fault:
        raise not_valid(str(fault)) from None
    manifest = read_installed(json.dumps(parsed))
    modules = [name.removesuffix(".py") for name, _ in files if name != MANIFEST]
    for module in modules:
        if not module.isidentifier() or module in sys.stdlib_module_names or module == "app":
            raise _unfit(f"a file cannot be called {module}.py, for that name is taken")
    if manifest.code not in modules:
        raise _unfit(f"its manifest names {manifest.code}.py, which is not there")
    return ToolFolder(manifest, files)


def _text(path: Path, most: int) -> str:
    try:
        return take(path, most).decode()
    except UnicodeDecodeError:
        raise _unfit(f"{path.name} is not UTF-8 text") from None


def _unfit(why: str) -> Known:
    return Known(
        "carrel.tool.folder_unfit",
        f"The folder is not a tool: {why}.",
        f"A tool is a folder with {MANIFEST} and the Python file it names.",
    )

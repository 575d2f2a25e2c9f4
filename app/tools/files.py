"""Files a call may read: attached ones, those in the scope's folders, and documents of its collections, by plain name."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.policy import MIB
from app.kernel.errors import Known
from app.sandbox.script import bad_input, take
from app.tools import held
from app.tools.confined import Given as Given  # noqa: PLC0414 - part of this module's face
from app.tools.output import Cleaner

if TYPE_CHECKING:
    from app.domain.tool import Grant
    from app.tools.means import Documents

MOST_BYTES = 32 * MIB
BEGINNING_BYTES = 2048
BEGINNING_LINES = 3
LINE_CHARACTERS = 300
SEPARATORS = {".csv": ",", ".tsv": "\t"}
READABLE = frozenset({".csv", ".tsv", ".xlsx", ".json", ".txt", ".md"})
_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")


async def given(grant: Grant, documents: Documents | None, untrusted_names: list[str]) -> tuple[Given, ...]:
    """Copies of the named files. Links, devices and anything outside the grant are not there.

    Raises:
        Known: ``carrel.tool.no_file``, ``carrel.tool.file_kind``, ``carrel.tool.file_size``, ``carrel.sandbox.input``,
            ``carrel.tool.folder`` for a folder of the scope that is gone or a link now.
    """
    files: list[Given] = []
    left = MOST_BYTES
    for name in dict.fromkeys(untrusted_names):
        plain = _plain(name)
        path, data = await asyncio.to_thread(_read, await _places(grant, documents, plain), grant.folders, plain)
        left -= len(data)
        if left < 0:
            raise Known(
                "carrel.tool.file_size",
                f"The files are larger than {MOST_BYTES // MIB} MB together.",
                "Name fewer or smaller files.",
            )
        files.append(Given(path.name, data, str(path)))
    return tuple(files)


def named(grant: Grant, arguments: dict[str, Any]) -> list[str]:
    """The files that ``arguments`` list, and the attached ones that a program among them names: small models list none."""
    programs = [value for value in arguments.values() if isinstance(value, str)]
    attached = (Path(path).name for path in grant.files)
    return [
        *(arguments.get("files") or ()),
        *(name for name in attached if any(name in program for program in programs)),
    ]


def beginning(path: Path) -> str:
    """The first lines of a text file, cleaned and without secrets; empty for any other, and for what cannot be read. Blocks."""
    if path.suffix.lower() not in READABLE - {".xlsx"}:
        return ""
    try:
        text = take(path, BEGINNING_BYTES, whole=False).decode("utf-8-sig", "replace")
    except Known:
        return ""
    lines = text.splitlines()[:BEGINNING_LINES]
    separator = SEPARATORS.get(path.suffix.lower())
    clean = Cleaner().table(lines, separator) if separator else Cleaner().text("\n".join(lines))
    return "\n".join(line[:LINE_CHARACTERS] for line in clean.splitlines())


def _plain(untrusted_name: str) -> str:
    """A file name without a path; a path keeps only its end, for a model likes to write folders it has seen."""
    name = untrusted_name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise _missing(name)
    if Path(name).suffix.lower() not in READABLE:
        raise Known(
            "carrel.tool.file_kind",
            f"{name} is not a file that programs are given.",
            f"They are given {', '.join(sorted(suffix.lstrip('.') for suffix in READABLE))}.",
        )
    return name


async def _places(grant: Grant, documents: Documents | None, name: str) -> list[Path]:
    """Where a file of that name may lie, attached files first."""
    attached = [Path(path) for path in grant.files if Path(path).name == name]
    known = [] if documents is None else (await documents.list(name, 50))[0]
    read = [Path(source.path) for source in known if source.name == name]
    return [*attached, *read]


def _read(places: list[Path], folders: tuple[str, ...], name: str) -> tuple[Path, bytes]:
    for path in places:
        if os.path.lexists(path):
            return path, take(path, MOST_BYTES)
    for folder in folders:  # last, for anybody can put a file there
        with held.opened(folder) as place:
            try:
                data = held.content(place, name, MOST_BYTES)
            except ValueError as why:
                raise bad_input(str(why)) from None
        if data is not None:
            return Path(folder, name), data
    raise _missing(name)


def _missing(name: str) -> Known:
    return Known(
        "carrel.tool.no_file",
        f"There is no file {name[:100]} in this conversation.",
        "Attach it, or use a name that list_documents gives.",
    )

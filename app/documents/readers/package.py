"""Zip packages of XML parts (Office Open XML and its kin), opened against an expansion budget, DTDs refused."""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
import zlib
from typing import NamedTuple, Protocol
from xml.parsers import expat

from app.documents.readers.draft import FAILED, NEEDS_PASSWORD, REFUSED, Unreadable

PART_BYTES = 64 * 2**20
TOTAL_BYTES = 128 * 2**20
MOST_MEMBERS = 5000
DEEPEST = 256


class Relation(NamedTuple):
    target: str
    kind: str
    external: bool


class Handler(Protocol):
    """Receives one part's elements; names and attributes come without their namespace."""

    def start(self, name: str, attributes: dict[str, str], /) -> None: ...

    def end(self, name: str, /) -> None: ...

    def text(self, data: str, /) -> None: ...


class Package:
    """An open zip. Reading stops at ``PART_BYTES`` a part and ``TOTAL_BYTES`` in all, whatever its headers say.

    Raises:
        Unreadable: not a zip, or too many members.
    """

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError, OSError):
            raise Unreadable(FAILED, "The file is damaged: its package cannot be opened.") from None
        self.names = frozenset(self._zip.namelist())
        if len(self.names) > MOST_MEMBERS:
            raise Unreadable(REFUSED, f"It packs more than {MOST_MEMBERS:,} files.")
        self._spent = 0

    def part(self, name: str) -> bytes | None:
        """The bytes of one part, None if there is none of that name."""
        if name not in self.names:
            return None
        entry = self._zip.getinfo(name)
        if entry.flag_bits & 1:
            raise Unreadable(NEEDS_PASSWORD, "It is protected by a password.")
        try:
            with self._zip.open(entry) as opened:
                data = opened.read(PART_BYTES + 1)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, zlib.error, OSError, ValueError, struct.error):
            raise Unreadable(FAILED, "The file is damaged: a part of it cannot be unpacked.") from None
        self._spent += len(data)
        if len(data) > PART_BYTES or self._spent > TOTAL_BYTES:
            raise Unreadable(REFUSED, f"It expands to more than {TOTAL_BYTES // 2**20} MB.")
        return data

    def relations(self, part: str) -> dict[str, Relation]:
        """Relations of a part by id; the empty name is the package itself."""
        folder, _, name = part.rpartition("/")
        data = self.part(posixpath.join(folder, "_rels", f"{name}.rels"))
        collected = _Relations(folder)
        if data:
            walk(data, collected)
        return collected.found


class _Relations:
    def __init__(self, folder: str) -> None:
        self.found: dict[str, Relation] = {}
        self._folder = folder

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship":
            return
        external = attributes.get("TargetMode") == "External"
        target = attributes.get("Target", "")
        if not external:
            target = posixpath.normpath(posixpath.join("/", self._folder, target)).lstrip("/")
        kind = attributes.get("Type", "").rsplit("/", 1)[-1]
        self.found[attributes.get("Id", "")] = Relation(target, kind, external)

    def end(self, name: str) -> None:
        pass

    def text(self, data: str) -> None:
        pass


def walk(data: bytes, handler: Handler) -> None:
    """Send the elements of one XML part to ``handler``.

    Raises:
        Unreadable: a DTD or an entity, nesting beyond ``DEEPEST``, or no XML.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Unreadable(REFUSED, f"Its parts are nested deeper than {DEEPEST}.")
        handler.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_local(name))

    def refuse(*_: object) -> None:
        raise Unreadable(REFUSED, "It declares a DTD, which a document of this kind never needs.")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError:
        raise Unreadable(FAILED, "The file is damaged: a part of it is not well formed.") from None


def _local(name: str) -> str:
    return name.rsplit(" ", 1)[-1]

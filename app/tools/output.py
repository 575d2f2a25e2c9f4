"""What a tool returned, made fit to be shown, stored and read by a model: secrets out, controls out, bounded.

Delimiting it and breaking template markers is the prompt's part (``app.chat.prompts``): what is stored stays readable.
"""

from __future__ import annotations

import csv
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from app.domain import unseen
from app.tools.redaction import (
    ASSIGNED,
    LONGEST_KEY,
    covered,
    named_secret,
    redacted,
    removed,
    secret_places,
    whole_keys,
)

MOST_CHARACTERS = 40_000
"""Of all text in one result."""
MOST_OF_NAMES = 4_000
"""Of names of fields, once the texts are cut."""
MOST_SIDE = 6_000
"""Pixels of a picture's side that a window can be asked to draw."""
UNTYPED = "application/octet-stream"
MEDIA_TYPES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".txt": "text/plain",
    ".md": "text/markdown",
}
CUT = "(The rest was cut.)"
_CONTROLS = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|"
    f"[{unseen.CONTROLS}{unseen.TURNING}{unseen.HIDDEN}{unseen.JOINING}]"
)
"""Terminal sequences whole; then controls, what is invisible, and what turns the direction of text."""
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass
class Cleaner:
    """One result being cleaned.

    Attributes:
        removed: secrets taken out so far.
    """

    removed: int = 0
    _room: int = MOST_CHARACTERS

    def value(self, untrusted: Any, name: str = "", heads: tuple[str, ...] = ()) -> Any:
        """The same JSON value with clean texts; texts beyond the room are cut and say so.

        Args:
            name: what it stands under, a field or the head of a column: a secret can be told by it alone.
            heads: of the columns, where it is the rows of a table.
        """
        if isinstance(untrusted, str):
            return self.text(self._unnamed(name, untrusted))
        if isinstance(untrusted, dict):
            columns = untrusted.get("columns")
            heads = tuple(map(str, columns)) if isinstance(columns, list) else ()
            return {
                self._key(key): self.value(item, key, heads if key == "rows" else ())
                for key, item in untrusted.items()
                if self._room > -MOST_OF_NAMES
            }
        if isinstance(untrusted, list):
            return self._list(untrusted, repeat(name), heads)
        return untrusted

    def _list(self, untrusted: list[Any], names: Iterable[str], heads: tuple[str, ...] = ()) -> list[Any]:
        if all(isinstance(item, str) for item in untrusted):
            untrusted, found = whole_keys(list(_first(untrusted, max(self._room, 0))))
            self.removed += found
        kept = []
        for item, name in zip(untrusted, names, strict=False):
            if self._room <= 0:
                break
            self._room -= 2
            row = heads and isinstance(item, list)
            kept.append(self._list(item, chain(heads, repeat(""))) if row else self.value(item, name))
        return kept

    def _unnamed(self, name: str, untrusted: str) -> str:
        secret = named_secret(name, untrusted) if name else ""
        self.removed += bool(secret)
        return untrusted.replace(secret, removed(ASSIGNED)) if secret else untrusted

    def table(self, untrusted_lines: list[str], separator: str) -> str:
        """Lines of a text table, the first with the heads of its columns."""
        heads, *rows = [next(csv.reader([line], delimiter=separator), []) for line in untrusted_lines] or [[]]
        for at, row in enumerate(rows, 1):
            for head, cell in zip(heads, row, strict=False):
                untrusted_lines[at] = untrusted_lines[at].replace(cell, self._unnamed(head, cell) or cell)
        return self.text("\n".join(untrusted_lines))

    def part(self, text: str, start: int, end: int) -> str:
        """A part of a document, its secrets covered even where they reach beyond it."""
        places = secret_places(text, start, end)
        self.removed += len(places)
        return covered(text, places)[start:end]

    def _key(self, untrusted: str) -> str:
        clean, found = redacted(_CONTROLS.sub("", untrusted[:200]))
        self.removed += found
        self._room -= len(clean) + 2
        return clean

    def text(self, untrusted: str) -> str:
        """One text; it is cut before a secret, never within one."""
        if not untrusted:
            return untrusted
        room = max(self._room, 0)
        whole = len(untrusted) <= room
        clean, found = redacted(_CONTROLS.sub("", untrusted if whole else _cut(untrusted, room)))
        self.removed += found
        if not whole:
            clean = f"{clean} {CUT}".strip()
        self._room -= len(clean)
        return clean


def _first(untrusted: list[str], room: int) -> Iterator[str]:
    """So many of them as can be shown, the last perhaps in part; each counts two more than its length."""
    for text in untrusted:
        if room <= 0:
            return
        yield text
        room -= len(text) + 2


def _cut(untrusted: str, room: int) -> str:
    places = secret_places(untrusted, max(0, room - LONGEST_KEY), room)
    return untrusted[: places[-1].start if places and places[-1].end == room else room]


def media_type(untrusted_name: str, data: bytes) -> str:
    """What ``data`` is, by its bytes first; a picture only when a window can draw it."""
    if data.startswith(_PNG):
        return "image/png" if _drawable(data) else UNTYPED
    dot = untrusted_name.rfind(".")
    known = MEDIA_TYPES.get(untrusted_name[dot:].lower(), UNTYPED) if dot >= 0 else UNTYPED
    if known == UNTYPED or b"\0" in data:
        return UNTYPED
    try:
        data.decode()
    except UnicodeDecodeError:
        return UNTYPED
    return known


def _drawable(data: bytes) -> bool:
    if len(data) < 33 or data[12:16] != b"IHDR":
        return False
    width, height = (int(side) for side in struct.unpack(">II", data[16:24]))
    return 0 < width <= MOST_SIDE and 0 < height <= MOST_SIDE


def display_name(untrusted_name: str) -> str:
    """A file name to show and to offer for saving: no path, no controls, not hidden, at most 80 characters."""
    name = re.sub(r"[/\\:*?\"<>|]", "_", _CONTROLS.sub("", untrusted_name)).strip(" .")
    if len(name) > 80:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem[: 79 - len(suffix)]}.{suffix}" if dot and len(suffix) <= 8 else name[:80]
    return name or "file"

"""What a tool returned, made fit to be shown, stored and read by a model: secrets out, controls out, bounded.

Delimiting it and breaking template markers is the prompt's part (``app.chat.prompts``): what is stored stays readable.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import Any

from app.domain import unseen
from app.tools.redaction import covered, redacted, secret_places

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

    def value(self, untrusted: Any) -> Any:
        """The same JSON value with clean texts; texts beyond the room are cut and say so."""
        if isinstance(untrusted, str):
            return self.text(untrusted)
        if isinstance(untrusted, dict):
            return {self._key(key): self.value(item) for key, item in untrusted.items() if self._room > -MOST_OF_NAMES}
        if isinstance(untrusted, list):
            kept = []
            for item in untrusted:
                if self._room <= 0:
                    break
                self._room -= 2
                kept.append(self.value(item))
            return kept
        return untrusted

    def part(self, text: str, start: int, end: int) -> str:
        """A part of a document, its secrets covered even where they reach beyond it."""
        places = secret_places(text, start, end)
        self.removed += len(places)
        return covered(text, places)[start:end]

    def _key(self, untrusted: str) -> str:
        clean, removed = redacted(_CONTROLS.sub("", untrusted[:200]))
        self.removed += removed
        self._room -= len(clean) + 2
        return clean

    def text(self, untrusted: str) -> str:
        """One text."""
        if not untrusted:
            return untrusted
        clean, removed = redacted(_CONTROLS.sub("", untrusted[: max(self._room, 0) + 1]))
        self.removed += removed
        if len(untrusted) > max(self._room, 0):
            clean = f"{clean[: max(self._room, 0)]} {CUT}".strip()
        self._room -= len(clean)
        return clean


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

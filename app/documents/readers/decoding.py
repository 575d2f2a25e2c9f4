"""Bytes to text: byte order marks, UTF-8, UTF-16 without a mark, else Windows-1252."""

from __future__ import annotations

import codecs

from app.documents.readers.draft import UNSUPPORTED, Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LOOK = 4096


def decode(data: bytes) -> str:
    """The text of ``data``; a byte that is no character becomes U+FFFD.

    Raises:
        Unreadable: it is not text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        if data[LOOK:] and _cut_only(data):
            return data.decode("utf-8", "replace")
        wide = _wide(data)
        text = data.decode(wide or "cp1252", "replace")
        if wide:
            return text
    else:
        if wide := _wide(data):
            return data.decode(wide, "replace")
    if "\0" in text[:LOOK]:
        raise Unreadable(UNSUPPORTED, "Its name says text, but its content is not.")
    return text


def looks_binary(head: bytes) -> bool:
    """Whether the first bytes of a file cannot be text in any encoding ``decode`` knows."""
    return b"\0" in head and not any(head.startswith(mark) for mark, _ in _MARKS) and not _wide(head)


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: nearly every other byte is zero."""
    head = data[:LOOK]
    half = max(1, len(head) // 2)
    if head[1::2].count(0) > 0.7 * half and head[::2].count(0) == 0:
        return "utf-16-le"
    if head[::2].count(0) > 0.7 * half and head[1::2].count(0) == 0:
        return "utf-16-be"
    return None


def _cut_only(data: bytes) -> bool:
    """Whether UTF-8 with a few broken bytes explains the data better than an eight-bit encoding."""
    text = data.decode("utf-8", "replace")
    wide = sum(1 for character in text[: 16 * LOOK] if ord(character) > 127)
    return wide > 0 and text[: 16 * LOOK].count("\ufffd") * 20 < wide

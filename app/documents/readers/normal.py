"""The normal form of text: NFC, letters instead of ligatures, one kind of space, no invisible characters."""

from __future__ import annotations

import re
import unicodedata

SPACES = re.compile(r"[^\S\n]+")
AROUND_BREAK = re.compile(r" *\n *")
BREAKS = re.compile(r"\n{2,}")
HYPHENS = "-\u00ad\u2010\u0002\ufffe"

_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
_INVISIBLE = dict.fromkeys(
    [
        *(code for code in range(0x20) if chr(code) not in "\t\n"),
        *range(0x7F, 0xA0),
        0x00AD,
        0x061C,
        0x180E,
        *range(0x200B, 0x2010),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xD800, 0xE000),
        0xFEFF,
        *range(0xFFF9, 0xFFFC),
        0xFFFE,
        *range(0xE0000, 0xE0080),  # tags: a second alphabet that no font draws
    ]
)
_LINE_ENDS = {0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
_TABLE = _INVISIBLE | _LIGATURES | _LINE_ENDS


def normal(text: str, *, keep_indent: bool = False) -> str:
    """``text`` in normal form, without blank lines; ``keep_indent`` (code) keeps the spaces inside its lines."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii() or not text.isprintable():
        text = unicodedata.normalize("NFC", text.translate(_TABLE))
    if keep_indent:
        return "\n".join(line.rstrip() for line in text.expandtabs(4).strip("\n").split("\n")).rstrip()
    text = AROUND_BREAK.sub("\n", SPACES.sub(" ", text)).strip()
    return BREAKS.sub("\n", text)


def join_lines(lines: list[str], words: frozenset[str] = frozenset()) -> str:
    """Lines of one paragraph as running text, hyphenation joined.

    ``words`` are the words of the document, lower case: a compound seen elsewhere with its hyphen keeps it.
    """
    if not lines:
        return ""
    text = lines[0].strip()
    for line in lines[1:]:
        following = line.strip()
        if not following:
            continue
        if text and text[-1] in HYPHENS and following[0].islower() and text[-2:-1].isalpha():
            head = re.split(r"[^\w-]", text[:-1])[-1].lower()
            tail = re.split(r"[^\w-]", following)[0].lower()
            keep = f"{head}-{tail}" in words and head + tail not in words
            text = (text[:-1] + "-" if keep else text[:-1]) + following
        else:
            text = f"{text} {following}" if text else following
    return text


def fold(text: str) -> tuple[str, list[int]]:
    """Letters and digits only, without case and marks, and for each the index in ``text`` it came from.

    Two renderings of the same words (spaces, hyphens, ligatures, separators of table cells) fold to the same string.
    """
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        if character.isascii():
            if character.isalnum():
                folded.append(character.lower())
                origin.append(index)
            continue
        for part in unicodedata.normalize("NFKD", character).casefold():
            if part.isalnum():
                folded.append(part)
                origin.append(index)
    return "".join(folded), origin

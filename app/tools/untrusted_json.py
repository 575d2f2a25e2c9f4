"""One JSON object out of text a model wrote: strictly, or after fixes that cannot change what it says.

Never fixed: an end that is missing (what was cut is not known), duplicate keys, numbers that are none.
"""

from __future__ import annotations

import json
import re
from typing import Any

from app.sandbox.frames import ProtocolError, parse

MOST_BYTES = 64 * 1024
FENCE = "```"
_FENCED = re.compile(r"```\w*[ \t]*")
_QUOTES = {'"': '"', "'": "'", "“": "”", "„": "“", "”": "”"}
_WORDS = {"True": "true", "False": "false", "None": "null"}
_WORD = re.compile(r"[A-Za-z_]+")
_ESCAPED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROL = re.compile(r"\\.|[\n\r\t]", re.DOTALL)
_SINGLE = re.compile(r"\\(.)", re.DOTALL)


class TooLong(ValueError):  # noqa: N818 - an outcome
    """Nobody writes arguments of that size in earnest."""


def read_object(untrusted_text: str) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The object, and the names of the fixes it needed.

    Raises:
        TooLong: more than ``MOST_BYTES``; nothing of it was looked at.
        ValueError: no fix makes it one JSON object.
    """
    if len(untrusted_text) > MOST_BYTES or len(untrusted_text.encode("utf-8", "replace")) > MOST_BYTES:
        raise TooLong(str(len(untrusted_text)))
    try:
        return parse(untrusted_text.encode()), ()
    except (ProtocolError, ValueError) as fault:
        text, fixes = _fixed(untrusted_text)
        if not fixes:
            raise ValueError(str(fault)) from None
    return parse(text.encode()), fixes


def read_value(untrusted_text: str) -> Any:
    """Any JSON value, read as strictly as arguments are and never mended.

    Raises:
        ValueError: it is none, or holds a duplicate key, no number, or half a character.
    """
    try:
        within = parse(b'{"value": ' + untrusted_text.encode() + b"}")
    except ProtocolError as fault:
        raise ValueError(str(fault)) from None
    if within.keys() != {"value"}:
        raise ValueError("more than one value")
    json.dumps(within, ensure_ascii=False).encode()
    return within["value"]


def _fixed(text: str) -> tuple[str, tuple[str, ...]]:
    """One pass over the text, each fix named once."""
    fixes: dict[str, None] = {}
    if (inside := _within_fence(text.strip())) is not None:
        text = inside
        fixes["fence"] = None
    begin, end = text.find("{"), text.rfind("}")
    if begin < 0 or end < begin:
        return text, ()
    if text[:begin].strip() or text[end + 1 :].strip():
        fixes["outside"] = None
    text = text[begin : end + 1]
    parts: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        if character in _QUOTES:
            piece, at = _string(text, at, fixes)
            parts.append(piece)
        elif character == ",":
            rest = at + 1
            while rest < len(text) and text[rest].isspace():
                rest += 1
            before = next((part.rstrip()[-1:] for part in reversed(parts) if part.strip()), "")
            if rest < len(text) and text[rest] in "]}" and before not in ("{", "[", ","):
                fixes["comma"] = None
            else:
                parts.append(character)
            at = rest
        elif word := _WORD.match(text, at):
            if word[0] in _WORDS:
                fixes["constants"] = None
            parts.append(_WORDS.get(word[0], word[0]))
            at = word.end()
        else:
            parts.append(character)
            at += 1
    return "".join(parts), tuple(fixes)


def _within_fence(text: str) -> str | None:
    first, line_end, rest = text.partition("\n")
    fenced = line_end and rest.endswith(FENCE) and _FENCED.fullmatch(first)
    return rest.removesuffix(FENCE) if fenced else None


def _string(text: str, at: int, fixes: dict[str, None]) -> tuple[str, int]:
    """The string that begins at ``at`` as JSON, and where it ends. One that does not end stays as it is."""
    opening, closing = text[at], _QUOTES[text[at]]
    end = at + 1
    while end < len(text) and text[end] != closing:
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        return text[at:], len(text)
    inner = text[at + 1 : end]
    if opening != '"':
        fixes["quotes"] = None
        inner = _SINGLE.sub(lambda found: "'" if found[1] == "'" else found[0], inner)
        inner = re.sub(r'(?<!\\)((?:\\\\)*)"', r'\1\\"', inner)
    mended = _CONTROL.sub(lambda found: _ESCAPED.get(found[0], found[0]), inner)  # one behind a backslash means nothing
    if mended != inner:
        fixes["controls"] = None
    return f'"{mended}"', end + 1

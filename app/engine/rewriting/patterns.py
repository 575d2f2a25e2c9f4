"""Patterns in the compiler's own dialect: to it ``[[:alpha:]]``, ``[a[b]]``, ``[^a&&b]`` and ``[+--]`` are sets made of sets.

To every other reader of JSON Schema the signs stand for themselves.
"""

from __future__ import annotations

import re
from typing import Any

_DATA = frozenset({"enum", "const", "default", "examples"})
_OPENING = re.compile(r"\[\^?[\]-]?")
_REFUSED = "(?=)"
"""What looks around is refused, and the pattern with it."""


def plainly(schema: Any) -> Any:
    """``schema`` with each of its patterns in that dialect."""
    if isinstance(schema, list):
        return [plainly(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    said: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "pattern" and isinstance(value, str):
            said[key] = plain(value)
        elif key == "patternProperties" and isinstance(value, dict):
            said[key] = {plain(way): plainly(one) for way, one in value.items()}
        else:
            said[key] = value if key in _DATA else plainly(value)
    return said


def plain(pattern: str) -> str:
    """The same texts match, or the compiler refuses it."""
    parts: list[str] = []
    at, inside = 0, False
    while at < len(pattern):
        letter = pattern[at]
        if letter == "\\":
            parts.append(pattern[at : at + 2])
            at += 2
        elif not inside and (opening := _OPENING.match(pattern, at)):
            begun = opening[0]
            parts.append(begun if begun[-1] in "[^" else f"{begun[:-1]}\\{begun[-1]}")
            inside, at = True, opening.end()
        elif inside and pattern.startswith("--", at):
            if pattern[at + 2 : at + 3] != "]":
                return pattern + _REFUSED  # a range that begins or ends with a hyphen in the midst of a class
            parts.append("-\\-")
            at += 2
        else:
            parts.append(f"\\{letter}" if inside and letter in "[&~" else letter)
            inside = inside and letter != "]"
            at += 1
    return "".join(parts)

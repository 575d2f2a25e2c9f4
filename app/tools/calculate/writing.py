"""Arithmetic as people write it, brought to the signs that are worked out. What has two readings is refused, not guessed.

Between the brackets of a function commas part its numbers; elsewhere they group thousands. ``1,5`` is neither.
Runs in a tool child: standard library only.
"""

from __future__ import annotations

import re

from app.tools.unworkable import Unworkable

_SIGNS = str.maketrans(
    {"×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "^": "**", "\u00a0": " ", "\u202f": " ", "\u2009": " "}
)
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%(?:\s*(of)\b|(?!\s*[\w(.]))")
_TOKEN = re.compile(r"\d(?:[\d.]|,(?=\d)| (?=\d{3}(?!\d)))*|[a-z]+\s*\(|.", re.DOTALL)
_PLAIN = re.compile(r"\d+\.?\d*")
_BY_COMMAS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_BY_POINTS = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_BY_SPACES = re.compile(r"\d{1,3}(?: \d{3})+(?:[.,]\d+)?")
_LIKE_THOUSANDS = re.compile(r"(?<![\d.])\d{1,2},\d{3}(?!\d)")


def plain(expression: str) -> str:
    """``expression`` in digits, points, ``+ - * / // % **``, brackets and functions.

    Raises:
        Unworkable: a number that could be meant in two ways.
    """
    text = expression.translate(_SIGNS).strip().rstrip("=").strip()
    brackets: list[str] = []
    parts: list[str] = []
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word.endswith("("):
            brackets.append(_inside(text, token.end()) if len(word) > 1 else "")
        elif word == ")" and brackets:
            brackets.pop()
        elif word[0].isdigit():
            word = _listed(word, brackets[-1]) if brackets and brackets[-1] else _number(word)
        parts.append(word)
    return _PERCENT.sub(lambda match: f"({match[1]}/100)" + (" * " if match[2] else ""), "".join(parts))


def _number(written: str) -> str:
    """One number, without what groups its digits."""
    if _PLAIN.fullmatch(written):
        return written
    if _BY_COMMAS.fullmatch(written):
        return written.replace(",", "")
    if _BY_POINTS.fullmatch(written):
        return written.replace(".", "").replace(",", ".")
    if _BY_SPACES.fullmatch(written):
        return written.replace(" ", "").replace(",", ".")
    raise Unworkable(f"{written} can be read in two ways: write 1234.5 for a number with thousands and decimals.")


def _listed(written: str, inside: str) -> str:
    """What stands between two spaces in the brackets of a function: one number, or several parted by commas."""
    if " " not in written and ", " not in inside and not _LIKE_THOUSANDS.search(written):
        return written
    if "," in written and ", " not in inside:
        raise Unworkable(f"{written} can be read in two ways: put a space after each comma that parts two numbers.")
    return _number(written)


def _inside(text: str, start: int) -> str:
    """From behind a bracket to where it is closed."""
    depth = 1
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[start:place] or " "
    return text[start:] or " "

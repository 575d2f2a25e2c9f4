"""Literals of a call as tokens: found in text, or said as a pattern, whatever white space stands between them.

Standard library only, used in the child.
"""

from __future__ import annotations

import re

from app.engine.lark import escaped

NAME = "\x00"
"""Stands in a literal where the name of the tool is written."""
MOST_NAME = 128
_TOKEN = re.compile(r'```\w*|"[^"]*"|\x00?\[[A-Z_]+\]|<[^>]*>|[\[\]{}:,;]')
_BLANKS = re.compile(r"\s*")
GAP = r"[ \n]*"
"""White space between two tokens, as a pattern; ``Structure`` bounds it: a bound here makes the lexer too large."""


def tokens(literal: str) -> tuple[str, ...]:
    """What a literal consists of beside white space."""
    return tuple(_TOKEN.findall(literal))


def pattern(literal: str) -> str:
    """A regular expression of the literal, each of its tokens with a gap before it but the first."""
    return GAP.join(map(escaped, tokens(literal)))


def met(text: str, literal: tuple[str, ...]) -> tuple[int, str] | None:
    """Where the tokens that ``text`` begins with end, and the name among them.

    The end is -1 while the text is only a beginning of them; None when it is something else.
    """
    at, name = 0, ""
    for token in literal:
        at = _end_of_blanks(text, at)
        before, placed, after = token.partition(NAME)
        if not text.startswith(before, at):
            return (-1, "") if before.startswith(text[at:]) else None
        at += len(before)
        if placed:
            end = text.find(after, at)
            if end < 0:
                return (-1, "") if len(text) - at <= MOST_NAME else None
            name, at = text[at:end], end + len(after)
    return at, name


def head(literal: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens of a literal up to where the name of the tool begins."""
    before = []
    for token in literal:
        start, placed, _ = token.partition(NAME)
        before += [start] if start else []
        if placed:
            break
    return tuple(before)


def _end_of_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at

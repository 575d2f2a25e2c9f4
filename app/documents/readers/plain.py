"""Plain text: paragraphs, lists, headings that stand alone, hard-wrapped lines joined."""

from __future__ import annotations

import re

from app.documents.readers.decoding import decode
from app.documents.readers.draft import CODE, HEADING, LIST, PARAGRAPH, Draft
from app.documents.readers.kinds import PLAIN, VERSIONS
from app.documents.readers.normal import join_lines

VERSION = VERSIONS[PLAIN]
BULLET = re.compile(r"^\s*(?:[-*•‣◦–·▪●○■□]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S")
_RULE = re.compile(r"^\s*([=\-~_*])\1{2,}\s*$")
_NUMBERED = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+[A-Z]")
WRAPPED_FROM = 40
SHORT = 80


def read(data: bytes) -> Draft:
    draft = Draft(VERSION)
    lines = re.split(r"\r\n|[\n\r\f\v]", decode(data))
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            _add(draft, paragraph)
            paragraph = []
    return draft


def _add(draft: Draft, lines: list[str]) -> None:
    if len(lines) == 2 and _RULE.match(lines[1]) and len(lines[0]) <= SHORT:
        draft.add(HEADING, lines[0], 1 if "=" in lines[1] else 2)
        return
    lines = [line for line in lines if not _RULE.match(line)]
    if not lines:
        return
    if len(lines) == 1 and (level := heading_level(lines[0])):
        draft.add(HEADING, lines[0], level)
    elif BULLET.match(lines[0]):
        draft.add(LIST, "\n".join(items(lines)))
    elif all(line.startswith(("    ", "\t")) for line in lines) and _columns(lines):
        draft.add(CODE, "\n".join(lines))
    else:
        draft.add(PARAGRAPH, join_lines(lines) if wrapped(lines) else "\n".join(lines))


def heading_level(line: str) -> int:
    """1 for capitals, the depth for ``2.1 Title``, 0 for no heading."""
    line = line.strip()
    if not 2 < len(line) <= SHORT or line[-1] in ".,;:!?":
        return 0
    if numbered := _NUMBERED.match(line):
        return 1 + numbered[1].count(".")
    letters = [character for character in line if character.isalpha()]
    return 1 if len(letters) > 3 and line.upper() == line and line.lower() != line else 0


def items(lines: list[str]) -> list[str]:
    """One string per list item; lines that continue an item are joined to it."""
    found: list[list[str]] = []
    for line in lines:
        if BULLET.match(line) or not found:
            found.append([line])
        else:
            found[-1].append(line)
    return [join_lines(item) for item in found]


def wrapped(lines: list[str]) -> bool:
    """Whether the line ends are a typist's margin rather than meaning."""
    longest = max(len(line) for line in lines)
    return len(lines) > 1 and longest >= WRAPPED_FROM and all(len(line) > 0.6 * longest for line in lines[:-1])


def _columns(lines: list[str]) -> bool:
    return any(re.search(r"\S {2,}\S|[{}();=]", line) for line in lines)

"""Markdown: headings, paragraphs, lists, fenced code, pipe tables; inline marks are dropped, their words kept.

A line scanner: every line is looked at once, so no input makes it slow.
"""

from __future__ import annotations

import re

from app.documents.readers.decoding import decode
from app.documents.readers.draft import CODE, HEADING, LIST, PARAGRAPH, TABLE, Draft
from app.documents.readers.kinds import MARKDOWN, VERSIONS
from app.documents.readers.markdown_inline import bare
from app.documents.readers.normal import join_lines
from app.documents.readers.table import render

VERSION = VERSIONS[MARKDOWN]
_ATX = re.compile(r"^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_ITEM = re.compile(r"^[ \t]*([-*+]|\d{1,9}[.)])[ \t]+(.*)$")
_TABLE_RULE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_REFERENCE = re.compile(r"^ {0,3}\[[^\[\]]{1,200}\]:[ \t]*\S+.*$")
_TITLE = re.compile(r"(?i)^title:[ \t]*[\"']?(.*?)[\"']?[ \t]*$")


def read(data: bytes) -> Draft:
    draft = Draft(VERSION)
    lines = re.split(r"\r\n|[\n\r]", decode(data))
    scan = _Scan(draft, _after_front_matter(draft, lines))
    scan.run()
    return draft


def _after_front_matter(draft: Draft, lines: list[str]) -> list[str]:
    if not lines or lines[0].strip() != "---":
        return lines
    for number, line in enumerate(lines[1:200], 1):
        if line.strip() in {"---", "..."}:
            return lines[number + 1 :]
        if found := _TITLE.match(line):
            draft.title = found[1]
    draft.title = ""
    return lines


class _Scan:
    """The state between lines: an open paragraph or an open list."""

    def __init__(self, draft: Draft, lines: list[str]) -> None:
        self._draft = draft
        self._lines = lines
        self._paragraph: list[str] = []
        self._items: list[list[str]] = []
        self._at = 0

    def run(self) -> None:
        while self._at < len(self._lines):
            line = _unquoted(self._lines[self._at])
            self._at += 1
            if fence := _FENCE.match(line):
                self._close()
                self._code(fence[1])
            elif not line.strip():
                self._close_paragraph()
            else:
                self._line(line)
        self._close()

    def _line(self, line: str) -> None:
        if heading := _ATX.match(line):
            self._close()
            self._draft.add(HEADING, bare(heading[2] or ""), len(heading[1]))
        elif self._paragraph and not self._items and (under := _UNDERLINE.match(line)):
            text = bare(join_lines(self._paragraph))
            self._paragraph = []
            self._draft.add(HEADING, text, 1 if under[1][0] == "=" else 2)
        elif _RULE.match(line) or _REFERENCE.match(line):
            self._close()
        elif "|" in line and self._at < len(self._lines) and _table_rule(_unquoted(self._lines[self._at]), line):
            self._close()
            self._table(line)
        elif item := _ITEM.match(line):
            self._close_paragraph()
            self._items.append([f"{item[1] if item[1][0].isdigit() else '-'} {item[2]}"])
        elif self._items and (line[:1] in " \t" or self._lines[self._at - 2].strip()):
            self._items[-1].append(line)
        else:
            self._close_list()
            self._paragraph.append(line)

    def _code(self, fence: str) -> None:
        code: list[str] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            closing = line.strip(" >")
            if closing.startswith(fence) and not closing.strip(fence[0]):
                break
            code.append(line)
        self._draft.add(CODE, "\n".join(code))

    def _table(self, header: str) -> None:
        rows = [_cells(header)]
        self._at += 1
        while self._at < len(self._lines):
            line = _unquoted(self._lines[self._at])
            if "|" not in line:
                break
            rows.append(_cells(line))
            self._at += 1
        self._draft.add(TABLE, render(rows, header=True))

    def _close_paragraph(self) -> None:
        if self._paragraph:
            self._draft.add(PARAGRAPH, bare(join_lines(self._paragraph)))
            self._paragraph = []

    def _close_list(self) -> None:
        if self._items:
            self._draft.add(LIST, "\n".join(bare(join_lines(item)) for item in self._items))
            self._items = []

    def _close(self) -> None:
        self._close_paragraph()
        self._close_list()


def _unquoted(line: str) -> str:
    """Without block quote marks."""
    return line.lstrip("> \t") if line.lstrip()[:1] == ">" else line


def _table_rule(line: str, header: str) -> bool:
    return (
        "-" in line and len(line) < 2000 and bool(_TABLE_RULE.match(line)) and len(_cells(line)) == len(_cells(header))
    )


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [bare(cell.replace("\\|", "|").strip()) for cell in re.split(r"(?<!\\)\|", inner)]

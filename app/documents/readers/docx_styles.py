"""Paragraph styles of a Word document: which are headings, how deep, which are lists."""

from __future__ import annotations

import re

_HEADING = re.compile(r"(?i)^heading\s*([1-9])$")
MOST_TITLE = 300
DEEPEST_BASE = 10


class Styles:
    """Reads ``styles.xml``; answers by style id, following ``basedOn``.

    Attributes:
        title_found: the first paragraph in the style Title, once the body was read.
    """

    def __init__(self) -> None:
        self.title_found = ""
        self._names: dict[str, str] = {}
        self._bases: dict[str, str] = {}
        self._outlines: dict[str, int] = {}
        self._lists: set[str] = set()
        self._current = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        value = attributes.get("val", "")
        if name == "style":
            self._current = attributes.get("styleId", "")
        elif not self._current:
            return
        elif name == "name":
            self._names[self._current] = value
        elif name == "basedOn":
            self._bases[self._current] = value
        elif name == "outlineLvl" and value.isdigit():
            self._outlines[self._current] = int(value)
        elif name == "numPr":
            self._lists.add(self._current)

    def end(self, name: str) -> None:
        if name == "style":
            self._current = ""

    def text(self, data: str) -> None:
        pass

    def level(self, style: str, outline: int | None, text: str) -> int:
        """Depth of a heading from 1 (a title counts as 1), 0 for body text."""
        if len(text) > MOST_TITLE:
            return 0
        if outline is not None:
            return outline + 1 if outline < 9 else 0
        for ancestor in self._line(style):
            name = self._names.get(ancestor, ancestor)
            if name.lower() == "title":
                self.title_found = self.title_found or text
                return 1
            if found := _HEADING.match(name):
                return int(found[1])
            if (depth := self._outlines.get(ancestor, 9)) < 9:
                return depth + 1
        return 0

    def is_list(self, style: str) -> bool:
        return any(
            ancestor in self._lists
            or self._names.get(ancestor, ancestor).lower().startswith(("list bullet", "list number"))
            for ancestor in self._line(style)
        )

    def _line(self, style: str) -> list[str]:
        line: list[str] = []
        while style and style not in line and len(line) < DEEPEST_BASE:
            line.append(style)
            style = self._bases.get(style, "")
        return line

"""Word documents: paragraphs by style, lists, tables with their header, notes after the body."""

from __future__ import annotations

from app.documents.readers.docx_styles import Styles
from app.documents.readers.draft import FAILED, HEADING, LIST, PARAGRAPH, TABLE, Draft, Unreadable
from app.documents.readers.kinds import PACKAGE, VERSIONS
from app.documents.readers.package import Package, walk
from app.documents.readers.table import render

VERSION = VERSIONS[PACKAGE]
AFTERWARDS = ("header", "footer", "footnotes", "endnotes", "comments")
UNSEEN = frozenset({"Fallback", "instrText", "del", "moveFrom", "delText"})
BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}


def read_package(package: Package, part: str) -> Draft:
    """The document whose main part is ``part``; notes, comments, headers and footers follow the body once."""
    body = package.part(part)
    if body is None:
        raise Unreadable(FAILED, "The file is damaged: its main part is missing.")
    relations = package.relations(part)
    styles = Styles()
    for relation in relations.values():
        if relation.kind == "styles" and not relation.external and (data := package.part(relation.target)):
            walk(data, styles)
    draft = Draft(VERSION, title=_core_title(package))
    walk(body, _Body(draft, styles))
    if not draft.title:
        draft.title = styles.title_found
    seen: set[str] = set()
    for kind in AFTERWARDS:
        for relation in relations.values():
            if relation.kind == kind and not relation.external and (data := package.part(relation.target)):
                _append_once(draft, data, styles, seen)
    return draft


def _append_once(draft: Draft, data: bytes, styles: Styles, seen: set[str]) -> None:
    """Headers repeat on first, odd and even pages: each text is taken once."""
    aside = Draft(VERSION)
    walk(data, _Body(aside, styles))
    for piece in aside.pieces:
        if piece.text not in seen and any(character.isalpha() for character in piece.text):
            seen.add(piece.text)
            draft.add(TABLE if piece.kind == TABLE else PARAGRAPH, piece.text)


class _Title:
    def __init__(self) -> None:
        self.words: list[str] = []
        self._inside = False

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self._inside = name == "title"

    def end(self, _name: str) -> None:
        self._inside = False

    def text(self, data: str) -> None:
        if self._inside:
            self.words.append(data)


def _core_title(package: Package) -> str:
    data = package.part("docProps/core.xml")
    title = _Title()
    if data:
        walk(data, title)
    return "".join(title.words)


class _Body:
    """Collects paragraphs; inside a table they become cells, inside a text box they follow their paragraph."""

    def __init__(self, draft: Draft, styles: Styles) -> None:
        self._draft = draft
        self._styles = styles
        self._unseen = 0
        self._in_text = 0
        self._paragraphs: list[_Paragraph] = []
        self._tables: list[_Table] = []
        self._list: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in UNSEEN:
            self._unseen += 1
        elif name == "p":
            self._paragraphs.append(_Paragraph())
        elif name == "tbl":
            self._end_list()
            self._tables.append(_Table())
        elif name == "tr" and self._tables:
            self._tables[-1].rows.append([])
        elif name == "tblHeader" and self._tables:
            self._tables[-1].header = True
        elif name == "tc" and self._tables and self._tables[-1].rows:
            self._tables[-1].rows[-1].append("")
        elif name == "t":
            self._in_text += 1
        elif self._paragraphs:
            self._inside_paragraph(name, attributes)

    def _inside_paragraph(self, name: str, attributes: dict[str, str]) -> None:
        paragraph = self._paragraphs[-1]
        if name == "pStyle":
            paragraph.style = attributes.get("val", "")
        elif name == "outlineLvl" and attributes.get("val", "").isdigit():
            paragraph.outline = int(attributes["val"])
        elif name == "numId":
            paragraph.numbered = attributes.get("val") != "0"
        elif name in BREAKS and not self._unseen and "pos" not in attributes:
            paragraph.words.append(BREAKS[name])

    def end(self, name: str) -> None:
        if name in UNSEEN:
            self._unseen -= 1
        elif name == "t":
            self._in_text -= 1
        elif name == "p" and self._paragraphs:
            self._end_paragraph(self._paragraphs.pop())
        elif name == "tbl" and self._tables:
            self._end_table(self._tables.pop())
        elif name in {"body", "hdr", "ftr", "footnotes", "endnotes", "comments"}:
            self._end_list()

    def text(self, data: str) -> None:
        if self._in_text and not self._unseen and self._paragraphs:
            self._paragraphs[-1].words.append(data)

    def _end_paragraph(self, paragraph: _Paragraph) -> None:
        text = "".join(paragraph.words).strip()
        if not text:
            return
        if self._tables:
            self._tables[-1].say(text)
            return
        level = self._styles.level(paragraph.style, paragraph.outline, text)
        if level:
            self._end_list()
            self._draft.add(HEADING, text, level)
        elif paragraph.numbered or self._styles.is_list(paragraph.style):
            self._list.append(f"- {text}")
        else:
            self._end_list()
            self._draft.add(PARAGRAPH, text)

    def _end_list(self) -> None:
        if self._list:
            self._draft.add(LIST, "\n".join(self._list))
            self._list = []

    def _end_table(self, table: _Table) -> None:
        if self._tables:
            self._tables[-1].say(" ".join(cell for row in table.rows for cell in row if cell))
        elif max((len([cell for cell in row if cell]) for row in table.rows), default=0) < 2:
            for row in table.rows:
                self._draft.add(PARAGRAPH, "\n".join(row))
        else:
            self._draft.add(TABLE, render(table.rows, header=table.header or None))


class _Paragraph:
    def __init__(self) -> None:
        self.words: list[str] = []
        self.style = ""
        self.outline: int | None = None
        self.numbered = False


class _Table:
    def __init__(self) -> None:
        self.rows: list[list[str]] = []
        self.header = False

    def say(self, text: str) -> None:
        """Add words to the open cell."""
        if self.rows and self.rows[-1]:
            row = self.rows[-1]
            row[-1] = f"{row[-1]}\n{text}" if row[-1] else text

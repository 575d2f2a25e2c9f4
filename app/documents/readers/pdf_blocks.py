"""Rows of a region to blocks: headings, paragraphs, lists, tables, captions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise

from app.documents.readers.draft import CAPTION, HEADING, LIST, PARAGRAPH, TABLE, Box, Piece
from app.documents.readers.normal import HYPHENS, join_lines
from app.documents.readers.pdf_layout import Row
from app.documents.readers.pdf_words import joined
from app.documents.readers.plain import BULLET
from app.documents.readers.table import CELL

HEADING_RATIO = 1.12
MOST_HEADING = 140
MOST_LEVELS = 4
PARAGRAPH_GAP = 0.75
EXTRA_GAP = 0.4
MOST_LEADING = 1.6
SENTENCE_ENDS = frozenset('.:!?”"')
_CAPTION = re.compile(r"^(?:Figure|Fig\.|Table|Chart|Exhibit|Abbildung|Tabelle)\s+[\dA-Z]+[.:]?\s")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)?")
_DIVISION = re.compile(r"(?i)^(?:item|note|part|section|chapter|article|annex|appendix)\s+[\dA-Z]")
_CURRENCY = re.compile(r"\s*(?:\|\s*)?([$€£¥])\s*(?:\|\s*)?(?=[\d(.—–-])")
_AMOUNT = re.compile(r"^[^\w]*[\d][\d.,()%\s]*[^\w]*$|^[—–\-$€£%()]+$")


@dataclass(frozen=True, slots=True)
class Style:
    """What is usual in this document.

    Attributes:
        body: line height of the running text, points.
        gap: between lines of one paragraph at most, in line heights.
        levels: heading line heights, tallest first.
        words: the words of the document, to decide on hyphens.
    """

    body: float
    gap: float
    levels: tuple[float, ...]
    words: frozenset[str]


def style_of(pages: list[list[list[Row]]]) -> Style:
    """Measure a document."""
    weights: Counter[float] = Counter()
    gaps: Counter[float] = Counter()
    words: set[str] = set()
    for regions in pages:
        for region in regions:
            gaps.update(_gap(above, below) for above, below in pairwise(region))
            for row in region:
                text = row.text
                weights[_rounded(row.size)] += len(text)
                words.update(word.lower() for word in _WORD.findall(text))
    body = weights.most_common(1)[0][0] if weights else 0.0
    taller = sorted((size for size in weights if size >= body * HEADING_RATIO), reverse=True)
    usual = max((gap for gap in gaps if 0 <= gap <= MOST_LEADING), key=lambda gap: gaps[gap], default=0.0)
    return Style(body, max(PARAGRAPH_GAP, usual + EXTRA_GAP), tuple(taller), frozenset(words))


def _gap(above: Row, below: Row) -> float:
    """Between two rows, in line heights, to a tenth."""
    return round((above.box[1] - below.box[3]) / max(1.0, min(above.size, below.size)), 1)


def blocks_of(regions: list[list[Row]], style: Style, page: int) -> list[Piece]:
    """The blocks of one page in reading order."""
    pieces: list[Piece] = []
    for region in regions:
        open_rows: list[Row] = []
        kind = ""
        for row in region:
            now = _kind(row, style)
            if kind == LIST and now == PARAGRAPH and _goes_on(open_rows, row):
                now = LIST
            elif kind == PARAGRAPH and now == LIST and _mid_sentence(open_rows[-1], row):
                now = PARAGRAPH
            if open_rows and (now != kind or _parted(open_rows[-1], row, now, style.gap)):
                pieces.append(_piece(kind, open_rows, style, page))
                open_rows = []
            kind = now
            open_rows.append(row)
        if open_rows:
            pieces.append(_piece(kind, open_rows, style, page))
    return _merged_tables(pieces)


def _goes_on(item: list[Row], row: Row) -> bool:
    """Whether a row continues the list item above it: set in from the bullet, close below."""
    first = next((one for one in reversed(item) if BULLET.match(one.text)), item[0])
    gap = item[-1].box[1] - row.box[3]
    return row.box[0] > first.box[0] + 0.3 * row.size and gap < PARAGRAPH_GAP * row.size


def _mid_sentence(above: Row, below: Row) -> bool:
    """A line that only happens to begin with ``3)``."""
    gap = above.box[1] - below.box[3]
    return above.text.rstrip()[-1:] not in ".:;!?" and gap < PARAGRAPH_GAP * below.size and below.text[0].isalnum()


def _kind(row: Row, style: Style) -> str:
    text = row.text
    if len(row.cells) > 1:
        if len(row.cells) == 2 and BULLET.match(text):
            return LIST
        amounts = sum(1 for cell in row.cells if _AMOUNT.match(cell.text))
        if len(row.cells) > 2 or amounts or all(len(cell.text) < 60 for cell in row.cells):
            return TABLE
    if _heading(row, style):
        return HEADING
    if _CAPTION.match(text) and len(text) < 2 * MOST_HEADING:
        return CAPTION
    return LIST if BULLET.match(text) else PARAGRAPH


def _heading(row: Row, style: Style) -> bool:
    text = row.text.strip()
    letters = row.letters
    if letters < 3 or len(text) > MOST_HEADING or text[0].islower() or not text[0].isalnum() or text[-1] in ",;":
        return False
    if row.size >= style.body * HEADING_RATIO:
        return True
    return (
        row.bold
        and row.size >= 0.95 * style.body
        and len(text) < 90
        and (text[-1] not in ".,;:" or bool(_DIVISION.match(text)))
        and letters > 0.5 * len(text)
    )


def _parted(above: Row, below: Row, kind: str, gap_limit: float) -> bool:
    """Whether a new block begins between two rows of the same kind; ``gap_limit`` is in line heights."""
    height = max(1.0, min(above.size, below.size))
    gap = above.box[1] - below.box[3]
    if kind == HEADING:
        return abs(above.size - below.size) > 0.1 * height or gap > 0.6 * height or above.bold != below.bold
    if kind == TABLE:
        return gap > 3 * height
    if kind == LIST:
        return gap > 1.5 * height
    if gap > gap_limit * height or gap < -2 * height:
        return True
    indented = below.box[0] - above.box[0] > 0.8 * height
    short = above.box[2] < below.box[2] - 3 * height
    return above.text.rstrip()[-1:] in SENTENCE_ENDS and (indented or short)


def _piece(kind: str, rows: list[Row], style: Style, page: int) -> Piece:
    box: Box = rows[0].box
    for row in rows[1:]:
        box = joined(box, row.box)
    if kind == TABLE:
        text = "\n".join(_cells(row) for row in rows)
    elif kind == LIST:
        text = "\n".join(_items(rows, style.words))
    else:
        text = join_lines([row.text for row in rows], style.words)
    level = _level(rows[0], style) if kind == HEADING else 0
    return Piece(kind, _without_hyphen_marks(text), level, page, box)


def _cells(row: Row) -> str:
    """The cells of a row; a currency sign stands with its amount, however the file places it."""
    return _CURRENCY.sub(rf"{CELL}\1 ", CELL.join(cell.text for cell in row.cells)).removeprefix(CELL)


def _items(rows: list[Row], words: frozenset[str]) -> list[str]:
    """One line per item: a row that does not begin with a bullet goes on with the item above it."""
    items: list[list[str]] = []
    for row in rows:
        if BULLET.match(row.text) or not items:
            items.append([row.text])
        else:
            items[-1].append(row.text)
    return [join_lines(item, words) for item in items]


def _level(row: Row, style: Style) -> int:
    size = _rounded(row.size)
    sizes = style.levels
    return min(sizes.index(size) + 1, MOST_LEVELS) if size in sizes else min(len(sizes), MOST_LEVELS) + 1


def _merged_tables(pieces: list[Piece]) -> list[Piece]:
    """A table interrupted by one-cell rows (its section labels) stays one table."""
    merged: list[Piece] = []
    for piece in pieces:
        if (
            len(merged) > 1
            and piece.kind == TABLE
            and merged[-1].kind in {PARAGRAPH, HEADING}
            and merged[-2].kind == TABLE
            and "\n" not in merged[-1].text
            and len(merged[-1].text) < MOST_HEADING
            and merged[-1].box
            and merged[-2].box
            and piece.box
            and merged[-2].box[1] - merged[-1].box[3] < 12
            and merged[-1].box[1] - piece.box[3] < 12
        ):
            label = merged.pop()
            table = merged.pop()
            text = f"{table.text}\n{label.text}\n{piece.text}"
            merged.append(Piece(TABLE, text, 0, piece.page, joined(table.box or piece.box, piece.box)))
        else:
            merged.append(piece)
    return merged


def _without_hyphen_marks(text: str) -> str:
    """What is left of pdfium's marks for a hyphen stands for one."""
    for mark in HYPHENS[3:]:
        text = text.replace(mark, "-")
    return text


def _rounded(size: float) -> float:
    return round(size * 2) / 2

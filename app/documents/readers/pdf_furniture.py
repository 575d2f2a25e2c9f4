"""What repeats on every page and is not text: running heads, feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter

from app.documents.readers.pdf_layout import Row

EDGE_ROWS = 3
EDGE_SHARE = 0.1
FEWEST_PAGES = 3
SHARE_OF_PAGES = 0.2
_NUMBERS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?i)^[\W_]*(?:(?:page|seite|página|pagina|p\.)\s*)?(?:\d{1,4}|[ivxlc]{1,7}|[a-z]-?\d{1,3})"
    r"(?:\s*(?:of|/|von|de|sur)\s*\d{1,4})?[\W_]*$"
)


def drop(pages: list[list[list[Row]]]) -> None:
    """Remove furniture in place; ``pages`` are regions of rows."""
    sorted_pages = [
        sorted((row for region in regions for row in region), key=lambda row: row.box[1]) for regions in pages
    ]
    gone = _repeated(sorted_pages) | _counting(sorted_pages)
    for regions in pages:
        for region in regions:
            region[:] = [row for row in region if id(row) not in gone]


def _repeated(pages: list[list[Row]]) -> set[int]:
    """Rows near an edge of what is printed that many pages share, and page numbers there."""
    boxes = [row.box for rows in pages for row in rows]
    lowest = min((box[1] for box in boxes), default=0.0)
    highest = max((box[3] for box in boxes), default=0.0)
    margin = EDGE_SHARE * (highest - lowest)
    edges = [_edges(rows, lowest + margin, highest - margin) for rows in pages]
    counted: Counter[str] = Counter()
    for rows in edges:
        counted.update({_key(row) for row in rows})
    with_text = sum(1 for rows in pages if rows)
    often = max(FEWEST_PAGES, SHARE_OF_PAGES * with_text)
    return {
        id(row)
        for rows in edges
        for row in rows
        if counted[_key(row)] >= often or (with_text > 1 and _PAGE_NUMBER.match(row.text))
    }


def _counting(pages: list[list[Row]]) -> set[int]:
    """Lone numbers that end or begin pages, wherever these end, and count up with them."""
    numbers = [
        (row, int(row.text) - page)
        for page, rows in enumerate(pages)
        for row in (rows[:1] + rows[-1:] if len(rows) > 1 else [])
        if row.text.isdecimal() and len(row.text) <= 4
    ]
    steps = Counter(step for _, step in numbers)
    return {id(row) for row, step in numbers if steps[step] >= FEWEST_PAGES}


def _edges(rows: list[Row], low_below: float, high_above: float) -> list[Row]:
    """The outermost rows of a page, lowest first, that lie near the edge of what is printed in this document."""
    low = [row for row in rows[:EDGE_ROWS] if row.box[1] < low_below]
    high = [row for row in rows[-EDGE_ROWS:] if row.box[3] > high_above]
    return [*low, *(row for row in high if row not in low)]


def _key(row: Row) -> str:
    """The row's words with numbers made alike."""
    return " ".join(_NUMBERS.sub("#", row.text).casefold().split())

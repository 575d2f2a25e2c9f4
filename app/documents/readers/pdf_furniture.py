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
    r"(?i)^[\W_]*(?:(?:page|seite|página|pagina|p\.)\s*)?(?:\d{1,4}|[ivxlc]{1,7}|[a-z]-?\d{1,3})(?:\s*(?:of|/|von|de|sur)\s*\d{1,4})?[\W_]*$"
)


def drop(pages: list[list[list[Row]]]) -> None:
    """Remove furniture in place; ``pages`` are regions of rows."""
    counted: Counter[str] = Counter()
    with_text = sum(1 for regions in pages if regions)
    boxes = [row.box for regions in pages for region in regions for row in region]
    lowest = min((box[1] for box in boxes), default=0.0)
    highest = max((box[3] for box in boxes), default=0.0)
    margin = EDGE_SHARE * (highest - lowest)
    edges = [_edges(regions, lowest + margin, highest - margin) for regions in pages]
    for rows in edges:
        counted.update({_key(row) for row in rows})
    often = max(FEWEST_PAGES, SHARE_OF_PAGES * with_text)
    for regions, rows in zip(pages, edges, strict=True):
        gone = {
            id(row)
            for row in rows
            if (counted[_key(row)] >= often and _key(row)) or (with_text > 1 and _PAGE_NUMBER.match(row.text))
        }
        for region in regions:
            region[:] = [row for row in region if id(row) not in gone]


def _edges(regions: list[list[Row]], low_below: float, high_above: float) -> list[Row]:
    """The outermost rows of a page that lie near the edge of what is printed in this document."""
    rows = sorted((row for region in regions for row in region), key=lambda row: row.box[1])
    low = [row for row in rows[:EDGE_ROWS] if row.box[1] < low_below]
    high = [row for row in rows[-EDGE_ROWS:] if row.box[3] > high_above]
    return [*low, *(row for row in high if row not in low)]


def _key(row: Row) -> str:
    """The row's words with numbers made alike."""
    return " ".join(_NUMBERS.sub("#", row.text).casefold().split())

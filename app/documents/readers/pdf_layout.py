"""Reading order of a page: regions (columns and what lies across them), rows within a region.

A column is a gutter that runs through many rows with prose on both sides; the cells of a table are not prose, so a
table stays one region and is read row by row.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.documents.readers.draft import Box
from app.documents.readers.pdf_words import Fragment, joined

GUTTER_POINTS = 7.0
PROSE_CHARACTERS = 22
PROSE_LINES = 5
DEEPEST = 6


@dataclass(slots=True)
class Row:
    """Fragments at one height, left to right."""

    cells: list[Fragment] = field(default_factory=list)

    @property
    def box(self) -> Box:
        box = self.cells[0].box
        for cell in self.cells[1:]:
            box = joined(box, cell.box)
        return box

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)

    @property
    def size(self) -> float:
        return max(self.cells, key=lambda cell: len(cell.text)).size

    @property
    def letters(self) -> int:
        return sum(cell.letters for cell in self.cells)

    @property
    def bold(self) -> bool:
        return all(cell.bold for cell in self.cells)


def reading_order(fragments: list[Fragment]) -> list[list[Row]]:
    """Regions in reading order, each a list of rows from top to bottom."""
    return [rows_of(region) for region in _regions(fragments, DEEPEST)]


def rows_of(fragments: list[Fragment]) -> list[Row]:
    """Fragments whose middles lie within each other's height stand in one row."""
    rows: list[Row] = []
    for fragment in sorted(fragments, key=lambda one: -one.middle):
        if rows and _level(rows[-1].cells, fragment):
            rows[-1].cells.append(fragment)
        else:
            rows.append(Row([fragment]))
    for row in rows:
        row.cells.sort(key=lambda cell: cell.left)
    return rows


def _level(cells: list[Fragment], fragment: Fragment) -> bool:
    reference = max(cells, key=lambda cell: cell.size)
    return abs(reference.middle - fragment.middle) < 0.5 * max(min(reference.size, fragment.size), 3.0)


def _regions(fragments: list[Fragment], depth: int) -> list[list[Fragment]]:
    if len(fragments) < 2 * PROSE_LINES or not depth:
        return [fragments] if fragments else []
    gutter = _gutter(fragments)
    if gutter is None:
        return [fragments]
    across = [one for one in fragments if one.left < gutter < one.right]
    if not across:
        left = [one for one in fragments if one.right <= gutter]
        right = [one for one in fragments if one.left >= gutter]
        return _regions(left, depth - 1) + _regions(right, depth - 1)
    return _bands(fragments, across, gutter, depth)


def _bands(fragments: list[Fragment], across: list[Fragment], gutter: float, depth: int) -> list[list[Fragment]]:
    """Cut horizontally at what lies across the gutter; between two cuts the columns are read one after the other."""
    regions: list[list[Fragment]] = []
    band: list[Fragment] = []
    wide: list[Fragment] = []
    heights = [(one.bottom, one.top) for one in across]

    def flush() -> None:
        nonlocal band, wide
        if wide:
            regions.append(wide)
        for side in (
            [one for one in band if one.right <= gutter],
            [one for one in band if one.right > gutter],
        ):
            regions.extend(_regions(side, depth - 1))
        band, wide = [], []

    for fragment in sorted(fragments, key=lambda one: -one.middle):
        if any(bottom <= fragment.middle <= top for bottom, top in heights):
            if band:
                flush()
            wide.append(fragment)
        else:
            if wide:
                regions.append(wide)
                wide = []
            band.append(fragment)
    flush()
    return regions


def _gutter(fragments: list[Fragment]) -> float | None:
    """The x of a vertical gap with prose on both sides, None if there is none."""
    left_edge = min(one.left for one in fragments)
    right_edge = max(one.right for one in fragments)
    width = right_edge - left_edge
    best: tuple[int, float] | None = None
    for x in _candidates(fragments, left_edge + 0.15 * width, right_edge - 0.15 * width):
        left = [one for one in fragments if one.right <= x]
        right = [one for one in fragments if one.left >= x]
        crossing = len(fragments) - len(left) - len(right)
        if crossing > 0.4 * len(fragments) or not (_prose(left) and _prose(right)):
            continue
        if _side_by_side(left, right) and (best is None or crossing < best[0]):
            best = (crossing, x)
    return best[1] if best else None


def _candidates(fragments: list[Fragment], low: float, high: float) -> list[float]:
    """Just left of where several fragments begin."""
    starts = sorted(one.left for one in fragments if low < one.left < high)
    found: list[float] = []
    run: list[float] = []
    for start in [*starts, float("inf")]:
        if run and start - run[0] > GUTTER_POINTS:
            if len(run) >= PROSE_LINES:
                found.append(run[0] - 1.0)
            run = []
        run.append(start)
    return found


def _prose(side: list[Fragment]) -> bool:
    """Most of the side's lines are running words."""
    if len(side) < PROSE_LINES:
        return False
    long = [one for one in side if len(one.text) >= PROSE_CHARACTERS and one.letters > 0.6 * len(one.text)]
    return len(long) >= PROSE_LINES and len(long) >= 0.5 * len(rows_of(side))


def _side_by_side(left: list[Fragment], right: list[Fragment]) -> bool:
    """The two sides share at least a third of the height of the lower one."""
    low = max(min(one.bottom for one in left), min(one.bottom for one in right))
    high = min(max(one.top for one in left), max(one.top for one in right))
    shorter = min(
        max(one.top for one in left) - min(one.bottom for one in left),
        max(one.top for one in right) - min(one.bottom for one in right),
    )
    return high - low > 0.33 * shorter

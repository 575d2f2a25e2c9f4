"""Tables as rows that keep their header: every row can be read, and quoted, by itself."""

from __future__ import annotations

import re

CELL = " | "
NAME_BELOW = 60
MOST_NAMED_COLUMNS = 40
_NUMBER = re.compile(r"^[^\w]*\d[\d.,:/%\s€$£-]*$")


def render(rows: list[list[str]], *, header: bool | None = None) -> str:
    """One line a row: the header line as it is, then ``Name: value | Name: value``.

    Args:
        rows: cells as text, of any width; blank rows are left out.
        header: whether the first row names the columns; None looks at it.
    """
    cleaned = [[" ".join(cell.split()) for cell in row] for row in rows]
    cleaned = [row for row in cleaned if any(row)]
    if not cleaned:
        return ""
    if header is None:
        header = names_columns(cleaned)
    if not header or len(cleaned) == 1 or not _usable(cleaned[0]):
        return "\n".join(_plain(row) for row in cleaned)
    names = cleaned[0]
    return "\n".join([_plain(names), *(_named(names, row) for row in cleaned[1:])])


def names_columns(rows: list[list[str]]) -> bool:
    """Whether the first row reads as column names: words, distinct, over rows of the same width."""
    first = [cell for cell in rows[0] if cell]
    if len(rows) < 2 or len(first) < max(1, len(rows[0]) - 1) or len(set(first)) < len(first):
        return False
    return len(first) > 1 and not any(_NUMBER.match(cell) for cell in first)


def _usable(names: list[str]) -> bool:
    return len(names) <= MOST_NAMED_COLUMNS and all(len(name) < NAME_BELOW for name in names)


def _plain(row: list[str]) -> str:
    return CELL.join(cell for cell in row if cell)


def _named(names: list[str], row: list[str]) -> str:
    cells: list[str] = []
    for position, cell in enumerate(row):
        name = names[position] if position < len(names) else ""
        if cell:
            cells.append(f"{name}: {cell}" if name and name != cell else cell)
    return CELL.join(cells)

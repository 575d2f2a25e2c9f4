"""Comma-, semicolon-, tab- and bar-separated values."""

from __future__ import annotations

import csv
import io

from app.documents.readers.decoding import decode
from app.documents.readers.draft import REFUSED, TABLE, Draft, Unreadable
from app.documents.readers.kinds import DELIMITED, VERSIONS
from app.documents.readers.table import render

VERSION = VERSIONS[DELIMITED]
DELIMITERS = ",;\t|"
LOOK_LINES = 50
MOST_ROWS = 500_000
csv.field_size_limit(8 * 2**20)


def read(data: bytes) -> Draft:
    text = decode(data).replace("\0", "")
    delimiter = find_delimiter(text)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(row)
            if len(rows) > MOST_ROWS:
                raise Unreadable(REFUSED, f"It has more than {MOST_ROWS:,} rows.")
    except csv.Error:
        rows = [line.split(delimiter) for line in text.splitlines()]
    draft = Draft(VERSION)
    draft.add(TABLE, render(rows))
    return draft


def find_delimiter(text: str) -> str:
    """The character that cuts the first lines into the same number of cells, the more the better."""
    if text.startswith("sep=") and text[4:5] in DELIMITERS:
        return text[4]
    lines = [line for line in text[: 256 * 1024].splitlines()[:LOOK_LINES] if line.strip()]
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = [len(row) for row in _rows(lines, delimiter)]
        widest = max(widths, default=0)
        if widest < 2:
            continue
        common = max(set(widths), key=widths.count)
        score = widths.count(common) / len(widths) * (1 + common / 100) if common > 1 else 0.0
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _rows(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return [line.split(delimiter) for line in lines]

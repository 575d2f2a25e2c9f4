"""One PDF page as a picture, and where given texts stand on it.

A text is looked for by its letters and digits only, in our reading order, so that joined hyphens, separators between
cells, ligatures and other spacing do not hide it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2

from app.documents.readers.draft import FAILED, Box, Unreadable
from app.documents.readers.normal import fold
from app.documents.readers.pdf import open_pdf
from app.documents.readers.pdf_layout import reading_order
from app.documents.readers.pdf_words import Fragment, PageText, joined

NARROWEST, WIDEST, MOST_PIXELS = 16, 4096, 16_000_000


@dataclass(slots=True)
class Picture:
    """RGB, three bytes a pixel, rows without padding; ``points`` is the size of the page."""

    width: int
    height: int
    points: tuple[float, float]
    pixels: bytes
    boxes: list[list[Box]]


def draw(data: bytes, number: int, width: int, texts: list[str]) -> Picture:
    """Draw page ``number`` (0-based) about ``width`` pixels wide and find ``texts``.

    Raises:
        Unreadable: the page cannot be opened.
        IndexError: there is no such page.
    """
    document = open_pdf(data)
    if not 0 <= number < len(document):
        raise IndexError(number)
    try:
        page = document[number]
        points = page.get_size()
        wide, high = max(points[0], 1.0), max(points[1], 1.0)
        scale = min((max(NARROWEST, min(width, WIDEST)) - 0.01) / wide, (MOST_PIXELS / (wide * high)) ** 0.5)
        bitmap = page.render(scale=scale, rev_byteorder=True)
        return Picture(bitmap.width, bitmap.height, points, _pixels(bitmap), find(page, texts))
    except pypdfium2.PdfiumError:
        raise Unreadable(FAILED, "The file is damaged: this page cannot be drawn.") from None


def find(page: pypdfium2.PdfPage, texts: list[str]) -> list[list[Box]]:
    """For each text its rectangles on the page, one a line; empty where it is not found."""
    text = PageText(page)
    try:
        fragments = [cell for region in reading_order(text.fragments()) for row in region for cell in row.cells]
        folded, origin = fold("".join(fragment.text for fragment in fragments))
        owners = [(fragment, offset) for fragment in fragments for offset in range(len(fragment.text))]
        places = [owners[index] for index in origin]
        return [_boxes(text, places, folded, wanted) for wanted in texts]
    finally:
        text.close()


def _boxes(text: PageText, places: list[tuple[Fragment, int]], folded: str, wanted: str) -> list[Box]:
    boxes: list[Box] = []
    for part in _parts(folded, fold(wanted)[0], wanted):
        at = folded.find(part) if part else -1
        if at < 0:
            continue
        lines: dict[int, list[tuple[Fragment, int]]] = {}
        for fragment, offset in places[at : at + len(part)]:
            lines.setdefault(id(fragment), []).append((fragment, offset))
        for line in lines.values():
            fragment = line[0][0]
            characters = fragment.characters
            first = text.character_box(characters[line[0][1]])
            last = text.character_box(characters[line[-1][1]])
            box = joined(first, last)
            boxes.append(text.sheet.shown((box[0], fragment.bottom, box[2], fragment.top)))
    return boxes


def _parts(folded: str, whole: str, wanted: str) -> list[str]:
    """The whole text; where running heads or columns come between its lines, each of its lines."""
    if whole in folded:
        return [whole]
    parts = [fold(line)[0] for line in wanted.split("\n")]
    return parts if all(part in folded for part in parts) else []


def _pixels(bitmap: pypdfium2.PdfBitmap) -> bytes:
    channels = bitmap.n_channels
    raw = bytes(bitmap.buffer)
    row = bitmap.width * channels
    if bitmap.stride != row:
        raw = b"".join(raw[start : start + row] for start in range(0, bitmap.height * bitmap.stride, bitmap.stride))
    if channels == 3:
        return raw
    picked = bytearray(bitmap.width * bitmap.height * 3)
    for channel in range(3):
        picked[channel::3] = raw[channel if channels > 1 else 0 :: channels]
    return bytes(picked)

"""Characters of a PDF page to fragments: words set side by side, with their box, size and character numbers."""

from __future__ import annotations

import ctypes
import math
import re
import sys
from array import array
from collections import Counter
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from app.documents.readers.draft import Box

WIDE_GAP = 1.3
_BOLD = re.compile(rb"(?i)bold|black|heavy|semibold|demi")
_NAME_BYTES = 128
BOLD_FROM = 600
SLANT_SAMPLE = 40
LAST_CODE, FIRST_SURROGATE, LAST_SURROGATE, REPLACEMENT = 0x10FFFF, 0xD800, 0xDFFF, 0xFFFD
# U+0002 is what pdfium puts for the hyphen at the end of a line, instead of the line end.
_LINE = re.compile(r"[^\r\n\x02]+\x02?|\x02")
_WORD = re.compile(r"[^\0\t\r\n \xa0\x02]+\x02?|\x02")


@dataclass(slots=True)
class Word:
    """``first`` is the number of its first character on the page."""

    text: str
    first: int
    box: Box


@dataclass(slots=True)
class Fragment:
    """Words on one line without a wide gap between them.

    Attributes:
        text: the words, single spaces between them.
        size: height of the line in points.
        bold: by weight or by the font's name.
        letters: how many characters of ``text`` are letters.
    """

    text: str
    words: list[Word]
    left: float
    bottom: float
    right: float
    top: float
    size: float
    bold: bool
    letters: int

    @property
    def box(self) -> Box:
        return (self.left, self.bottom, self.right, self.top)

    @property
    def middle(self) -> float:
        return (self.bottom + self.top) / 2

    @property
    def characters(self) -> list[int]:
        """For each character of ``text`` its number on the page, -1 for a space put in."""
        numbers: list[int] = []
        for word in self.words:
            if numbers:
                numbers.append(-1)
            numbers += range(word.first, word.first + len(word.text))
        return numbers


class Sheet:
    """Two ways to look at a page: as its text reads (layout works there) and as it is shown.

    Both in points from the lower left corner. They differ where text stands sideways on the page.
    """

    def __init__(self, page: pypdfium2.PdfPage, slant: int) -> None:
        self._left, self._bottom, right, top = page.get_bbox()
        self._size = (right - self._left, top - self._bottom)
        self._slant = slant
        self._onward = (page.get_rotation() - slant) % 360

    def reading(self, box: Box) -> Box:
        """From the file's coordinates."""
        moved = (box[0] - self._left, box[1] - self._bottom, box[2] - self._left, box[3] - self._bottom)
        return _turned(moved, self._slant, *self._size)

    def shown(self, box: Box) -> Box:
        """From reading coordinates to the displayed page."""
        width, height = self._size if self._slant % 180 == 0 else self._size[::-1]
        return _turned(box, self._onward, width, height)


def _turned(box: Box, clockwise: int, width: float, height: float) -> Box:
    x0, y0, x1, y1 = box
    if clockwise == 90:
        x0, y0, x1, y1 = y0, width - x1, y1, width - x0
    elif clockwise == 180:
        x0, y0, x1, y1 = width - x1, height - y1, width - x0, height - y0
    elif clockwise == 270:
        x0, y0, x1, y1 = height - y1, x0, height - y0, x1
    return (x0, y0, x1, y1)


class PageText:
    """The text layer of one page; boxes are in reading coordinates.

    Attributes:
        sheet: how to get from there to the displayed page.
    """

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self._text = page.get_textpage()
        self._raw = self._text.raw
        raw, code = self._raw, pdfium.FPDFText_GetUnicode
        self._characters = _decoded(array("I", [code(raw, index) for index in range(self._text.count_chars())]))
        self._rect = pdfium.FS_RECTF()
        self.sheet = Sheet(page, self._slant())

    def close(self) -> None:
        self._text.close()

    def fragments(self) -> list[Fragment]:
        """In the order of the file, each within one line."""
        found: list[Fragment] = []
        for line in _LINE.finditer(self._characters):
            words = [self._word(word.start(), word.end()) for word in _WORD.finditer(self._characters, *line.span())]
            found += self._split(words)
        return found

    def character_box(self, index: int) -> Box:
        """The loose box: as high as the font, as wide as the advance."""
        rect = self._rect
        if not pdfium.FPDFText_GetLooseCharBox(self._raw, index, rect):
            return (0.0, 0.0, 0.0, 0.0)
        return self.sheet.reading((rect.left, rect.bottom, rect.right, rect.top))

    def _slant(self) -> int:
        """Quarter turns of most of the text, in degrees, from a few dozen of its characters."""
        starts = [word.start() for word in _WORD.finditer(self._characters)]
        sample = starts[:: max(1, len(starts) // SLANT_SAMPLE)]
        angles = Counter(round(pdfium.FPDFText_GetCharAngle(self._raw, index) / (math.pi / 2)) % 4 for index in sample)
        return 90 * angles.most_common(1)[0][0] if angles else 0

    def _word(self, start: int, end: int) -> Word:
        first = self.character_box(start)
        box = joined(first, self.character_box(end - 1)) if end - start > 1 else first
        return Word(self._characters[start:end], start, box)

    def _split(self, line: list[Word]) -> list[Fragment]:
        """Cut a line where the gap is too wide for a space, or where it jumps back or to another height."""
        groups: list[list[Word]] = []
        for word in line:
            if groups and _beside(groups[-1][-1].box, word.box):
                groups[-1].append(word)
            else:
                groups.append([word])
        return [self._fragment(group) for group in groups]

    def _fragment(self, words: list[Word]) -> Fragment:
        text = " ".join([word.text for word in words])
        lefts, bottoms, rights, tops = zip(*[word.box for word in words], strict=True)
        size = sorted([word.box[3] - word.box[1] for word in words])[len(words) // 2]
        box = (min(lefts), min(bottoms), max(rights), max(tops))
        return Fragment(text, words, *box, size, self._bold(words[0].first), sum(map(str.isalpha, text)))

    def _bold(self, index: int) -> bool:
        if pdfium.FPDFText_GetFontWeight(self._raw, index) >= BOLD_FROM:
            return True
        name = ctypes.create_string_buffer(_NAME_BYTES)
        flags = ctypes.c_int()
        length = pdfium.FPDFText_GetFontInfo(self._raw, index, name, _NAME_BYTES, flags)
        return 0 < length <= _NAME_BYTES and bool(_BOLD.search(name.value))


def joined(one: Box, other: Box) -> Box:
    """The smallest box around both."""
    return (min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3]))


def _beside(one: Box, other: Box) -> bool:
    height = max(1.0, min(one[3] - one[1], other[3] - other[1]))
    gap = other[0] - one[2]
    level = min(one[3], other[3]) - max(one[1], other[1])
    return -0.5 * height < gap < WIDE_GAP * height and level > 0.3 * height


def _decoded(codes: array[int]) -> str:
    """One character for each code, so that character numbers stay aligned."""
    for index, code in enumerate(codes):
        if code > LAST_CODE or FIRST_SURROGATE <= code <= LAST_SURROGATE:
            codes[index] = REPLACEMENT
    return codes.tobytes().decode("utf-32-le" if sys.byteorder == "little" else "utf-32-be")

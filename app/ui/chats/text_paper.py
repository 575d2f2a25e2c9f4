"""Formats without pages, laid out as paper by the window: parts of the text that was indexed, quotes marked by offset."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QPainter,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextLayout,
    QTextLine,
)

from app.domain.documents import Span
from app.ui.chats.paper import Sheet
from app.ui.theme import SERIF

PART_CHARACTERS = 2400
PAGE_WIDTH, MARGIN, LEAST_HEIGHT = 760, 84, 1075
INK, PALE = "#1A1A1A", "#6B6B66"  # paper is white in the dark too


@dataclass(frozen=True)
class Part:
    """One paper's worth of a text: its span and its place among the parts."""

    span: Span
    number: int
    count: int


def parts_of(text: str) -> tuple[Span, ...]:
    """Cut a text into parts of a page's length, at paragraph ends where there are any."""
    spans: list[Span] = []
    at = 0
    while at < len(text):
        end = min(at + PART_CHARACTERS, len(text))
        if end < len(text):
            for sign in ("\n\n", "\n", ". ", " "):
                cut = text.rfind(sign, at + PART_CHARACTERS // 2, end)
                if cut > 0:
                    end = cut + len(sign)
                    break
        spans.append(Span(at, end))
        at = end
    return tuple(spans) or (Span(0, 0),)


def part_with(spans: tuple[Span, ...], offset: int) -> int:
    """Which part holds an offset."""
    for at, span in enumerate(spans):
        if offset < span.end:
            return at
    return len(spans) - 1


def lay_out(text: str, part: Span, quotes: tuple[Span, ...], current: int, ratio: float, footer: str) -> Sheet:
    """Draw one part as a page and find where quotes stand on it. Offsets are code points, Qt counts UTF-16 units."""
    words = text[part.start : part.end]
    document = QTextDocument()
    font = QFont(list(SERIF))
    font.setPixelSize(17)
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setPlainText(words)
    document.setTextWidth(PAGE_WIDTH - 2 * MARGIN)
    whole = QTextCursor(document)
    whole.select(QTextCursor.SelectionType.Document)
    shape = QTextBlockFormat()
    shape.setLineHeight(135, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    shape.setBottomMargin(6)
    whole.mergeBlockFormat(shape)
    printed = QTextCharFormat()
    printed.setForeground(QColor(INK))
    whole.mergeCharFormat(printed)
    _close_up(document)
    high = max(LEAST_HEIGHT, int(document.size().height()) + 2 * MARGIN)
    image = QImage(round(PAGE_WIDTH * ratio), round(high * ratio), QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    painter = QPainter(image)
    painter.scale(ratio, ratio)
    painter.translate(MARGIN, MARGIN - 20)
    document.drawContents(painter)
    painter.resetTransform()
    painter.scale(ratio, ratio)
    font.setPixelSize(13)
    painter.setFont(font)
    painter.setPen(QColor(PALE))
    painter.drawText(QRectF(0, high - 56, PAGE_WIDTH, 20), 0x84, footer)
    painter.end()
    marks = tuple(_boxes(document, words, part, quote, high) for quote in quotes)
    return Sheet(image, marks, current)


def _close_up(document: QTextDocument) -> None:
    """An empty line is a gap between paragraphs, not a line of its own."""
    narrow = QTextBlockFormat()
    narrow.setLineHeight(6, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
    block = document.begin()
    while block.isValid():
        if not block.text().strip():
            QTextCursor(block).mergeBlockFormat(narrow)
        block = block.next()


def _units(words: str, points: int) -> int:
    return len(words[:points].encode("utf-16-le")) // 2


def _boxes(document: QTextDocument, words: str, part: Span, quote: Span, high: int) -> tuple[QRectF, ...]:
    start, end = max(quote.start, part.start) - part.start, min(quote.end, part.end) - part.start
    if start >= end:
        return ()
    first, last = _units(words, start), _units(words, end)
    found: list[QRectF] = []
    block = document.findBlock(first)
    while block.isValid() and block.position() < last:
        layout: QTextLayout = block.layout()
        top = document.documentLayout().blockBoundingRect(block).topLeft()
        for number in range(layout.lineCount()):
            line = layout.lineAt(number)
            begin = max(first - block.position(), line.textStart())
            stop = min(last - block.position(), line.textStart() + line.textLength())
            if begin < stop:
                left, right = _x(line, begin), _x(line, stop)
                x, y = MARGIN + top.x() + left, MARGIN - 20 + top.y() + line.y() + line.height() * 0.12
                box = QRectF(x, y, right - left, line.height() * 0.82)
                found.append(
                    QRectF(box.x() / PAGE_WIDTH, box.y() / high, box.width() / PAGE_WIDTH, box.height() / high)
                )
        block = block.next()
    return tuple(found)


def _x(line: QTextLine, position: int) -> float:
    at = line.cursorToX(position)
    return float(at[0]) if isinstance(at, tuple) else float(str(at))

"""Markdown to an A4 PDF in the program's own fonts, with running heads; a page end cuts no paragraph, no table and no heading from its text."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from markdown_it import MarkdownIt
from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt, QUuid
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontDatabase,
    QPagedPaintDevice,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextBlock,
    QTextCursor,
    QTextDocument,
)

DPI = 600
MARGIN_MM, HEAD_MM = 24, 10
SERIF, SANS = "Source Serif 4", "Inter"
SHEET = f"""
body {{ font-family: '{SERIF}'; font-size: 11.5pt; color: #18201b; }}
p, li {{ line-height: 127%; margin-top: 0; margin-bottom: 9px; }}
h1 {{ font-family: '{SANS}'; font-weight: 600; font-size: 21pt; margin-top: 12px; margin-bottom: 14px; }}
h2 {{ font-family: '{SANS}'; font-weight: 600; font-size: 13.5pt; margin-top: 15px; margin-bottom: 7px; }}
h3 {{ font-family: '{SANS}'; font-weight: 600; font-size: 11.5pt; margin-top: 11px; margin-bottom: 5px; }}
table {{ margin-top: 6px; margin-bottom: 12px; }}
th {{ font-family: '{SANS}'; font-weight: 600; font-size: 9.5pt; text-align: left; background-color: #eceee9; }}
td {{ font-family: '{SANS}'; font-size: 9.5pt; }}
"""
TABLE = (
    '<table width="100%" cellspacing="0" cellpadding="5" border="0.5" '
    'style="border-collapse: collapse; border-color: #9aa49d">'
)
OPENING = re.compile(r"<(h[1-6]|p)>")
LIGATURES = ("liga", "clig", "calt")
DATES = (
    (re.compile(rb"(Date \(D:)\d{14}"), rb"\g<1>20260101000000"),
    (re.compile(rb'(Date=")[-0-9]{10}T[:0-9]{8}'), rb"\g<1>2026-01-01T00:00:00"),
)


def load_fonts(folder: Path) -> None:
    for path in sorted(folder.glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def plain(family: str, points: float) -> QFont:
    """Without ligatures, so that a search for "first" finds it in every reader."""
    font = QFont(family)
    font.setPointSizeF(points)
    for feature in LIGATURES:
        font.setFeature(QFont.Tag(feature), 0)
    return font


def write(path: Path, markdown: str, title: str, *, chapters: bool) -> int:
    """Write the file and return its number of pages. With ``chapters`` each first-level heading starts a page."""
    writer = QPdfWriter(str(path))
    writer.setResolution(DPI)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(title)
    writer.setCreator("Brackwater Instruments")
    writer.setDocumentId(QUuid.createUuidV5(QUuid(), title.encode()))

    margin = MARGIN_MM * DPI / 25.4
    page = QSizeF(writer.width() - 2 * margin, writer.height() - 2 * margin)
    html = MarkdownIt().enable("table").render(markdown).replace("<table>", TABLE)
    breaks = {n for n, tag in enumerate(OPENING.findall(html)) if n and chapters and tag == "h1"}
    document = lay_out(html, breaks, writer, page)
    while (cut := first_cut(document)) not in breaks | {None}:
        breaks.add(cut)
        document = lay_out(html, breaks, writer, page)

    pages = document.pageCount()
    painter = QPainter(writer)
    for number in range(pages):
        if number:
            writer.newPage()
        draw_head(painter, title, f"Page {number + 1} of {pages}", QRectF(margin, 0, page.width(), margin))
        draw_page(painter, document, number, page, margin)
    painter.end()
    data = path.read_bytes()
    for date, fixed in DATES:
        data = date.sub(fixed, data)
    path.write_bytes(data)
    return pages


def lay_out(html: str, breaks: set[int], device: QPagedPaintDevice, page: QSizeF) -> QTextDocument:
    """The document with a new page before each heading or paragraph whose number is in ``breaks``."""
    numbers = itertools.count()
    broken = OPENING.sub(
        lambda tag: f'<{tag[1]} style="page-break-before: always">' if next(numbers) in breaks else tag[0], html
    )
    document = QTextDocument()
    document.setDefaultFont(plain(SERIF, 11.5))
    document.setDefaultStyleSheet(SHEET)
    document.documentLayout().setPaintDevice(device)
    document.setDocumentMargin(0)
    document.setHtml(f"<body>{broken}</body>")
    without_ligatures(document)
    document.setPageSize(page)
    return document


def first_cut(document: QTextDocument) -> int | None:
    """The number of the first paragraph that a page end would cut, or heading it would cut off from what follows."""
    layout, height = document.documentLayout(), document.pageSize().height()
    standing = [block for block in blocks(document) if block.text() and not QTextCursor(block).currentTable()]
    for number, block in enumerate(standing):
        last = block
        while last.blockFormat().headingLevel():
            last = last.next()
        table = QTextCursor(last).currentTable()
        end = layout.frameBoundingRect(table) if table else layout.blockBoundingRect(last)
        if layout.blockBoundingRect(block).top() // height != (end.bottom() - 1) // height:
            return number
    return None


def without_ligatures(document: QTextDocument) -> None:
    for block in blocks(document):
        spans = []
        piece = block.begin()
        while not piece.atEnd():
            spans.append((piece.fragment().position(), piece.fragment().length(), piece.fragment().charFormat()))
            piece += 1
        for position, length, style in spans:
            font = style.font()
            for feature in LIGATURES:
                font.setFeature(QFont.Tag(feature), 0)
            style.setFont(font)
            cursor = QTextCursor(document)
            cursor.setPosition(position)
            cursor.setPosition(position + length, QTextCursor.MoveMode.KeepAnchor)
            cursor.setCharFormat(style)


def blocks(document: QTextDocument) -> list[QTextBlock]:
    found, block = [], document.begin()
    while block.isValid():
        found.append(block)
        block = block.next()
    return found


def draw_head(painter: QPainter, title: str, page: str, area: QRectF) -> None:
    painter.setFont(plain(SANS, 8))
    painter.setPen(QColor("#5d665f"))
    line = area.adjusted(0, HEAD_MM * DPI / 25.4, 0, 0)
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, f"Brackwater Instruments · {title}")
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, page)


def draw_page(painter: QPainter, document: QTextDocument, number: int, page: QSizeF, margin: float) -> None:
    painter.save()
    painter.translate(margin, margin - number * page.height())
    context = QAbstractTextDocumentLayout.PaintContext()
    context.clip = QRectF(0, number * page.height(), page.width(), page.height())
    context.palette.setColor(QPalette.ColorRole.Text, QColor("#18201b"))
    painter.setClipRect(context.clip)
    document.documentLayout().draw(painter, context)
    painter.restore()

"""PDF through pdfium: text with pages and boxes, running heads and feet out, columns in reading order."""

from __future__ import annotations

import pypdfium2

from app.documents.readers import pdf_furniture
from app.documents.readers.draft import FAILED, NEEDS_PASSWORD, REFUSED, Draft, Unreadable
from app.documents.readers.kinds import PDF, VERSIONS
from app.documents.readers.pdf_blocks import blocks_of, style_of
from app.documents.readers.pdf_layout import Row, reading_order
from app.documents.readers.pdf_words import PageText, Sheet

VERSION = VERSIONS[PDF]
MOST_PAGES = 5000
_PASSWORD, _SECURITY = 4, 5
_UNTITLED = ("untitled", "microsoft word", "powerpoint", "document1")


def open_pdf(data: bytes) -> pypdfium2.PdfDocument:
    """The document.

    Raises:
        Unreadable: protected, damaged, or more than ``MOST_PAGES`` pages.
    """
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == _PASSWORD:
            raise Unreadable(NEEDS_PASSWORD, "It is protected by a password.") from None
        if code == _SECURITY:
            raise Unreadable(NEEDS_PASSWORD, "It is protected in a way that cannot be opened here.") from None
        raise Unreadable(FAILED, "The file is damaged: it cannot be opened as PDF.") from None
    if count > MOST_PAGES:
        raise Unreadable(REFUSED, f"It has more than {MOST_PAGES:,} pages.")
    return document


def read(data: bytes) -> Draft:
    document = open_pdf(data)
    pages: list[list[list[Row]]] = []
    sheets: list[Sheet | None] = []
    damaged = 0
    for number in range(len(document)):
        try:
            regions, sheet = _page(document, number)
        except pypdfium2.PdfiumError:
            regions, sheet = [], None
            damaged += 1
        pages.append(regions)
        sheets.append(sheet)
    if damaged and damaged == len(pages):
        raise Unreadable(FAILED, "The file is damaged: none of its pages can be opened.")
    pdf_furniture.drop(pages)
    style = style_of(pages)
    draft = Draft(VERSION, title=_title(document), pages=len(pages))
    for number, (regions, sheet) in enumerate(zip(pages, sheets, strict=True)):
        for piece in blocks_of(regions, style, number):
            if sheet and piece.box:
                piece.box = sheet.shown(piece.box)
            draft.pieces.append(piece)
    return draft


def _page(document: pypdfium2.PdfDocument, number: int) -> tuple[list[list[Row]], Sheet]:
    """One page, in reading order, furniture included."""
    page = document[number]
    text = PageText(page)
    try:
        return reading_order(text.fragments()), text.sheet
    finally:
        text.close()
        page.close()


def _title(document: pypdfium2.PdfDocument) -> str:
    """The title in the metadata, unless it is what a program wrote by itself."""
    title: str = document.get_metadata_dict().get("Title", "").strip()
    lower = title.lower()
    made_up = lower.startswith(_UNTITLED) or lower.endswith((".doc", ".docx", ".pdf", ".indd", ".xls", ".xlsx", ".ppt"))
    return "" if made_up or len(title) < 3 else title

"""From a draft to the document: normal form, spans, heading paths, page spans.

The text is built from the blocks, so ``text[start:end]`` is the block's text by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.documents.readers.draft import CODE, HEADING, NO_TEXT, REFUSED, Box, Draft, Unreadable
from app.documents.readers.normal import normal

SEPARATOR = "\n\n"
MOST_CHARACTERS = 20_000_000
MOST_HEADING = 300
DEEPEST = 9


@dataclass(slots=True)
class PlacedBlock:
    kind: str
    start: int
    end: int
    page: int | None
    box: Box | None
    heading_path: tuple[str, ...]


@dataclass(slots=True)
class Assembled:
    """A document in normal form. ``page_spans`` has one pair per page; an empty page has an empty span."""

    version: str
    title: str
    text: str
    pages: int | None
    page_spans: list[tuple[int, int]]
    blocks: list[PlacedBlock]


def assemble(draft: Draft) -> Assembled:
    """Put the pieces together.

    Raises:
        Unreadable: no text at all, or more than ``MOST_CHARACTERS``.
    """
    parts: list[str] = []
    blocks: list[PlacedBlock] = []
    spans: list[list[int] | None] = [None] * (draft.pages or 0)
    open_headings: list[tuple[int, str]] = []
    length = 0
    for piece in draft.pieces:
        text = normal(piece.text, keep_indent=piece.kind == CODE)
        if not text:
            continue
        if parts:
            parts.append(SEPARATOR)
            length += len(SEPARATOR)
        start, end = length, length + len(text)
        parts.append(text)
        length = end
        if length > MOST_CHARACTERS:
            raise Unreadable(REFUSED, f"It holds more than {MOST_CHARACTERS // 1_000_000} million characters of text.")
        if piece.kind == HEADING:
            while open_headings and open_headings[-1][0] >= piece.level:
                open_headings.pop()
        path = tuple(title for _, title in open_headings)
        if piece.kind == HEADING and len(open_headings) < DEEPEST:
            open_headings.append((piece.level, text.replace("\n", " ")[:MOST_HEADING]))
        blocks.append(PlacedBlock(piece.kind, start, end, piece.page, piece.box, path))
        if piece.page is not None:
            span = spans[piece.page]
            if span is None:
                spans[piece.page] = [start, end]
            else:
                span[1] = end
    if not blocks:
        raise Unreadable(NO_TEXT, _nothing(draft.pages))
    return Assembled(draft.version, _title(draft, blocks, parts), "".join(parts), draft.pages, _fill(spans), blocks)


def _nothing(pages: int | None) -> str:
    if not pages:
        return "It is empty, or holds nothing but pictures."
    looks = "page looks" if pages == 1 else "pages look"
    return f"Its {pages} {looks} like a scan, which is not read yet."


def _title(draft: Draft, blocks: list[PlacedBlock], parts: list[str]) -> str:
    """The document's own title, else its first heading when that opens the document."""
    own = normal(draft.title).replace("\n", " ")
    if own:
        return own[:MOST_HEADING]
    first = blocks[0]
    return parts[0].replace("\n", " ")[:MOST_HEADING] if first.kind == HEADING else ""


def _fill(spans: list[list[int] | None]) -> list[tuple[int, int]]:
    filled: list[tuple[int, int]] = []
    for span in spans:
        last = filled[-1][1] if filled else 0
        filled.append((span[0], span[1]) if span else (last, last))
    return filled

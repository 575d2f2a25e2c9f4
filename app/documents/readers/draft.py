"""What a reader hands on: pieces in reading order, not yet normalised."""

from __future__ import annotations

from dataclasses import dataclass, field

Box = tuple[float, float, float, float]

HEADING, PARAGRAPH, LIST, TABLE, CODE, CAPTION = "heading", "paragraph", "list", "table", "code", "caption"

NEEDS_PASSWORD, NO_TEXT, UNSUPPORTED, REFUSED, FAILED = (
    "needs_password",
    "no_text",
    "unsupported",
    "refused",
    "failed",
)


class Unreadable(Exception):  # noqa: N818 - an outcome of the file, not a defect of the reader
    """A file that ends without text.

    Attributes:
        outcome: one of the outcome words above; the same words as ``app.domain.documents.Outcome``.
        sentence: the reason, for a person.
    """

    def __init__(self, outcome: str, sentence: str) -> None:
        super().__init__(sentence)
        self.outcome = outcome
        self.sentence = sentence


@dataclass(slots=True)
class Piece:
    """One block as the format gives it.

    Attributes:
        level: depth of a heading, from 1; 0 for everything else.
        page: 0-based, None for formats without pages.
        box: left, bottom, right, top in points of the displayed page.
    """

    kind: str
    text: str
    level: int = 0
    page: int | None = None
    box: Box | None = None


@dataclass(slots=True)
class Draft:
    """A whole document. ``pages`` is None for formats without pages; ``version`` names reader and revision."""

    version: str
    title: str = ""
    pages: int | None = None
    pieces: list[Piece] = field(default_factory=list)

    def add(self, kind: str, text: str, level: int = 0) -> None:
        """Append a piece unless it is blank."""
        if text.strip():
            self.pieces.append(Piece(kind, text, level))

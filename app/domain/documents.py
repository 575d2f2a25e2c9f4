"""Documents: sources, blocks, chunks, passages and their outcomes.

Pages are 0-based everywhere in the program and in JSON; a person sees page + 1. A span is a half-open pair of
offsets, in Unicode code points, into the normalised text of one source. A box is in PDF points, origin bottom left.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.domain.base import Frozen


class Label(StrEnum):
    """Classification, from the least to the most restricted."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"

    @property
    def rank(self) -> int:
        return (Label.PUBLIC, Label.INTERNAL, Label.CONFIDENTIAL).index(self)


class Outcome(StrEnum):
    """How reading one file ended. The reason beside it is a sentence."""

    INDEXED = "indexed"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    NEEDS_PASSWORD = "needs_password"  # noqa: S105 - an outcome, not a secret
    NO_TEXT = "no_text"
    UNSUPPORTED = "unsupported"
    REFUSED = "refused"
    FAILED = "failed"


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    CAPTION = "caption"


class Span(NamedTuple):
    """Half-open offsets in code points."""

    start: int
    end: int


class Box(NamedTuple):
    """A rectangle on a page, PDF points, origin bottom left."""

    left: float
    bottom: float
    right: float
    top: float


class Block(Frozen):
    """One structural piece of a document.

    Attributes:
        heading_path: titles of the enclosing headings, outermost first.
        span: where the block stands in the document's normalised text; ``text[start:end]`` is ``Block.text``.
    """

    kind: BlockKind
    text: str
    page: int | None = None
    box: Box | None = None
    heading_path: tuple[str, ...] = ()
    span: Span


class Parsed(Frozen):
    """What a reader child made of one file.

    Attributes:
        text: the normalised text of the whole document; blocks are spans of it.
        pages: number of pages, None for formats without pages.
        page_spans: span of each page in ``text``, in order; empty for formats without pages.
    """

    outcome: Outcome
    reason: str
    title: str = ""
    text: str = ""
    pages: int | None = None
    page_spans: tuple[Span, ...] = ()
    blocks: tuple[Block, ...] = ()
    reader: str = ""
    seconds: float = 0.0
    peak_rss_bytes: int = 0


class Collection(Frozen):
    id: str
    name: str
    label: Label
    owner: str = ""
    sources: int = 0


class Source(Frozen):
    """One file known to Carrel.

    Attributes:
        sha256: of the bytes that were read; empty when nothing could be read.
        modified: mtime of the file when it was read, seconds since the epoch.
        duplicate_of: id of the source with the same content, for outcome ``duplicate``.
    """

    id: str
    collection: str
    path: str
    name: str
    kind: str
    title: str
    sha256: str
    bytes: int
    modified: float
    label: Label
    owner: str
    outcome: Outcome
    reason: str
    pages: int | None
    chunks: int
    read_at: datetime
    duplicate_of: str | None = None


class Chunk(Frozen):
    """The unit of retrieval: a span of one source, on one page where the format has pages."""

    id: str
    source: str
    ordinal: int
    text: str
    page: int | None
    span: Span
    heading_path: tuple[str, ...] = ()


class Passage(Frozen):
    """A chunk as it was found for a question, with what a citation needs.

    Attributes:
        score: fused rank score, higher is better; comparable only within one search.
        similarity: cosine similarity to the question, -1..1, None if the vector search did not see it.
    """

    chunk: str
    source: str
    collection: str
    path: str
    title: str
    page: int | None
    span: Span
    heading_path: tuple[str, ...] = ()
    text: str
    label: Label
    score: float
    similarity: float | None = None


class SearchSeconds(Frozen):
    embed: float
    lexical: float
    vector: float
    total: float


class SearchResult(Frozen):
    """What was found, best first.

    Attributes:
        lacking: why passages were looked for by their words only and not by their meaning, a sentence; empty when both were.
    """

    hits: tuple[Passage, ...]
    seconds: SearchSeconds
    lacking: str = ""


class PagePicture(Frozen):
    """One page drawn in a reader child.

    Attributes:
        pixels: RGB, three bytes a pixel, rows without padding, ``width * height * 3`` bytes.
        points: width and height of the page in PDF points.
        boxes: for each text that was looked for, its rectangles on the page (may be empty).
    """

    width: int
    height: int
    points: tuple[float, float]
    pixels: bytes
    boxes: tuple[tuple[Box, ...], ...] = ()


class ReadingProgress(Frozen):
    """One run over a set of files.

    Attributes:
        seconds_left: estimate; None until one can be made.
        paused: the reason in words, empty while running.
        yielding: it rests for something more urgent and goes on by itself.
    """

    run: str
    collection: str
    done: int
    total: int
    outcomes: dict[Outcome, int] = {}
    chunks: int = 0
    chunks_per_second: float = 0.0
    seconds_left: float | None = None
    current: str = ""
    paused: str = ""
    yielding: bool = False
    finished: bool = False


class SameText(Frozen):
    """The bytes of a source are held by another one too: deleting the first does not take its text out.

    Attributes:
        source: id of the one that goes.
        name: of the one that stays, with its collection when that is another.
    """

    source: str
    name: str


class DeletionReport(Frozen):
    """What a deletion removed, by store, and what a search of every store still found (0 everywhere is the proof).

    Attributes:
        artifacts: sealed files made from the documents.
        quotes: in stored answers; the words of the answers stay.
        snapshots: earlier copies of the database, which held them too.
        kept: sources that stay and hold the same text as one that went.
        derived: names of the files among ``artifacts`` that tools had made of the documents in chats.
    """

    sources: int
    chunks: int
    vectors: int
    artifacts: int
    quotes: int
    remaining: int
    snapshots: int = 0
    kept: tuple[SameText, ...] = ()
    derived: tuple[str, ...] = ()


def holders(kept: tuple[SameText, ...]) -> str:
    """``Rules.pdf holds the same text``; empty when nobody does. At most three are named."""
    names = list(dict.fromkeys(same.name for same in kept))
    if len(names) < 2:
        return f"{names[0]} holds the same text" if names else ""
    first, last = (names[:-1], names[-1]) if len(names) < 4 else (names[:2], f"{len(names) - 2:,} more")
    return f"{', '.join(first)} and {last} hold the same text"

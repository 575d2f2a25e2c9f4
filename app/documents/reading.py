"""One file, one fresh reader child, one outcome. A reader that dies, hangs or lies is an outcome too."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from app.documents.fingerprint import opened
from app.documents.readers.draft import Unreadable
from app.documents.readers.kinds import HEAD_BYTES, extension, recognise
from app.domain.base import Frozen
from app.domain.documents import Block, BlockKind, Box, Outcome, PagePicture, Parsed, Span
from app.domain.policy import GIB, MIB, Limits, Reason
from app.kernel.errors import Known
from app.sandbox.child import JobFailed, Reply
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Launcher

WORKER = "app.documents.reader_worker"
LIMITS = Limits(
    resident_bytes=1 * GIB,
    address_space_bytes=3 * GIB,
    cpu_seconds=30,
    wall_seconds=30.0,
    file_bytes=0,
    scratch_bytes=16 * MIB,
    output_bytes=256 * MIB,
)
CONFINEMENT = Confinement(role="reader", worker=WORKER, limits=LIMITS)
NOT_THE_FILE = {Reason.CANCELLED, Reason.REFUSED}
FRAME_BYTES = 8 * MIB
MOST_BLOCKS = 2_000_000

Count = Annotated[int, Field(ge=0)]
Row = tuple[BlockKind, Count, Count, Count | None, tuple[float, float, float, float] | None, tuple[str, ...]]


class _Head(Frozen):
    """The RESULT of ``read`` as it must look."""

    outcome: Outcome
    reason: str = Field(max_length=1000)
    title: str = Field("", max_length=1000)
    pages: Count | None = None
    page_spans: tuple[tuple[Count, Count], ...] = ()
    reader: str = Field("", max_length=40)
    peak_rss_bytes: Count = 0


class _Blocks(Frozen):
    blocks: tuple[Row, ...] = Field(max_length=MOST_BLOCKS)


class _Drawn(Frozen):
    width: Annotated[int, Field(gt=0, le=8192)]
    height: Annotated[int, Field(gt=0, le=8192 * 4)]
    points: tuple[float, float]
    boxes: tuple[tuple[tuple[float, float, float, float], ...], ...]


_BLOCKS = TypeAdapter(_Blocks)
_AS_BLOCKS = TypeAdapter(tuple[Block, ...])


async def read_file(launcher: Launcher, path: Path) -> Parsed:
    """Read one file; never raises for what is wrong with the file: that is the outcome and its reason.

    Raises:
        JobFailed: ``carrel.sandbox.…``, no reader can be started on this machine.
    """
    try:
        with opened(path) as descriptor:
            return await read_opened(launcher, descriptor, path.name)
    except Known as known:
        return Parsed(outcome=outcome_of(known), reason=known.message)


async def read_opened(launcher: Launcher, descriptor: int, name: str) -> Parsed:
    """Read an open file in a child of its own. Raises like ``read_file``."""
    began = time.monotonic()
    try:
        recognise(os.pread(descriptor, HEAD_BYTES, 0), name)
        child = await launcher.start(CONFINEMENT, (descriptor,))
        try:
            reply = await child.request("read", {"name": _hint(name)}, wall_seconds=LIMITS.wall_seconds)
        finally:
            await child.close()
        parsed = await asyncio.to_thread(_parsed, reply)
    except Unreadable as unreadable:
        parsed = Parsed(outcome=Outcome(unreadable.outcome), reason=unreadable.sentence)
    except JobFailed as failed:
        if failed.reason in NOT_THE_FILE:
            raise
        parsed = Parsed(outcome=outcome_of(failed), reason=_sentence(failed))
    except Known as known:
        parsed = Parsed(outcome=Outcome.FAILED, reason=known.message)
    except (ValidationError, UnicodeDecodeError, _NotADocumentError):
        parsed = Parsed(outcome=Outcome.FAILED, reason="The reader sent something that is not a document.")
    return parsed.model_copy(update={"seconds": time.monotonic() - began})


async def draw_page(
    launcher: Launcher, document: Path | bytes, page: int, width: int, texts: tuple[str, ...] = ()
) -> PagePicture:
    """Draw one page (0-based) of a PDF and find ``texts`` on it.

    Raises:
        Known: the file cannot be opened, the page cannot be drawn, or the reader failed.
    """
    if isinstance(document, bytes):
        return await _draw(launcher, (), {"bytes": len(document)}, _pieces(document), (page, width, texts))
    with opened(document) as descriptor:
        return await _draw(launcher, (descriptor,), {}, iter(()), (page, width, texts))


async def _draw(
    launcher: Launcher,
    inputs: tuple[int, ...],
    fields: dict[str, Any],
    data: Iterator[bytes],
    asked: tuple[int, int, tuple[str, ...]],
) -> PagePicture:
    page, width, texts = asked
    child = await launcher.start(CONFINEMENT, inputs)
    try:
        fields |= {"page": page, "width": width, "texts": list(texts)}
        reply = await child.request("draw", fields, data, wall_seconds=LIMITS.wall_seconds)
    finally:
        await child.close()
    try:
        drawn = _Drawn.model_validate(reply.result)
        (pixels,) = (artifact.data for artifact in reply.artifacts)
    except ValueError as error:
        raise _not_a_picture() from error
    if len(pixels) != drawn.width * drawn.height * 3 or len(drawn.boxes) != len(texts):
        raise _not_a_picture()
    boxes = tuple(tuple(Box(*box) for box in found) for found in drawn.boxes)
    return PagePicture(width=drawn.width, height=drawn.height, points=drawn.points, pixels=pixels, boxes=boxes)


class _NotADocumentError(ValueError):
    pass


def _parsed(reply: Reply) -> Parsed:
    """Check everything a child said against itself."""
    head = _Head.model_validate(reply.result)
    if head.outcome is not Outcome.INDEXED:
        return Parsed(outcome=head.outcome, reason=head.reason, peak_rss_bytes=head.peak_rss_bytes)
    untrusted = {artifact.kind: artifact.data for artifact in reply.artifacts}
    if set(untrusted) != {"text/plain", "application/json"} or len(reply.artifacts) != 2:
        raise _NotADocumentError
    text = untrusted["text/plain"].decode("utf-8")
    rows = _BLOCKS.validate_json(untrusted["application/json"]).blocks
    pages = head.pages or 0
    _ordered([(start, end) for _, start, end, *_ in rows], len(text))
    _ordered(list(head.page_spans), len(text))
    if len(head.page_spans) != pages or any((row[3] or 0) >= max(pages, 1) for row in rows):
        raise _NotADocumentError
    blocks = _AS_BLOCKS.validate_python(
        [
            {
                "kind": kind,
                "text": text[start:end],
                "page": page,
                "box": box,
                "heading_path": path,
                "span": (start, end),
            }
            for kind, start, end, page, box, path in rows
        ]
    )
    return Parsed(
        outcome=Outcome.INDEXED,
        reason="",
        title=head.title,
        text=text,
        pages=head.pages,
        page_spans=tuple(Span(*span) for span in head.page_spans),
        blocks=blocks,
        reader=head.reader,
        peak_rss_bytes=head.peak_rss_bytes,
    )


def _ordered(spans: list[tuple[int, int]], length: int) -> None:
    at = 0
    for start, end in spans:
        if not at <= start <= end <= length:
            raise _NotADocumentError
        at = end


def outcome_of(known: Known) -> Outcome:
    """What a failure to open or to read means for the file."""
    refused = known.code in {"carrel.file.size", "carrel.file.link", "carrel.file.irregular"}
    return Outcome.REFUSED if refused else Outcome.FAILED


def _sentence(failed: JobFailed) -> str:
    match failed.reason:
        case Reason.TIMEOUT | Reason.CPU:
            return f"Stopped after {LIMITS.wall_seconds:.0f} s: it takes too long to read."
        case Reason.MEMORY:
            return f"Stopped: the reader needed more than {LIMITS.resident_bytes // GIB} GB of memory for it."
        case Reason.OUTPUT_LIMIT:
            return "Stopped: it holds more text than can be read."
        case _:
            return failed.message


def _hint(name: str) -> str:
    """A neutral name with the same extension: the child needs no more of it."""
    ending = extension(name)[:16]
    return f"document.{ending}" if ending else "document"


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), FRAME_BYTES):
        yield data[start : start + FRAME_BYTES]


def _not_a_picture() -> Known:
    return Known("carrel.page.invalid", "The reader sent something that is not a page.", "Try again.", retryable=True)

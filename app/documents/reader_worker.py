"""The reader child: reads one document or draws one page, then answers. Runs after the locks.

Requests (the file is the first input descriptor, or ``bytes`` bytes of DATA frames):

    {"op": "read", "name", "bytes"?}                         name: display name, a hint for the format
        → ARTIFACT text/plain: the normalised text
        → ARTIFACT application/json: {"blocks": [[kind, start, end, page, box, heading_path], …]}
        → RESULT {"outcome", "reason", "title", "pages", "page_spans", "reader", "peak_rss_bytes"}
    {"op": "draw", "page", "width", "texts", "bytes"?}
        → ARTIFACT image/x-rgb
        → RESULT {"width", "height", "points", "boxes"}
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from app.documents.readers.dispatch import read_document
from app.documents.readers.draft import Unreadable
from app.sandbox.frames import Kind, ProtocolError
from app.sandbox.wire import Wire

INDEXED = "indexed"
READ_BYTES = 8 * 2**20
MOST_BYTES = 200 * 2**20
TEXT, BLOCKS, PIXELS = "text/plain", "application/json", "image/x-rgb"


def main(wire: Wire) -> None:
    while (request := wire.request()) is not None:
        data = _data(wire, request)
        try:
            if request.get("op") == "read":
                _read(wire, request, data)
            elif request.get("op") == "draw":
                _draw(wire, request, data)
            else:
                wire.error(request, "carrel.reader.operation", "The reader was asked for something it cannot do.")
        except MemoryError:
            wire.error(request, "carrel.reader.memory", "It needs more memory than a reader may use.")


def _data(wire: Wire, request: dict[str, Any]) -> bytes:
    if "bytes" not in request:
        return _from_descriptor(wire.input_fds[0])
    parts: list[bytes] = []
    missing = min(int(request["bytes"]), MOST_BYTES)
    while missing > 0:
        frame = wire.receive()
        if frame is None or frame[0] is not Kind.DATA or not isinstance(frame[1], bytes):
            raise ProtocolError("the bytes of the file did not follow")
        parts.append(frame[1])
        missing -= len(frame[1])
    return b"".join(parts)


def _from_descriptor(descriptor: int) -> bytes:
    """The whole file, from its start, without moving the offset it shares with the parent."""
    parts: list[bytes] = []
    offset = 0
    while offset <= MOST_BYTES and (part := os.pread(descriptor, READ_BYTES, offset)):
        parts.append(part)
        offset += len(part)
    return b"".join(parts)


def _read(wire: Wire, request: dict[str, Any], data: bytes) -> None:
    try:
        document = read_document(data, str(request.get("name", "")))
    except Unreadable as unreadable:
        wire.result(request, outcome=unreadable.outcome, reason=unreadable.sentence, peak_rss_bytes=_peak())
        return
    blocks = [
        [block.kind, block.start, block.end, block.page, block.box, block.heading_path] for block in document.blocks
    ]
    wire.artifact(request, "text", TEXT, document.text.encode("utf-8"))
    body = json.dumps({"blocks": blocks}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    wire.artifact(request, "blocks", BLOCKS, body.encode("utf-8"))
    wire.result(
        request,
        outcome=INDEXED,
        reason="",
        title=document.title,
        pages=document.pages,
        page_spans=document.page_spans,
        reader=document.version,
        peak_rss_bytes=_peak(),
    )


def _draw(wire: Wire, request: dict[str, Any], data: bytes) -> None:
    from app.documents.readers import pdf_picture  # noqa: PLC0415 - loads pdfium, which reading text does not need

    try:
        picture = pdf_picture.draw(data, int(request["page"]), int(request["width"]), list(request["texts"]))
    except Unreadable as unreadable:
        wire.error(request, f"carrel.page.{unreadable.outcome}", unreadable.sentence, "Open the file itself.")
        return
    except IndexError:
        wire.error(request, "carrel.page.none", "There is no such page.", "Read the file again; it may have changed.")
        return
    wire.artifact(request, "page", PIXELS, picture.pixels)
    wire.result(request, width=picture.width, height=picture.height, points=picture.points, boxes=picture.boxes)


def _peak() -> int:
    """The most memory this process has held, bytes; 0 where the system does not say."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

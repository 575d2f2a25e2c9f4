"""Rows of the document tables to domain values and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from app.domain.documents import Block, BlockKind, Box, Chunk, Collection, Label, Outcome, Parsed, Source, Span

Vectors = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

SOURCE_COLUMNS = (
    "id, collection, path, name, kind, title, sha256, bytes, modified, label, owner, outcome, reason, pages, chunks,"
    " read_at, duplicate_of"
)
CHUNK_COLUMNS = 'id, source, ordinal, text, page, start, "end", heading_path'
COLLECTION_COLUMNS = (
    "id, name, label, owner, (SELECT count(*) FROM source WHERE source.collection = collection.id) AS sources"
)


def source_of(row: tuple[Any, ...]) -> Source:
    """A row of ``SOURCE_COLUMNS``."""
    names = SOURCE_COLUMNS.replace(" ", "").split(",")
    values = dict(zip(names, row, strict=True))
    values |= {
        "label": Label(values["label"]),
        "outcome": Outcome(values["outcome"]),
        "read_at": datetime.fromisoformat(values["read_at"]),
    }
    return Source(**values)


def source_row(source: Source) -> tuple[Any, ...]:
    """In the order of ``SOURCE_COLUMNS``."""
    return (
        *(source.id, source.collection, source.path, source.name, source.kind, source.title, source.sha256),
        *(source.bytes, source.modified, source.label.value, source.owner, source.outcome.value, source.reason),
        *(source.pages, source.chunks, source.read_at.isoformat(), source.duplicate_of),
    )


def chunk_of(row: tuple[Any, ...]) -> Chunk:
    """A row of ``CHUNK_COLUMNS``."""
    number, source, ordinal, text, page, start, end, path = row
    return Chunk(
        id=number,
        source=source,
        ordinal=ordinal,
        text=text,
        page=page,
        span=Span(start, end),
        heading_path=tuple(json.loads(path)),
    )


def collection_of(row: tuple[Any, ...]) -> Collection:
    """A row of ``COLLECTION_COLUMNS``."""
    return Collection(id=row[0], name=row[1], label=Label(row[2]), owner=row[3], sources=row[4])


def blocks_json(parsed: Parsed) -> str:
    """Blocks without their text, which the spans give."""
    rows = [(block.kind.value, *block.span, block.page, block.box, block.heading_path) for block in parsed.blocks]
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


def blocks_of(text: str, rows: str) -> tuple[Block, ...]:
    """What ``blocks_json`` wrote."""
    return tuple(
        Block(
            kind=BlockKind(kind),
            text=text[start:end],
            page=page,
            box=Box(*box) if box else None,
            heading_path=tuple(path),
            span=Span(start, end),
        )
        for kind, start, end, page, box, path in json.loads(rows)
    )


def packed(vectors: Vectors) -> list[bytes]:
    """Half floats: unit vectors keep their cosines to three digits in half the room."""
    return [row.tobytes() for row in vectors.astype("<f2")]


def unpacked(blobs: Iterable[bytes], dimensions: int) -> Vectors:
    """Shape (n, dimensions), unit length again."""
    flat = np.frombuffer(b"".join(blobs), dtype="<f2").astype(np.float32).reshape(-1, dimensions)
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    unit: Vectors = flat / np.maximum(norms, np.float32(1e-9))
    return unit


def whole(value: object) -> int:
    """A count or a number as the database gives it."""
    if not isinstance(value, int):
        raise TypeError("the database did not answer with a whole number")
    return value

"""Documents in the vault: what was read, one transaction a document; what is deleted is gone from every table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import apsw
import numpy as np

from app.documents.chunking import Cut
from app.documents.deletion import Deleted, delete, remove_reading, same_text
from app.documents.ordering import natural
from app.documents.records import (
    CHUNK_COLUMNS,
    SOURCE_COLUMNS,
    Numbers,
    Vectors,
    blocks_json,
    blocks_of,
    chunk_of,
    packed,
    source_of,
    source_row,
    unpacked,
    whole,
)
from app.documents.scripts import grams
from app.domain.documents import Block, Chunk, Parsed, Passage, SameText, Source, Span
from app.kernel.errors import Known
from app.vault import cited
from app.vault.database import Database, next_change


@dataclass(frozen=True)
class Versions:
    """What made a reading; a difference reads the file again."""

    reader: str = ""
    chunker: str = ""
    embedder: str = ""

    def as_json(self) -> str:
        return json.dumps([self.reader, self.chunker, self.embedder])


@dataclass(frozen=True)
class Kept:
    """What is known of a file from an earlier run."""

    source: Source
    versions: Versions


@dataclass(frozen=True)
class SourceList:
    """A slice of the sources: ``total`` match, ``counts`` by outcome over the whole collection."""

    rows: tuple[Source, ...]
    total: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Written:
    """``added`` and ``removed`` are chunk numbers, for the indexes."""

    source: Source
    added: tuple[int, ...]
    removed: tuple[int, ...]


class DocumentStore:
    """Sources and what hangs on them. Collections are kept by ``Collections``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # -- writing
    async def put(
        self, source: Source, versions: Versions, parsed: Parsed, cuts: Sequence[Cut], vectors: Vectors
    ) -> Written:
        """Store one read document in place of what was there, in one transaction; answers that quote it follow."""
        blocks, blobs = blocks_json(parsed), packed(vectors)

        def write(connection: apsw.Connection) -> Written:
            removed = remove_reading(connection, [source.id])
            if _write_source(connection, source, versions):
                cited.look_again(connection, source.id, parsed.text, parsed.page_spans)
            connection.execute(
                "INSERT INTO reading VALUES (?, ?, ?, ?)",
                (source.id, parsed.text, blocks, json.dumps(parsed.page_spans)),
            )
            added = tuple(
                _write_chunk(connection, source, ordinal, cut, blob, versions.embedder)
                for ordinal, (cut, blob) in enumerate(zip(cuts, blobs, strict=True))
            )
            return Written(source, added, tuple(removed))

        return await self._database.write(write)

    async def put_outcome(self, source: Source, versions: Versions) -> Written:
        """Store a file that has no text of its own (duplicate, refused, …); an earlier reading of it goes."""

        def write(connection: apsw.Connection) -> Written:
            removed = remove_reading(connection, [source.id])
            if _write_source(connection, source, versions):
                cited.look_again(connection, source.id, "", ())
            return Written(source, (), tuple(removed))

        return await self._database.write(write)

    async def touch(self, source: str, modified: float) -> None:
        """The same content under another time."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE source SET modified = ? WHERE id = ?", (modified, source)
            ).fetchall()
        )

    async def delete(self, sources: Sequence[str]) -> Deleted:
        """Remove sources from every table and look for what is left.

        A file that was a duplicate of a deleted one and stays takes over its text. Earlier copies of the database go
        first: they would still hold what is deleted.
        """
        erased = await self._database.erase(lambda connection: delete(connection, list(dict.fromkeys(sources))))
        report = erased.result.report.model_copy(update={"snapshots": erased.snapshots})
        return replace(erased.result, report=report)

    # -- reading
    async def same_text(self, sources: Sequence[str]) -> tuple[SameText, ...]:
        """Who would keep the text of ``sources`` if they were deleted."""
        return await self._database.read(lambda connection: same_text(connection, sources))

    async def kept(self, collection: str, path: str) -> Kept | None:
        """The source at ``path`` in ``collection``, if it was read before."""
        return await self._kept("collection = ? AND path = ?", (collection, path))

    async def same_content(self, like: Source, versions: Versions) -> Kept | None:
        """Another indexed source of the same collection and label with the same bytes, read the same way."""
        kept = await self._kept(
            "collection = ? AND sha256 = ? AND label = ? AND outcome = 'indexed' AND id <> ?",
            (like.collection, like.sha256, like.label.value, like.id),
        )
        same = kept and (kept.versions.chunker, kept.versions.embedder) == (versions.chunker, versions.embedder)
        return kept if same else None

    async def source(self, source: str) -> Source:
        """Raises ``carrel.source.missing``."""
        kept = await self._kept("id = ?", (source,))
        if kept is None:
            raise missing()
        return kept.source

    async def source_at(self, path: str) -> Source:
        """The latest source at ``path``, whatever its collection. Raises ``carrel.source.missing``."""
        kept = await self._kept("path = ? ORDER BY seq DESC LIMIT 1", (path,))
        if kept is None:
            raise missing()
        return kept.source

    async def sources(
        self,
        collection: str | None = None,
        outcome: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 200,
    ) -> SourceList:
        """Sources in the ``natural`` order of their paths; ``search`` is looked for in name, path and title."""
        where, values = "1", []
        if collection is not None:
            where, values = "collection = ?", [collection]
        narrow, narrow_values = where, list(values)
        if outcome is not None:
            narrow, narrow_values = f"{narrow} AND outcome = ?", [*narrow_values, outcome]
        if search:
            pattern = "%" + search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            narrow += " AND (path LIKE ? ESCAPE '\\' OR title LIKE ? ESCAPE '\\')"
            narrow_values += [pattern, pattern]

        def read(connection: apsw.Connection) -> SourceList:
            found = connection.execute(f"SELECT path, id FROM source WHERE {narrow}", narrow_values).fetchall()  # noqa: S608 - fixed words
            found.sort(key=lambda row: (natural(str(row[0])), row[1]))
            wanted = [source for _, source in found[offset : offset + limit]]
            rows = connection.execute(
                f"SELECT {SOURCE_COLUMNS} FROM source WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 - fixed words
                (json.dumps(wanted),),
            )
            by_id = {row[0]: source_of(row) for row in rows}
            counts = connection.execute(f"SELECT outcome, count(*) FROM source WHERE {where} GROUP BY 1", values)  # noqa: S608 - fixed words
            return SourceList(
                tuple(by_id[source] for source in wanted), len(found), {str(key): whole(n) for key, n in counts}
            )

        return await self._database.read(read)

    async def text(self, source: str) -> str:
        """The normalised text. Raises ``carrel.source.no_text``."""
        rows = await self._rows("SELECT text FROM reading WHERE source = ?", (source,))
        if not rows:
            raise Known("carrel.source.no_text", "There is no text of this file.", "Read it again.")
        return str(rows[0][0])

    async def layout(self, source: str) -> tuple[tuple[Block, ...], tuple[Span, ...]]:
        """Blocks and page spans of what was read; both empty when nothing was."""
        rows = await self._rows("SELECT text, blocks, page_spans FROM reading WHERE source = ?", (source,))
        if not rows:
            return (), ()
        text, blocks, spans = rows[0]
        return blocks_of(text, blocks), tuple(Span(*span) for span in json.loads(spans))

    async def chunks(self, source: str) -> tuple[Chunk, ...]:
        rows = await self._rows(f"SELECT {CHUNK_COLUMNS} FROM chunk WHERE source = ? ORDER BY ordinal", (source,))  # noqa: S608 - fixed words
        return tuple(chunk_of(row) for row in rows)

    async def passage(self, chunk: str) -> Passage:
        """The passage with this citation id. Raises ``carrel.passage.missing``."""
        columns = ", ".join(f"chunk.{name.strip()}" for name in CHUNK_COLUMNS.split(","))
        rows = await self._rows(f"SELECT {columns} FROM chunk WHERE id = ?", (chunk,))  # noqa: S608 - fixed words
        if not rows:
            raise Known("carrel.passage.missing", "This passage is not in the store any more.", "Ask again.")
        found = chunk_of(rows[0])
        return passage_of(found, await self.source(found.source), 0.0, None)

    async def vectors(
        self, embedder: str, dimensions: int, after: int = 0, limit: int = 20_000
    ) -> tuple[Numbers, Vectors]:
        """Chunk numbers above ``after`` in order, and their vectors; at most ``limit``."""
        rows = await self._rows(
            "SELECT chunk, vector FROM embedding WHERE embedder = ? AND chunk > ? ORDER BY chunk LIMIT ?",
            (embedder, after, limit),
        )
        right = [(number, blob) for number, blob in rows if len(blob) == 2 * dimensions]
        numbers = np.array([number for number, _ in right], dtype=np.int64)
        return numbers, unpacked((blob for _, blob in right), dimensions)

    async def bytes_used(self) -> tuple[int, int]:
        """Bytes of text and of vectors."""
        rows = await self._rows(
            "SELECT (SELECT coalesce(sum(octet_length(text)), 0) FROM reading),"
            " (SELECT coalesce(sum(octet_length(vector)), 0) FROM embedding)",
            (),
        )
        return whole(rows[0][0]), whole(rows[0][1])

    async def _kept(self, where: str, values: tuple[Any, ...]) -> Kept | None:
        rows = await self._rows(f"SELECT {SOURCE_COLUMNS}, versions FROM source WHERE {where}", values)  # noqa: S608 - fixed words
        return Kept(source_of(rows[0][:-1]), Versions(*json.loads(rows[0][-1]))) if rows else None

    async def _rows(self, sql: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        return await self._database.read(lambda connection: connection.execute(sql, values).fetchall())


def missing() -> Known:
    return Known(
        "carrel.source.missing", "Carrel does not know this document.", "List the documents to see which there are."
    )


def passage_of(chunk: Chunk, source: Source, score: float, similarity: float | None) -> Passage:
    """A chunk as it was found."""
    return Passage(
        chunk=chunk.id,
        source=source.id,
        collection=source.collection,
        path=source.path,
        title=source.title,
        page=chunk.page,
        span=chunk.span,
        heading_path=chunk.heading_path,
        text=chunk.text,
        label=source.label,
        score=score,
        similarity=similarity,
    )


def _write_source(connection: apsw.Connection, source: Source, versions: Versions) -> bool:
    """Returns whether it was known before: then answers may quote it."""
    known = bool(connection.execute("SELECT 1 FROM source WHERE id = ?", (source.id,)).fetchall())
    row = (*source_row(source), versions.as_json(), next_change(connection))
    names = [name.strip() for name in f"{SOURCE_COLUMNS}, versions, seq".split(",")]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
    marks = ", ".join("?" * len(names))
    connection.execute(
        f"INSERT INTO source ({', '.join(names)}) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {updates}",  # noqa: S608 - fixed words
        row,
    )
    return known


def _write_chunk(
    connection: apsw.Connection, source: Source, ordinal: int, cut: Cut, blob: bytes, embedder: str
) -> int:
    connection.execute(
        'INSERT INTO chunk (id, source, ordinal, page, start, "end", heading_path, text, heading, title, grams)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(cut.id_in(source.id), source.id, ordinal, cut.page, *cut.span),
            *(json.dumps(cut.heading_path, ensure_ascii=False), cut.text, " ".join(cut.heading_path)),
            *(source.title, grams(cut.text)),
        ),
    )
    number = connection.last_insert_rowid()
    connection.execute("INSERT INTO embedding VALUES (?, ?, ?)", (number, embedder, blob))
    return number

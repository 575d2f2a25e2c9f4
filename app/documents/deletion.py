"""Deletion from every table, with its proof. What is deleted leaves the full-text index at once (FTS5 secure-delete)
and its pages are overwritten (SQLite is built with SECURE_DELETE)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import apsw

from app.documents.records import whole
from app.domain.documents import DeletionReport, SameText
from app.vault import cited
from app.vault.artifacts import OF_A_TOOL
from app.vault.database import next_change

MADE_BY_TOOL = f"artifact WHERE kind = '{OF_A_TOOL}' AND name IN (SELECT value FROM json_each(?))"  # noqa: S608 - fixed words


@dataclass(frozen=True)
class Deleted:
    """``numbers`` are the chunks an index has to forget."""

    report: DeletionReport
    numbers: tuple[int, ...]


def delete(connection: apsw.Connection, sources: list[str]) -> Deleted:
    """Remove ``sources`` inside a transaction and report what a look at every table still finds.

    The rows of artifacts made from them go too; files without a row are for the vault to sweep.
    """
    kept = same_text(connection, sources)
    count = _count(connection, "SELECT count(*) FROM source WHERE id IN (SELECT value FROM json_each(?))", sources)
    inside = (json.dumps(sources),)
    chunks = connection.execute("SELECT id FROM chunk WHERE source IN (SELECT value FROM json_each(?))", inside)
    named = [*sources, *(str(chunk) for (chunk,) in chunks)]
    quotes = cited.take_out(connection, named)
    artifacts = _remove_artifacts(connection, sources)
    _hand_over(connection, sources)
    numbers = remove_reading(connection, sources)
    connection.execute("DELETE FROM source WHERE id IN (SELECT value FROM json_each(?))", inside)
    next_change(connection)
    report = DeletionReport(
        sources=count,
        chunks=len(numbers),
        vectors=len(numbers),
        artifacts=len(artifacts),
        quotes=quotes,
        remaining=_remaining(connection, sources, numbers)
        + _count(connection, f"SELECT count(*) FROM {MADE_BY_TOOL}", list(artifacts))  # noqa: S608 - fixed words
        + cited.mentions(connection, named),
        derived=tuple(sorted(title for title in artifacts.values() if title)),
        kept=kept,
    )
    return Deleted(report, tuple(numbers))


def _remove_artifacts(connection: apsw.Connection, sources: list[str]) -> dict[str, str]:
    """Every use of the sealed files made from ``sources``, in chats too; by name, the title of what tools made of them."""
    rows = connection.execute(
        "SELECT name, kind, title FROM artifact WHERE source IN (SELECT value FROM json_each(?))",
        (json.dumps(sources),),
    ).fetchall()
    titles = {str(name): str(title) if kind == OF_A_TOOL else "" for name, kind, title in rows}
    connection.execute("DELETE FROM artifact WHERE source IN (SELECT value FROM json_each(?))", (json.dumps(sources),))
    made = [name for name, title in titles.items() if title]
    connection.execute(f"DELETE FROM {MADE_BY_TOOL}", (json.dumps(made),))  # noqa: S608 - fixed words
    return titles


def same_text(connection: apsw.Connection, sources: Sequence[str]) -> tuple[SameText, ...]:
    """Which other sources hold the text of ``sources``: duplicates, and the same file in other collections."""
    rows = connection.execute(
        "SELECT gone.id, stays.name, iif(stays.collection = gone.collection, NULL, collection.name)"
        " FROM source AS gone JOIN source AS stays ON stays.sha256 = gone.sha256"
        " JOIN collection ON collection.id = stays.collection"
        " WHERE gone.id IN (SELECT value FROM json_each(?1)) AND gone.sha256 <> ''"
        " AND stays.id NOT IN (SELECT value FROM json_each(?1))"
        " AND EXISTS (SELECT 1 FROM reading WHERE reading.source IN (stays.id, stays.duplicate_of))"
        " ORDER BY stays.name, stays.id",
        (json.dumps(list(sources)),),
    )
    return tuple(
        SameText(source=str(source), name=f"{name} in {elsewhere}" if elsewhere else str(name))
        for source, name, elsewhere in rows
    )


def remove_reading(connection: apsw.Connection, sources: list[str]) -> list[int]:
    """Text, chunks and vectors of ``sources``; returns the chunk numbers that went."""
    ids = (json.dumps(sources),)
    inside = "source IN (SELECT value FROM json_each(?))"
    numbers = [whole(number) for (number,) in connection.execute(f"SELECT number FROM chunk WHERE {inside}", ids)]  # noqa: S608 - fixed words
    connection.execute(f"DELETE FROM chunk WHERE {inside}", ids)  # noqa: S608 - fixed words
    connection.execute(f"DELETE FROM reading WHERE {inside}", ids)  # noqa: S608 - fixed words
    return numbers


def _hand_over(connection: apsw.Connection, gone: list[str]) -> None:
    """Give the text of each source that goes to its first duplicate that stays, under a name of its own."""
    heirs = connection.execute(
        "SELECT old.id, old.title, old.name, heir.id, heir.name FROM source AS old JOIN source AS heir"
        " ON heir.id = (SELECT min(id) FROM source WHERE duplicate_of = old.id"
        " AND id NOT IN (SELECT value FROM json_each(?1)))"
        " WHERE old.id IN (SELECT value FROM json_each(?1))",
        (json.dumps(gone),),
    ).fetchall()
    for original, title, name, heir, heir_name in heirs:
        connection.execute("UPDATE reading SET source = ? WHERE source = ?", (heir, original))
        connection.execute("UPDATE chunk SET source = ? WHERE source = ?", (heir, original))
        connection.execute(
            "UPDATE source SET (outcome, reason, pages, chunks, title, versions, duplicate_of) ="
            " (SELECT outcome, reason, pages, chunks, title, versions, NULL FROM source AS old WHERE old.id = ?)"
            " WHERE id = ?",
            (original, heir),
        )
        connection.execute(
            "UPDATE source SET duplicate_of = ?, reason = ? WHERE duplicate_of = ?",
            (heir, same_content(str(heir_name)), original),
        )
        if title == PurePath(str(name)).stem:
            _entitle(connection, str(heir))


def same_content(name: str) -> str:
    """Why a duplicate was not read."""
    return f"Same content as {name}."


def _entitle(connection: apsw.Connection, heir: str) -> None:
    """Call a source and its duplicates by their own file names. Vectors keep the old title, so it is read anew next."""
    rows = connection.execute("SELECT id, name FROM source WHERE ?1 IN (id, duplicate_of)", (heir,)).fetchall()
    titles = [(PurePath(str(name)).stem, source) for source, name in rows]
    connection.executemany("UPDATE source SET title = ? WHERE id = ?", titles)
    connection.execute("UPDATE source SET versions = json_replace(versions, '$[0]', '') WHERE id = ?", (heir,))
    words = "number, text, heading, title FROM chunk WHERE source = ?"
    columns = "rowid, text, heading, title"
    connection.execute(f"INSERT INTO chunk_words (chunk_words, {columns}) SELECT 'delete', {words}", (heir,))
    connection.executemany("UPDATE chunk SET title = ? WHERE source = ?", titles)
    connection.execute(f"INSERT INTO chunk_words ({columns}) SELECT {words}", (heir,))


def _remaining(connection: apsw.Connection, sources: list[str], numbers: list[int]) -> int:
    """Rows of any table that still belong to what was deleted."""
    by_source = ("source WHERE id", "reading WHERE source", "chunk WHERE source", "artifact WHERE source")
    by_number = ("embedding WHERE chunk", "chunk_words_docsize WHERE id", "chunk_grams_docsize WHERE id")
    inside = "IN (SELECT value FROM json_each(?))"
    found = sum(_count(connection, f"SELECT count(*) FROM {table} {inside}", sources) for table in by_source)  # noqa: S608 - fixed words
    return found + sum(_count(connection, f"SELECT count(*) FROM {table} {inside}", numbers) for table in by_number)  # noqa: S608 - fixed words


def _count(connection: apsw.Connection, sql: str, values: Sequence[str | int]) -> int:
    (row,) = connection.execute(sql, (json.dumps(list(values)),)).fetchall()
    return whole(row[0])

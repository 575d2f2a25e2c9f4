"""Full-text search: a question to a safe FTS5 expression, ranked by BM25 inside the scope."""

from __future__ import annotations

import re
from typing import cast

import apsw

from app.documents.fusion import Scores
from app.documents.records import whole
from app.documents.scope import Reach
from app.documents.scripts import grams, spaced

TOKENIZER = ("porter", ["unicode61", "remove_diacritics", "2", "categories", "L* N* Co Mn Mc"])
"""As the table ``chunk_words`` has it: without the marks (M) words of Hindi and Arabic fall to pieces."""
WEIGHTS = "1.0, 0.6, 0.6"
"""Of text, headings, title."""
FREQUENT_SHARE = 0.5
"""Measured on cranfield: dropping terms of more than a fifth of the chunks costs .026 nDCG, of more than half nothing."""
COSTLY_FROM = 15_000
"""A term in more chunks than this is dropped whatever its share: it would cost tens of milliseconds."""
FREQUENT_FROM = 200
"""Chunks from which on a frequent term is dropped; in a small store every term is cheap."""
MOST_TERMS = 48

_FISCAL = re.compile(r"\bFY\s?(\d{4}|\d{2})(?!\d)", re.IGNORECASE)


def search_words(connection: apsw.Connection, query: str, reach: Reach, limit: int) -> Scores:
    """Chunk numbers with their BM25, best first; what only shares words with spaces comes after what shares pairs."""
    found: Scores = {}
    if expression := words_expression(connection, with_years(spaced(query))):
        found = _ranked(connection, "chunk_words", f"bm25(chunk_words, {WEIGHTS})", expression, reach, limit)
    if expression := _any_of(dict.fromkeys(grams(query).split())):
        pairs = _ranked(connection, "chunk_grams", "bm25(chunk_grams)", expression, reach, limit)
        below = min(pairs.values(), default=1.0) / max(found.values(), default=1.0)
        found = pairs | {number: score * below for number, score in found.items() if number not in pairs}
    return dict(list(found.items())[:limit])


def with_years(query: str) -> str:
    """``query`` with each fiscal year as the year it is: documents say 2022 where questions say FY2022 or FY22."""
    years = [year if len(year) == 4 else f"20{year}" for year in _FISCAL.findall(query)]
    return " ".join((query, *years))


def words_expression(connection: apsw.Connection, query: str) -> str:
    """An OR of the query's terms, each quoted; frequent ones are left out unless all are. Empty without terms."""
    raw = query.encode("utf-8", "replace")
    tokenizer = connection.fts5_tokenizer(*TOKENIZER)
    terms: dict[str, str] = {}
    for start, end, term in cast("list[tuple[int, int, str]]", tokenizer(raw, apsw.FTS5_TOKENIZE_QUERY, None)):
        terms.setdefault(term, raw[start:end].decode("utf-8", "replace"))
    if not terms:
        return ""
    counts = {term: _documents_with(connection, term) for term in terms}
    ((total,),) = connection.execute("SELECT count(*) FROM chunk").fetchall()
    most = max(FREQUENT_FROM, min(FREQUENT_SHARE * whole(total), COSTLY_FROM))
    present = [term for term in terms if counts[term]]
    kept = [term for term in present if counts[term] <= most] or present
    kept = sorted(kept, key=lambda term: counts[term])[:MOST_TERMS]
    return _any_of([terms[term] for term in kept])


def _any_of(words: list[str] | dict[str, None]) -> str:
    return " OR ".join('"' + word.replace('"', '""') + '"' for word in words)


def _documents_with(connection: apsw.Connection, term: str) -> int:
    rows = connection.execute("SELECT doc FROM chunk_terms WHERE term = ?", (term,)).fetchall()
    return whole(rows[0][0]) if rows else 0


def _ranked(connection: apsw.Connection, table: str, rank: str, expression: str, reach: Reach, limit: int) -> Scores:
    rows = connection.execute(
        f"SELECT {table}.rowid, -{rank} AS score FROM {table} JOIN chunk ON chunk.number = {table}.rowid"  # noqa: S608 - fixed words
        f" JOIN source ON source.id = chunk.source"
        f" WHERE {table} MATCH ? AND {reach.condition} ORDER BY score DESC, {table}.rowid LIMIT ?",
        (expression, *reach.values, limit),
    )
    return {whole(number): float(cast("float", score)) for number, score in rows}

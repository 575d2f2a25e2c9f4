"""What stored answers hold of documents: quotes, passages that were read, what a tool returned.

A document that goes is taken out of them. The words of the answer stay, and where a quote stood it says that it went.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import apsw

from app.domain.documents import Passage, Span
from app.domain.messages import Answer, Quote, QuoteState, ToolCall
from app.vault import answer_json

MENTIONING = """
FROM exchange WHERE answer IS NOT NULL
AND EXISTS (SELECT 1 FROM json_each(?) AS gone WHERE instr(exchange.answer, gone.value))
"""
REMOVED = "Removed with its document."


def take_out(connection: apsw.Connection, ids: Sequence[str]) -> int:
    """Take documents and their chunks, named by ``ids``, out of every answer, in the caller's transaction.

    Returns how many quotes went.
    """
    gone, count = frozenset(ids), 0
    rows = connection.execute(f"SELECT id, answer, version {MENTIONING}", (json.dumps(list(ids)),)).fetchall()
    for exchange, text, version in rows:
        answer = answer_json.load(str(text), int(str(version)))
        count += sum(_of(quote, gone) for quote in answer.quotes)
        left = answer_json.dump(_without(answer, gone))
        row = (left, answer_json.VERSION, exchange)
        connection.execute("UPDATE exchange SET answer = ?, version = ? WHERE id = ?", row).fetchall()
    return count


def mentions(connection: apsw.Connection, ids: Sequence[str]) -> int:
    """How many answers still name one of ``ids``."""
    for (count,) in connection.execute(f"SELECT count(*) {MENTIONING}", (json.dumps(list(ids)),)):
        return int(str(count))
    return 0


def _of(held: Quote | Passage, gone: frozenset[str]) -> bool:
    return held.source in gone or held.chunk in gone


def _without(answer: Answer, gone: frozenset[str]) -> Answer:
    nearest = answer.nearest
    return answer.model_copy(
        update={
            "quotes": tuple(_removed(quote) if _of(quote, gone) else quote for quote in answer.quotes),
            "read": tuple(passage for passage in answer.read if not _of(passage, gone)),
            "nearest": None if nearest is None or _of(nearest, gone) else nearest,
            "tool_calls": tuple(_emptied(call) if _names(call, gone) else call for call in answer.tool_calls),
        }
    )


def _removed(quote: Quote) -> Quote:
    nothing = {"text": "", "chunk": "", "source": "", "path": "", "title": "", "page": None, "span": Span(0, 0)}
    return quote.model_copy(update={**nothing, "verified": False, "state": QuoteState.REMOVED})


def _names(call: ToolCall, gone: frozenset[str]) -> bool:
    text = call.model_dump_json()
    return any(one in text for one in gone)


def _emptied(call: ToolCall) -> ToolCall:
    return call.model_copy(update={"arguments": {}, "result": None if call.result is None else REMOVED, "error": None})

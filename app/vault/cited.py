"""What stored answers hold of documents: quotes, passages that were read, what a tool returned.

A document that goes is taken out of them, and of one that was read anew each quote is looked for once more. The words of
the answer stay; where a quote stood it says that it went, or that its file changed, and what it bore alone is borne no more.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import apsw

from app.domain.claims import unsupported
from app.domain.documents import Passage, Span
from app.domain.messages import Answer, Quote, QuoteState, ToolCall
from app.domain.sentences import locate_among, sentences
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

    def without(answer: Answer) -> Answer:
        nonlocal count
        count += sum(_of(quote, gone) for quote in answer.quotes)
        return _without(answer, gone)

    _rewrite(connection, ids, without)
    return count


def look_again(connection: apsw.Connection, source: str, text: str, page_spans: Sequence[Span]) -> None:
    """Look for the quotes of ``source`` in its text of now, in the caller's transaction.

    One that still stands there as whole sentences is verified at its place of now; any other is stale, until a later
    reading holds it again. What was never found in the source stays unverified.
    """
    units = sentences(text)

    def looked_for(answer: Answer) -> Answer:
        quotes = tuple(_placed(q, text, units, page_spans) if q.source == source else q for q in answer.quotes)
        return answer.model_copy(update={"quotes": quotes})

    _rewrite(connection, (source,), looked_for)


def _rewrite(connection: apsw.Connection, ids: Sequence[str], change: Callable[[Answer], Answer]) -> None:
    """Change every answer that names one of ``ids``; what its quotes bear is judged anew."""
    found = connection.execute(
        f"SELECT id, question, answer, version {MENTIONING}", (json.dumps(list(ids)),)
    ).fetchall()
    for exchange, question, text, version in found:
        answer = change(answer_json.load(str(text), int(str(version))))
        row = (answer_json.dump(_judged(answer, str(question))), answer_json.VERSION, exchange)
        connection.execute("UPDATE exchange SET answer = ?, version = ? WHERE id = ?", row).fetchall()


def _judged(answer: Answer, question: str) -> Answer:
    """Each sentence that quotes bore against those of them that are verified now."""
    verified = {quote.number: quote.text for quote in answer.quotes if quote.verified}
    reading = tuple(passage.text for passage in answer.read)
    judged = []
    for sentence in answer.sentences:
        if sentence.quotes:
            missing = unsupported(sentence.text, tuple(verified.values()), question, reading)
            supported = not missing and any(number in verified for number in sentence.quotes)
            judged.append(sentence.model_copy(update={"supported": supported, "unsupported": missing}))
        else:
            judged.append(sentence)
    whole = bool(judged) and not answer.undone and all(sentence.supported for sentence in judged)
    return answer.model_copy(update={"sentences": tuple(judged), "supported": whole})


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


def _placed(quote: Quote, text: str, units: tuple[Span, ...], page_spans: Sequence[Span]) -> Quote:
    """``quote`` where it stands in ``text``: the next place from its old one on, else the first."""
    if not quote.verified and quote.state is not QuoteState.STALE:
        return quote
    onwards = tuple(unit for unit in units if unit.start >= quote.span.start)
    place = locate_among(quote.text, text, onwards) or locate_among(quote.text, text, units)
    if place is None:
        return quote.model_copy(update={"verified": False, "state": QuoteState.STALE})
    page = next((number for number, span in enumerate(page_spans) if place.start < span.end), None)
    now = {"text": text[slice(*place)], "span": place, "page": page, "verified": True, "state": QuoteState.VERIFIED}
    return quote.model_copy(update=now)


def _names(call: ToolCall, gone: frozenset[str]) -> bool:
    text = call.model_dump_json()
    return any(one in text for one in gone)


def _emptied(call: ToolCall) -> ToolCall:
    return call.model_copy(update={"arguments": {}, "result": None if call.result is None else REMOVED, "error": None})

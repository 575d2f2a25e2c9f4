"""Grammars in llguidance's Lark for each constraint. Pure text in, text out; standard library only, used in the child.

A quote is an alternation of literals: each run of one or two neighbouring sentences of a passage. Nothing else can be
written, in any script, and most of a quote is forced, so the engine reads it instead of writing it token by token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.formats import (
    ANSWER,
    CALL_HEAD,
    QUOTATION_MARKS,
    QUOTE_END,
    QUOTE_HEAD_END,
    QUOTE_OPEN,
    CallFormat,
    sentence_line,
)

MOST_CALLS = 4
STYLE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def schema_grammar(schema: dict[str, Any]) -> str:
    """One JSON value, written on one line."""
    return f"start: {_json(schema)}\n"


def calls_grammar(
    form: CallFormat, tools: Sequence[dict[str, Any]], special: Mapping[str, int], choice: str, named: str = ""
) -> str:
    """Words, calls, or words and then native calls where a control token tells them apart.

    Args:
        tools: ``{"name", "parameters"}`` each.
        special: control tokens of this vocabulary, by their text.
        choice: as in ``Calls.choice``.
    """
    offered = [tool for tool in tools if choice != "named" or tool["name"] == named]
    if choice == "none" or not offered:
        return f"start: WORDS\n{_words(form)}"
    rules = _calls(form, offered, special)
    if choice in ("required", "named"):
        return f"start: calls\n{rules}"
    spoken = " | WORDS native" if any(form.native.opening.startswith(token) for token in special) else ""
    return f"start: WORDS | calls{spoken}\n{_words(form)}{rules}"


def quote_first_grammar(
    passages: Sequence[Sequence[str]],
    most_quotes: int,
    most_sentences: int,
    calls: tuple[CallFormat, Sequence[dict[str, Any]], Mapping[str, int]] | None = None,
) -> str:
    """Quotes, then the answer; or calls, where they are given as ``(format, tools, special)``.

    The answer holds no double quotation mark of any kind: what looks like a quote is one.
    """
    quotes: list[str] = []
    for number, sentences in enumerate(passages, 1):
        lines = [line for line in map(sentence_line, sentences) if line]
        runs = sorted(
            {
                " ".join(lines[start : start + size])
                for size in range(1, most_sentences + 1)
                for start in range(len(lines) - size + 1)
            }
        )
        if runs:
            head, end = _text(f"{QUOTE_OPEN}{number}{QUOTE_HEAD_END}"), _text(QUOTE_END)
            quotes.append(f"quote{number}: {head} ({' | '.join(map(_text, runs))}) {end}")
    answered = f"answered: {_text(ANSWER)} PROSE\n"
    if quotes and most_quotes:
        answered = f"answered: quote{{1,{most_quotes}}} {_text(ANSWER)} PROSE\n"
        answered += f"quote: {' | '.join(rule.split(':', 1)[0] for rule in quotes)}\n" + "\n".join(quotes) + "\n"
    prose = rf"PROSE: /[^\s{QUOTATION_MARKS}][^{QUOTATION_MARKS}]*/" + "\n"
    if calls is None or not calls[1]:
        return f"start: answered\n{answered}{prose}"
    return f"start: answered | calls\n{answered}{prose}{_calls(*calls)}"


def _words(form: CallFormat) -> str:
    """Text that does not begin as calls do and does not contain the native opening: what looks like a call is one."""
    starts = "|".join(_escape(spelling.start) for spelling in form.spellings)
    kept = rf"WORDS: /\S(.|\n)*/ & ~/({starts})(.|\n)*/"
    if opening := form.native.opening.strip():
        kept += rf" & ~/(.|\n)*{_escape(opening)}(.|\n)*/"
    return kept + "\n"


def _calls(form: CallFormat, tools: Sequence[dict[str, Any]], special: Mapping[str, int]) -> str:
    heads = [
        f"{_text(CALL_HEAD + tool['name'] + form.arguments_head)} {_json(tool['parameters'])} {_text('}')}"
        for tool in tools
    ]
    names = ["native", *(f"loose{number}" for number in range(len(form.loose)))]
    rules = [f"calls: {' | '.join(names)}"]
    for name, spelling in zip(names, form.spellings, strict=True):
        again = f"({_literal(spelling.between, special)} call){{0,{MOST_CALLS - 1}}}"
        parts = (_literal(spelling.opening, special), "call", again, _literal(spelling.closing, special))
        rules.append(f"{name}: {' '.join(part for part in parts if part)}")
    rules.append(f"call: {' | '.join(f'({head})' for head in heads)}")
    return "\n".join(rules) + "\n"


def _literal(text: str, special: Mapping[str, int]) -> str:
    """A Lark expression of ``text`` with the control tokens in it as tokens."""
    known = [token for token in special if token in text]
    if not known:
        return _text(text) if text else ""
    pieces = re.split("(" + "|".join(map(re.escape, known)) + ")", text)
    return " ".join(f"<[{special[piece]}]>" if piece in special else _text(piece) for piece in pieces if piece)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _json(schema: dict[str, Any]) -> str:
    return "%json " + json.dumps({"x-guidance": STYLE, **schema}, ensure_ascii=False)


def _escape(text: str) -> str:
    return re.sub(r"([^\w\s<>])", r"\\\1", text).replace("\n", r"\n")

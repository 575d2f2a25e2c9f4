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
    QUOTATION_MARKS,
    QUOTE_END,
    QUOTE_HEAD_END,
    QUOTE_OPEN,
    CallFormat,
    sentence_line,
)
from app.engine.rewriting import expressible
from app.engine.schema import bounded, closed
from app.kernel.errors import Known

MOST_CALLS = 8
_BOUNDED = r"~/(.|\n)*\d[\d.,]{24}(.|\n)*/"
"""A row of digits is bounded: a small model that has lost its way writes zeros until its tokens are used up."""
_ANSWERED = rf"""answered: {json.dumps(ANSWER)} PROSE
PROSE: /[^\s{QUOTATION_MARKS}][^{QUOTATION_MARKS}]*/ & {_BOUNDED}"""
_WRITTEN_ON = f"""start: MORE?
MORE: /[^{QUOTATION_MARKS}]+/ & {_BOUNDED}
"""
"""The words of an answer that were begun before."""
STYLE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}


def schema_grammar(schema: Any) -> str:
    """One JSON value, written on one line."""
    return f"start: {_json(bounded(expressible(schema)))}\n"


def trial_grammar(schema: Any, *, rewritten: bool = True) -> str:
    """The schema without our bounds, to try whether it can be enforced; or as its author wrote it."""
    return f"start: {_json(expressible(schema) if rewritten else schema)}\n"


def calls_grammar(
    form: CallFormat, tools: Sequence[dict[str, Any]], special: Mapping[str, int], choice: str, named: str = ""
) -> str:
    """Words, calls, or words and then native calls where a control token tells them apart.

    Args:
        tools: ``{"name", "parameters"}`` each.
        special: control tokens of this vocabulary, by their text.
        choice: as in ``Calls.choice``.
    """
    tools = offered(tools, choice, named)
    if not tools:
        return f"start: WORDS\n{_words(form)}"
    rules = _calls(form, tools, special)
    if choice in ("required", "named"):
        return f"start: calls\n{rules}"
    spoken = " | WORDS native" if any(form.marker.startswith(token) for token in special) else ""
    return f"start: WORDS | calls{spoken}\n{_words(form)}{rules}"


def offered(tools: Sequence[dict[str, Any]], choice: str, named: str) -> list[dict[str, Any]]:
    """The tools that may be called under this choice."""
    if choice == "none":
        return []
    return [tool for tool in tools if choice != "named" or tool["name"] == named]


class QuoteStages:
    """Quotes, then the answer, one grammar after the other: a sentence that was quoted cannot be quoted again.

    The answer holds no double quotation mark of any kind: what looks like a quote is one.

    Args:
        passages: the sentences of each.
        calls: ``(format, tools, special)`` allows calls instead of the first quote.
    """

    def __init__(
        self,
        passages: Sequence[Sequence[str]],
        most_quotes: int,
        most_sentences: int,
        calls: tuple[CallFormat, Sequence[dict[str, Any]], Mapping[str, int]] | None = None,
    ) -> None:
        self._runs = [_runs([line for line in map(sentence_line, part) if line], most_sentences) for part in passages]
        self._left = most_quotes
        self._calls = calls

    def first(self, begun: str = "") -> str:
        """The grammar a reply begins with; or goes on with, behind quotes that are whole and words of the answer.

        Raises:
            Known: ``carrel.engine.begun`` for quotes that the passages do not hold.
        """
        grammar: str | None = self._first()
        while begun and grammar is not None:
            line, end, begun = begun.partition(QUOTE_END)
            if line.startswith(ANSWER):
                return _WRITTEN_ON
            try:
                grammar = self.following(line + end)
            except (LookupError, ValueError):
                grammar = None
        if grammar is None:
            raise Known("carrel.engine.begun", "This answer cannot be gone on with.", "Ask again.")
        return grammar

    def _first(self) -> str:
        parts = self._quotes()
        rules = [rule for _, rule in parts]
        names = [name for name, _ in parts] or ["answered"]
        if self._calls and self._calls[1]:
            names.append("calls")
            rules.append(_calls(*self._calls))
        return "\n".join([f"start: {' | '.join(names)}", *rules, *(() if parts else (_ANSWERED,))]) + "\n"

    def following(self, written: str) -> str | None:
        """The grammar after a stage that wrote this, None when the reply is complete."""
        if not written.startswith(QUOTE_OPEN) or not written.endswith(QUOTE_END):
            return None
        number, text = written.removeprefix(QUOTE_OPEN).removesuffix(QUOTE_END).split(QUOTE_HEAD_END, 1)
        used = set(self._runs[int(number) - 1][text])
        self._runs = [{run: lines for run, lines in runs.items() if used.isdisjoint(lines)} for runs in self._runs]
        self._left -= 1
        parts = self._quotes()
        names = ["answered", *(name for name, _ in parts)]
        return "\n".join([f"start: {' | '.join(names)}", _ANSWERED, *(rule for _, rule in parts)]) + "\n"

    def _quotes(self) -> list[tuple[str, str]]:
        """Name and rule of the quotes that can still be made of each passage."""
        if self._left <= 0:
            return []
        return [
            (
                f"quote{number}",
                f"quote{number}: {_text(_head(number))} ({' | '.join(map(_text, runs))}) {_text(QUOTE_END)}",
            )
            for number, runs in enumerate(self._runs, 1)
            if runs
        ]


def _head(number: int) -> str:
    return f"{QUOTE_OPEN}{number}{QUOTE_HEAD_END}"


def _runs(lines: list[str], most: int) -> dict[str, tuple[str, ...]]:
    """Neighbouring sentences as one text, with the sentences it consists of."""
    return {
        " ".join(lines[start : start + size]): tuple(lines[start : start + size])
        for size in range(1, most + 1)
        for start in range(len(lines) - size + 1)
    }


def _words(form: CallFormat) -> str:
    """Text that neither begins with an object, bare or fenced, nor contains the native opening: that is a call.

    Small models write calls in many layouts; from the brace on only the exact one is left to them.
    """
    rule = r"WORDS: /\S(.|\n)*/ & ~/(```\w*\s*)?\[?\{(.|\n)*/"
    if form.marker:
        rule += rf" & ~/(.|\n)*{_escape(form.marker)}(.|\n)*/"
    return rule + "\n"


def _calls(form: CallFormat, tools: Sequence[dict[str, Any]], special: Mapping[str, int]) -> str:
    heads = [
        " ".join(
            part
            for part in (
                _literal(form.head + tool["name"] + form.name_end, special),
                _json(arguments_schema(tool)),
                _literal(form.end, special),
            )
            if part
        )
        for tool in tools
    ]
    names = ["native", *(f"loose{number}" for number in range(len(form.loose)))]
    rules = [f"calls: {' | '.join(names)}"]
    for name, spelling in zip(names, form.spellings, strict=True):
        again = f"({_literal(spelling.between, special)} call){{0,{MOST_CALLS - 1}}}".replace("( ", "(")
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
    """A literal. Lark reads strings as JSON does, but takes no raw DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def arguments_schema(tool: dict[str, Any]) -> Any:
    """What the arguments of a call are written under."""
    return bounded(expressible(closed(tool["parameters"])))


def _json(schema: Any) -> str:
    """Our options last: a schema that brings its own could ask the compiler to be lenient."""
    if not isinstance(schema, dict):
        schema = {} if schema is True else {"allOf": [schema]}
    return "%json " + json.dumps(schema | {"x-guidance": STYLE}, ensure_ascii=False)


def _escape(text: str) -> str:
    return re.sub(r"([^\w\s<>])", r"\\\1", text).replace("\n", r"\n")

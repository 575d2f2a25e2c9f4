"""The grammars of values and of quotes, in llguidance's Lark. Standard library only, used in the child.

A quote is an alternation of literals: each run of one or two neighbouring sentences of a passage. Nothing else can be
written, in any script, and most of a quote is forced, so the engine reads it instead of writing it token by token.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.engine.call_grammar import call_rules
from app.engine.formats import (
    ANSWER,
    QUOTATION_MARKS,
    QUOTE_END,
    QUOTE_HEAD_END,
    QUOTE_OPEN,
    CallFormat,
    sentence_line,
)
from app.engine.lark import literal, value
from app.engine.rewriting.expressible import expressible
from app.engine.schema import bounded
from app.kernel.errors import Known

_BOUNDED = r"~/(.|\n)*\d[\d.,]{24}(.|\n)*/"
"""A row of digits is bounded: a small model that has lost its way writes zeros until its tokens are used up."""
_ANSWERED = rf"""answered: {json.dumps(ANSWER)} PROSE
PROSE: /[^\s{QUOTATION_MARKS}][^{QUOTATION_MARKS}]*/ & {_BOUNDED}"""
_WRITTEN_ON = f"""start: MORE?
MORE: /[^{QUOTATION_MARKS}]+/ & {_BOUNDED}
"""
"""The words of an answer that were begun before."""


def schema_grammar(schema: Any) -> str:
    """One JSON value, written on one line."""
    return f"start: {value(bounded(expressible(schema)))}\n"


def trial_grammar(schema: Any, *, rewritten: bool = True) -> str:
    """The schema without our bounds, to try whether it can be enforced; or as its author wrote it."""
    return f"start: {value(expressible(schema) if rewritten else schema)}\n"


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
            rules.append(call_rules(*self._calls))
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
                f"quote{number}: {literal(_head(number))} ({' | '.join(map(literal, runs))}) {literal(QUOTE_END)}",
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

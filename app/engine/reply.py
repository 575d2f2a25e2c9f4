"""From raw text to events, sans-IO: quotes, words and calls are told apart whatever way the text is cut.

The text was written under a grammar of ``grammar.py``, so every literal is exact; a reply that ends early simply leaves
its last quote or call without an end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.domain.generation import Calls, Constraint, QuoteFirst
from app.domain.stream import QuoteDelta, StreamEvent, TextDelta, ToolArgumentsDelta, ToolCallEnded, ToolCallStarted
from app.engine.formats import (
    ANSWER,
    QUOTE_END,
    QUOTE_HEAD_END,
    QUOTE_OPEN,
    CallFormat,
    Spelling,
    held,
)
from app.engine.layout import NAME, head, met, tokens
from app.kernel.ids import new_id


class _Value:
    """Finds the end of one JSON value."""

    def __init__(self) -> None:
        self._depth = 0
        self._quoted = False
        self._escaped = False

    def end(self, text: str) -> int:
        """Index after the value in ``text``, which goes on from the text before; -1 while it is open."""
        for index, character in enumerate(text):
            if self._quoted:
                if self._escaped:
                    self._escaped = False
                elif character == "\\":
                    self._escaped = True
                elif character == '"':
                    self._quoted = False
                continue
            if character == '"':
                self._quoted = True
            elif character in "{[":
                self._depth += 1
            elif character in "}]":
                self._depth -= 1
                if not self._depth:
                    return index + 1
        return -1


_Start = tuple[tuple[str, ...], list[tuple[str, ...]], bool]
"""The tokens before the arguments of a first call and of one that follows; whether it is told from words before it."""


@dataclass
class _Call:
    id: str
    tool: str
    arguments: str
    value: _Value


def _told(form: CallFormat, spelling: Spelling) -> bool:
    return spelling.fenced or (spelling is form.native and bool(form.marker))


class ReplyParser:
    """The events of one reply.

    Attributes:
        calls: how many calls were written to their end.
    """

    def __init__(self, turn: str, constraint: Constraint, form: CallFormat, ids: Callable[[], str] = new_id) -> None:
        self.calls = 0
        self._turn = turn
        self._form = form
        self._ids = ids
        self._quoting = isinstance(constraint, QuoteFirst)
        calling = (isinstance(constraint, Calls) and constraint.choice != "none") or (
            isinstance(constraint, QuoteFirst) and constraint.calls
        )
        call = form.before_arguments(NAME)
        self._end = tokens(form.end)
        self._starts = [
            (tokens(opening + call), [tokens(between + call) for between in spelling.betweens], _told(form, spelling))
            for spelling in (form.spellings if calling else ())
            for opening in spelling.openings
        ]
        self._heads = {head(start) for start, _, _ in self._starts}
        if calling and form.marker:  # no words hold it
            self._heads |= {tokens(opening) for opening in form.native.openings if opening}
        self._following: list[tuple[str, ...]] = []
        self._text = ""
        self._quotes = 0
        self._passage = 0
        self._call = _Call("", "", "", _Value())
        self._state: Callable[[], Iterator[StreamEvent | None]] = self._start

    def feed(self, text: str) -> list[StreamEvent]:
        """Events that became certain with ``text``."""
        self._text += text
        events: list[StreamEvent] = []
        while True:
            state = self._state
            before = self._text
            events += [event for event in state() if event]
            if state == self._state and (before == self._text or not self._text):
                return events

    def finish(self) -> list[StreamEvent]:
        """The reply is over: what was held back as the beginning of something is words, unless a call was begun."""
        rest, self._text = self._text, ""
        words = self._state == self._words or (self._state == self._start and not self._quoting)
        words = words and not any(found and found[0] >= 0 for found in (met(rest, head) for head in self._heads))
        return [TextDelta(turn=self._turn, text=rest)] if rest and words else []

    def _start(self) -> Iterator[StreamEvent | None]:
        """At the beginning, and after each quote: what comes next is told by its first characters."""
        begun = self._begun([] if self._quotes else self._starts)
        if begun is not None:
            yield begun
            return
        may_be = not self._quotes and any(met(self._text, start) for start, _, _ in self._starts)
        if may_be:
            return
        if self._quoting and self._text.startswith(QUOTE_OPEN):
            self._state = self._quote_head
        elif self._quoting and self._text.startswith(ANSWER):
            self._cut(len(ANSWER))
            self._state = self._words
        elif self._text and not (self._quoting and ANSWER.startswith(self._text)):
            self._state = self._words
        yield None

    def _quote_head(self) -> Iterator[StreamEvent | None]:
        at = self._text.find(QUOTE_HEAD_END)
        if at >= 0:
            self._passage = int(self._text[len(QUOTE_OPEN) : at]) - 1
            self._cut(at + len(QUOTE_HEAD_END))
            self._state = self._quote
        yield None

    def _quote(self) -> Iterator[StreamEvent | None]:
        at = self._text.find(QUOTE_END)
        done = at >= 0
        ready = self._cut(at) if done else self._cut(len(self._text) - held(self._text, QUOTE_END))
        if ready or done:
            yield QuoteDelta(turn=self._turn, index=self._quotes, passage=self._passage, text=ready, done=done)
        if done:
            self._cut(len(QUOTE_END))
            self._quotes += 1
            self._state = self._start

    def _words(self) -> Iterator[StreamEvent | None]:
        told = [] if self._quoting else [start for start in self._starts if start[2]]
        marks = {start[0][0] for start in told}
        at = self._call_at(told, marks)
        ready = self._cut(at if at >= 0 else len(self._text) - held(self._text, *marks))
        if ready:
            yield TextDelta(turn=self._turn, text=ready)
        if at >= 0:
            yield self._begun(told)

    def _call_at(self, told: list[_Start], marks: set[str]) -> int:
        """Where in the words a call begins or may begin, -1 when nowhere."""
        at = -1
        while (at := min((found for mark in marks if (found := self._text.find(mark, at + 1)) >= 0), default=-1)) >= 0:
            if any(met(self._text[at:], start) for start, _, _ in told):
                return at
        return -1

    def _begun(self, starts: list[_Start]) -> ToolCallStarted | None:
        """Begin the call the text begins with, if there is one."""
        for start, following, _ in starts:
            found = met(self._text, start)
            if found and found[0] >= 0:
                self._following = following
                return self._call_begins(*found)
        return None

    def _call_begins(self, at: int, name: str) -> ToolCallStarted:
        self._cut(at)
        self._call = _Call(self._ids(), name, "", _Value())
        self._state = self._arguments
        return ToolCallStarted(turn=self._turn, call=self._call.id, tool=name)

    def _arguments(self) -> Iterator[StreamEvent | None]:
        call = self._call
        if not call.arguments:
            self._text = self._text.lstrip()
        end = call.value.end(self._text)
        ready = self._cut(end if end >= 0 else len(self._text))
        call.arguments += ready
        if ready:
            yield ToolArgumentsDelta(turn=self._turn, call=call.id, json_text=ready)
        if end >= 0:
            self._state = self._call_end

    def _call_end(self) -> Iterator[StreamEvent | None]:
        found = met(self._text, self._end)
        if found and found[0] < 0:
            return
        self._cut(found[0] if found else 0)
        self.calls += 1
        call = self._call
        self._state = self._after_call
        yield ToolCallEnded(turn=self._turn, call=call.id, tool=call.tool, untrusted_arguments=call.arguments)

    def _after_call(self) -> Iterator[StreamEvent | None]:
        """Another call, or the closing literal, which is not words."""
        ways = [found for following in self._following if (found := met(self._text, following))]
        whole = [way for way in ways if way[0] >= 0]
        if whole:
            yield self._call_begins(*whole[0])
        elif not ways:
            self._state = self._over

    def _over(self) -> Iterator[StreamEvent | None]:
        self._cut(len(self._text))
        yield None

    def _cut(self, length: int) -> str:
        ready, self._text = self._text[:length], self._text[length:]
        return ready

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


@dataclass
class _Call:
    id: str
    tool: str
    arguments: str
    value: _Value


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
        self._spellings = form.spellings if calling else ()
        self._spelling: Spelling = form.native
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
        """The reply is over: what was held back as the beginning of something is words."""
        rest, self._text = self._text, ""
        words = self._state == self._words or (self._state == self._start and not self._quoting)
        return [TextDelta(turn=self._turn, text=rest)] if rest and words else []

    def _start(self) -> Iterator[StreamEvent | None]:
        """At the beginning, and after each quote: what comes next is told by its first characters."""
        after_quote = self._quotes > 0
        spellings = () if after_quote else self._spellings
        quoting = (QUOTE_OPEN, ANSWER) if self._quoting else ()
        starts = [self._form.start(spelling) for spelling in spellings]
        for spelling in spellings:
            if self._text.startswith(self._form.start(spelling)):
                self._spelling = spelling
                self._cut(len(self._form.start(spelling)))
                self._state = self._name
                return
        if self._quoting and self._text.startswith(QUOTE_OPEN) and not self._may_be(*starts):
            self._state = self._quote_head
            return
        if self._quoting and self._text.startswith(ANSWER):
            self._cut(len(ANSWER))
            self._state = self._words
            return
        if self._text and not self._may_be(*starts, *quoting):
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
        native = self._form.start(self._form.native)
        calling = bool(self._spellings and self._form.marker) and not self._quoting
        at = self._text.find(native) if calling else -1
        keep = held(self._text, native) if calling and at < 0 else 0
        ready = self._cut(at if at >= 0 else len(self._text) - keep)
        if ready:
            yield TextDelta(turn=self._turn, text=ready)
        if at >= 0:
            self._spelling = self._form.native
            self._cut(len(native))
            self._state = self._name

    def _name(self) -> Iterator[StreamEvent | None]:
        head = self._form.name_end
        at = self._text.find(head)
        if at >= 0:
            self._call = _Call(self._ids(), self._text[:at], "", _Value())
            self._cut(at + len(head))
            self._state = self._arguments
            yield ToolCallStarted(turn=self._turn, call=self._call.id, tool=self._call.tool)

    def _arguments(self) -> Iterator[StreamEvent | None]:
        call = self._call
        end = call.value.end(self._text)
        ready = self._cut(end if end >= 0 else len(self._text))
        call.arguments += ready
        if ready:
            yield ToolArgumentsDelta(turn=self._turn, call=call.id, json_text=ready)
        if end >= 0:
            self._state = self._call_end

    def _call_end(self) -> Iterator[StreamEvent | None]:
        if len(self._text) < len(self._form.end):
            return
        self._cut(len(self._form.end))
        self.calls += 1
        call = self._call
        self._state = self._after_call
        yield ToolCallEnded(turn=self._turn, call=call.id, tool=call.tool, untrusted_arguments=call.arguments)

    def _after_call(self) -> Iterator[StreamEvent | None]:
        """Another call, or the closing literal, which is not words."""
        following = self._spelling.between + self._form.head
        if self._text.startswith(following):
            self._cut(len(following))
            self._state = self._name
        yield None

    def _may_be(self, *starts: str) -> bool:
        """Whether the text is only the beginning of one of them so far."""
        return any(len(self._text) < len(start) and start.startswith(self._text) for start in starts)

    def _cut(self, length: int) -> str:
        ready, self._text = self._text[:length], self._text[length:]
        return ready

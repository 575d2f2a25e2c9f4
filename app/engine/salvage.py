"""Calls found in a reply that no grammar held: what an engine without one wrote, or a reply compared with ours.

Generous on purpose: the native block, a fence or a bare object anywhere, several in a row, an end that is missing. What
is found is still only text; the boundary judges it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from app.domain.generation import Calls, Constraint
from app.domain.stream import StreamEvent, TextDelta, ToolArgumentsDelta, ToolCallEnded, ToolCallStarted
from app.engine.formats import CALL_FORMATS, CallFormat
from app.engine.reply import ReplyParser
from app.kernel.ids import new_id

MOST_CHARACTERS = 200_000
MOST_TRIES = 2_000
_DECODER = json.JSONDecoder()
_OPENINGS = sorted(
    {
        token
        for form in CALL_FORMATS.values()
        for way in form.spellings
        for text in way.openings
        for token in text.split()
    }
)
"""What stands before a call, piece by piece, and is neither call nor words."""
_NAMED = re.compile(r"\[TOOL_CALLS\]\s*([\w.:/-]{1,128})\s*(?:\[CALL_ID\]\s*\w{1,64}\s*)?\[ARGS\]\s*\Z")
"""A name outside of its object, as newer models of Mistral write it."""
MOST_BEFORE = 256


class SalvageParser:
    """As ``ReplyParser``, for a reply that is read when it is over: before that nothing in it is certain.

    Attributes:
        calls: how many calls were found.
    """

    def __init__(self, turn: str, ids: Callable[[], str] = new_id) -> None:
        self.calls = 0
        self._turn = turn
        self._ids = ids
        self._text: list[str] = []

    def feed(self, text: str) -> list[StreamEvent]:
        self._text.append(text)
        return []

    def finish(self) -> list[StreamEvent]:
        words, found = salvaged("".join(self._text))
        events: list[StreamEvent] = [TextDelta(turn=self._turn, text=words)] if words else []
        for tool, arguments in found:
            call = self._ids()
            self.calls += 1
            events += [
                ToolCallStarted(turn=self._turn, call=call, tool=tool),
                ToolArgumentsDelta(turn=self._turn, call=call, json_text=arguments),
                ToolCallEnded(turn=self._turn, call=call, tool=tool, untrusted_arguments=arguments),
            ]
        return events


def reply_parser(turn: str, constraint: Constraint, form: CallFormat) -> ReplyParser | SalvageParser:
    """What reads a reply to such a request."""
    if isinstance(constraint, Calls) and not constraint.enforced and constraint.choice != "none":
        return SalvageParser(turn)
    return ReplyParser(turn, constraint, form)


def salvaged(untrusted_text: str) -> tuple[str, list[tuple[str, str]]]:
    """The words before the first call, and name and arguments (JSON text) of each call; all is words if there is none."""
    found: list[tuple[str, str]] = []
    first = len(untrusted_text)
    for start, value in _objects(untrusted_text[:MOST_CHARACTERS]):
        if named := _NAMED.search(untrusted_text, max(0, start - MOST_BEFORE), start):
            found.append((named[1], json.dumps(value, ensure_ascii=False)))
            first = min(first, named.start())
        elif call := _call(value):
            found.append(call)
            first = min(first, start)
    if not found:
        return untrusted_text, []
    words = untrusted_text[:first].rstrip()
    while opening := next(filter(words.endswith, _OPENINGS), ""):
        words = words.removesuffix(opening).rstrip()
    return words, found


def _objects(text: str) -> Iterator[tuple[int, Any]]:
    """The outermost objects of JSON in ``text``, each with where it begins."""
    at = text.find("{")
    for _ in range(MOST_TRIES):
        if at < 0:
            return
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield at, value
        at = text.find("{", end)


def _call(value: dict[str, Any]) -> tuple[str, str] | None:
    """Name and arguments if this object is a call in any family's spelling."""
    inner = value.get("function")
    if isinstance(inner, dict):
        value = inner
    name = value.get("name", inner if isinstance(inner, str) else None)
    arguments = next((value[key] for key in ("arguments", "parameters") if key in value), None)
    if isinstance(arguments, str):
        return (name, arguments) if isinstance(name, str) else None
    if not isinstance(name, str) or not isinstance(arguments, dict):
        return None
    return name, json.dumps(arguments, ensure_ascii=False)

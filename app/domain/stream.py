"""The vocabulary of a stream: words for people and structure for machines, in separate events.

Every event names its turn; events of a turn that is over are dropped. Only ``ToolCallReady`` may be run: it is
complete, valid against its schema, and permitted.
"""

from __future__ import annotations

from typing import Any, Literal

from app.domain.base import Frozen
from app.domain.messages import Clarification


class TextDelta(Frozen):
    """More words of the answer, as Markdown source."""

    type: Literal["text"] = "text"
    turn: str
    text: str


class QuoteDelta(Frozen):
    """More of a quote.

    Attributes:
        index: which quote of this answer, from 0.
        passage: 0-based number of the passage it is taken from.
        done: the quote is complete.
    """

    type: Literal["quote"] = "quote"
    turn: str
    index: int
    passage: int
    text: str
    done: bool = False


class ToolCallStarted(Frozen):
    type: Literal["tool_call"] = "tool_call"
    turn: str
    call: str
    tool: str


class ToolArgumentsDelta(Frozen):
    """Arguments as they are written: shown, never run."""

    type: Literal["tool_arguments"] = "tool_arguments"
    turn: str
    call: str
    json_text: str


class ToolCallEnded(Frozen):
    """The call is written to its end; nothing has been checked yet."""

    type: Literal["tool_written"] = "tool_written"
    turn: str
    call: str
    tool: str
    untrusted_arguments: str


class ToolCallReady(Frozen):
    """Complete, valid and permitted: the only event that can run a tool."""

    type: Literal["tool_ready"] = "tool_ready"
    turn: str
    call: str
    tool: str
    version: int
    arguments: dict[str, Any]


class PersonAsked(Frozen):
    """The model asks back instead of guessing; the turn ends with it."""

    type: Literal["asked"] = "asked"
    turn: str
    call: str
    asked: Clarification


class Usage(Frozen):
    """Counted by the engine. ``cached_tokens`` of the prompt were reused from an earlier turn."""

    type: Literal["usage"] = "usage"
    turn: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    prompt_seconds: float
    completion_seconds: float


class Finished(Frozen):
    type: Literal["finished"] = "finished"
    turn: str
    reason: Literal["stop", "length", "tool_calls", "cancelled"]


class Failed(Frozen):
    type: Literal["failed"] = "failed"
    turn: str
    code: str
    message: str
    hint: str


StreamEvent = (
    TextDelta
    | QuoteDelta
    | ToolCallStarted
    | ToolArgumentsDelta
    | ToolCallEnded
    | ToolCallReady
    | PersonAsked
    | Usage
    | Finished
    | Failed
)

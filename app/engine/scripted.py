"""An engine that plays a transcript: for tests, screenshots and the self-test of an installed build.

It obeys a request as a model does: quotes are whole sentences of the passages, calls only of tools on offer.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from typing import Any, Literal

from app.domain.base import Frozen
from app.domain.generation import (
    Calls,
    ChatMessage,
    Constraint,
    GenerationRequest,
    LoadReport,
    MemoryUse,
    QuoteFirst,
    Role,
)
from app.domain.stream import Failed, Finished, StreamEvent, Usage
from app.domain.tool import ToolSpec
from app.engine.formats import (
    ANSWER,
    GENERIC,
    QUOTE_END,
    QUOTE_HEAD_END,
    QUOTE_OPEN,
    sentence_line,
)
from app.engine.places import MOST_WAITING, Places
from app.engine.salvage import reply_parser
from app.engine.text import Text, too_long
from app.kernel.errors import Known

_PIECE = re.compile(r"\s*\S+\s*?|\s+")


class ScriptedCall(Frozen):
    tool: str
    arguments: dict[str, Any]


class ScriptedReply(Frozen):
    """One reply.

    Attributes:
        when: words the last question must contain; empty is for questions that no other reply is for.
        quotes: words by which each quoted sentence is found among the passages; one that is not there is left out.
        calls: made instead of an answer where the tools are on offer.
    """

    when: str = ""
    quotes: tuple[str, ...] = ()
    text: str = ""
    calls: tuple[ScriptedCall, ...] = ()


class Transcript(Frozen):
    """Replies in the order they are played; the last that matches is repeated.

    Attributes:
        delay_seconds: between two pieces.
        memory: what the engine says that it uses.
    """

    replies: tuple[ScriptedReply, ...]
    delay_seconds: float = 0.0
    context_tokens: int = 4096
    memory: MemoryUse = MemoryUse(weights=0, repack=0, compute=0, kv=0, resident=0)


class ScriptedEngine:
    """Plays a ``Transcript`` through the ``Engine`` port. A token is a word."""

    def __init__(self, transcript: Transcript, *, most_waiting: int = MOST_WAITING) -> None:
        self._transcript = transcript
        self._places = Places(most_waiting)
        self._played: set[int] = set()
        self._read: list[str] = []
        self._closed = False

    @property
    def report(self) -> LoadReport:
        size = self._transcript.context_tokens
        return LoadReport(
            context_tokens=size,
            trained_context_tokens=size,
            vocabulary=0,
            family=GENERIC.name,
            memory=self._transcript.memory,
            seconds=0.0,
        )

    @property
    def alive(self) -> bool:
        return not self._closed

    async def generate(self, request: GenerationRequest) -> AsyncGenerator[StreamEvent]:
        async with self._places.take():
            if self._closed:
                yield _failed(request.turn, Known("carrel.engine.closed", "The model was put away.", "Choose a model."))
                return
            prompt = _pieces(_prompt(request.messages, request.tools) + request.begun)
            if len(prompt) >= self._transcript.context_tokens:
                yield _failed(request.turn, too_long(len(prompt), self._transcript.context_tokens))
                return
            same = len(_common(self._read, prompt[:-1]))
            parser = reply_parser(request.turn, request.constraint, GENERIC)
            for event in parser.feed(request.begun):
                yield event
            ready: list[str] = []
            text = Text(ready.append, request.stop)
            count = 0
            reason: Literal["stop", "length"] = "stop"
            for piece in _pieces(self._words(request).removeprefix(request.begun)):
                if count == request.max_tokens:
                    reason = "length"
                    break
                count += 1
                await asyncio.sleep(self._transcript.delay_seconds)
                text.feed(piece.encode())
                for event in parser.feed("".join(ready)):
                    yield event
                ready.clear()
                if text.stopped:
                    break
            text.finish()
            for event in (*parser.feed("".join(ready)), *parser.finish()):
                yield event
            self._read = prompt
            yield Usage(
                turn=request.turn,
                prompt_tokens=len(prompt),
                cached_tokens=same,
                completion_tokens=count,
                prompt_seconds=0.0,
                completion_seconds=count * self._transcript.delay_seconds,
            )
            yield Finished(turn=request.turn, reason="tool_calls" if parser.calls and reason == "stop" else reason)

    async def count(self, messages: tuple[ChatMessage, ...], tools: tuple[ToolSpec, ...] = ()) -> int:
        return len(_pieces(_prompt(messages, tools)))

    async def count_texts(self, texts: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(len(_pieces(text)) for text in texts)

    async def close(self) -> None:
        self._closed = True

    def _words(self, request: GenerationRequest) -> str:
        """The reply to a request as a model would write it."""
        question = next((m.content for m in reversed(request.messages) if m.role is Role.USER), "").casefold()
        replies = self._transcript.replies
        keyed = [number for number, reply in enumerate(replies) if reply.when and reply.when.casefold() in question]
        matching = keyed or [number for number, reply in enumerate(replies) if not reply.when]
        if not matching:
            return _written(ScriptedReply(text="The transcript has no reply to this."), request)
        number = next((number for number in matching if number not in self._played), matching[-1])
        self._played.add(number)
        return _written(replies[number], request)


def _written(reply: ScriptedReply, request: GenerationRequest) -> str:
    constraint = request.constraint
    offered = _offered(constraint, {tool.name for tool in request.tools})
    calls = [call for call in reply.calls if call.tool in offered]
    if calls:
        return GENERIC.calls((call.tool, call.arguments) for call in calls)
    if not isinstance(constraint, QuoteFirst):
        return reply.text
    lines = [found for words in reply.quotes if (found := _quote(words, constraint.passages))]
    return "".join(lines[: constraint.most_quotes]) + ANSWER + reply.text


def _offered(constraint: Constraint, names: set[str]) -> set[str]:
    match constraint:
        case Calls(choice="named"):
            return names & {constraint.named}
        case Calls(choice="none"):
            return set()
        case Calls() | QuoteFirst(calls=True):
            return names
        case _:
            return set()


def _quote(words: str, passages: tuple[tuple[str, ...], ...]) -> str:
    for number, sentences in enumerate(passages, 1):
        for sentence in map(sentence_line, sentences):
            if words in sentence:
                return f"{QUOTE_OPEN}{number}{QUOTE_HEAD_END}{sentence}{QUOTE_END}"
    return ""


def _prompt(messages: tuple[ChatMessage, ...], tools: tuple[ToolSpec, ...]) -> str:
    return "\n".join([*(tool.name for tool in tools), *(f"{message.role}: {message.content}" for message in messages)])


def _pieces(text: str) -> list[str]:
    return _PIECE.findall(text)


def _common(left: list[str], right: list[str]) -> list[str]:
    same: list[str] = []
    for have, want in zip(left, right, strict=False):
        if have != want:
            break
        same.append(want)
    return same


def _failed(turn: str, known: Known) -> Failed:
    return Failed(turn=turn, code=known.code, message=known.message, hint=known.hint)

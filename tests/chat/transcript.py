"""Words for transcripts: documents, what happens, and a turn that is told it."""

from __future__ import annotations

from typing import Any

from app.chat.citations import Found
from app.chat.commands import Command, Counted, Retrieved, Save, Told
from app.chat.context import Budget
from app.chat.setting import Setting
from app.chat.turn import Turn
from app.domain.documents import Label, Passage, Span
from app.domain.generation import GenerationRequest
from app.domain.messages import Answer, Scope
from app.domain.stream import Finished, QuoteDelta, StreamEvent, TextDelta, ToolCallEnded, Usage
from app.domain.tool import ToolKind, ToolSpec

HANDBOOK = (
    "Members pay an annual fee. The fee is 250 euros. "
    "It was raised on 1 March 2021 by the General Assembly. Guests need not be approved."
)
LIBRARY = "The library opens at nine. It closes at five. Borrowed books are due after 30 days."

SEND = ToolSpec(
    name="send",
    title="Send",
    version=1,
    kind=ToolKind.ACTION,
    description="For tests.",
    parameters={"type": "object", "properties": {}, "additionalProperties": False},
)
LOOK_UP = SEND.model_copy(update={"name": "look_up", "title": "Look up", "kind": ToolKind.QUERY})


def found(
    text: str,
    source: str = "handbook",
    similarity: float | None = 0.9,
    before: str = "",
    after: str = "",
    page: int | None = 4,
) -> Found:
    """A passage of ``source`` that begins after ``before``."""
    return Found(
        passage=Passage(
            chunk=f"{source}-1",
            source=source,
            collection="papers",
            path=f"/papers/{source}.pdf",
            title=source.title(),
            page=page,
            span=Span(len(before), len(before) + len(text)),
            text=text,
            label=Label.INTERNAL,
            score=1.0,
            similarity=similarity,
        ),
        before=before,
        after=after,
    )


def turn(question: str, *tools: ToolSpec, documents: bool = True, context: int = 4096, **more: Any) -> Turn:
    scope = Scope(
        collections=("papers",) if documents else (), tools=tuple(tool.name for tool in tools), documents=documents
    )
    clean = {"tainted": any(one.answer for one in more.get("history", ()))}
    return Turn("t1", question, Setting(scope, Budget(context), tools, model="m", **clean | more))


class Play:
    """Tells a turn one thing after another; each step answers its commands. The clock goes on by a second a step."""

    def __init__(self, played: Turn) -> None:
        self.turn = played
        self.now = 0.0
        self.commands = played.begin(self.now)

    def tell(self, *events: Told | StreamEvent) -> list[Command]:
        self.commands = []
        for event in events:
            self.now += 1.0
            self.commands += self.turn.on(event, self.now)
        return self.commands

    def reach_model(self, *passages: Found, prompt: int = 100, each: int = 60) -> GenerationRequest:
        """Retrieve and count; returns what the model is asked."""
        if type(self.commands[-1]).__name__ == "Retrieve":
            self.tell(Retrieved("t1", passages))
        count: Any = self.commands[-1]
        (asked,) = self.tell(Counted("t1", prompt, tuple(each for _ in count.texts)))
        return asked.request  # type: ignore[union-attr]

    @property
    def names(self) -> list[str]:
        """The last commands by name."""
        return [type(command).__name__ for command in self.commands]

    @property
    def answer(self) -> Answer:
        """The saved answer; there must be exactly one ``Save`` and it must be last."""
        saves = [command for command in self.commands if isinstance(command, Save)]
        assert len(saves) == 1
        assert self.commands[-1] is saves[0]
        return saves[0].answer


def quote(text: str, passage: int = 0, index: int = 0, done: bool = True) -> QuoteDelta:
    return QuoteDelta(turn="t1", index=index, passage=passage, text=text, done=done)


def words(text: str) -> TextDelta:
    return TextDelta(turn="t1", text=text)


def call(tool: str, arguments: str, name: str = "c1") -> ToolCallEnded:
    return ToolCallEnded(turn="t1", call=name, tool=tool, untrusted_arguments=arguments)


USAGE = Usage(
    turn="t1", prompt_tokens=160, cached_tokens=100, completion_tokens=20, prompt_seconds=1.0, completion_seconds=1.0
)
STOP = Finished(turn="t1", reason="stop")
CALLS = Finished(turn="t1", reason="tool_calls")

"""Conversations: questions, answers, quotes, and what supports what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from app.domain.base import Frozen
from app.domain.documents import Label, Passage, Span
from app.domain.tool import Judgement, ToolError


class Scope(Frozen):
    """What a conversation may reach. Default: nothing.

    Attributes:
        collections: ids of the collections that may be searched.
        tools: names of the tools that may be called.
        documents: whether documents are consulted at all.
        folders: absolute paths of folders whose files tools may read, and write after consent.
        files: absolute paths of attached files, which tools may read.
    """

    collections: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    documents: bool = True
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class QuoteState(StrEnum):
    VERIFIED = "verified"
    STALE = "stale"
    REMOVED = "removed"


class Quote(Frozen):
    """Whole sentences of a source, found there word for word.

    Attributes:
        number: the mark shown beside it, from 1.
        span: where it stands in the source's normalised text.
        verified: non-empty, whole sentences, found in the source. Never assumed.
    """

    number: int
    text: str
    chunk: str
    source: str
    path: str
    title: str
    page: int | None
    span: Span
    label: Label
    verified: bool
    state: QuoteState = QuoteState.VERIFIED


class Sentence(Frozen):
    """One sentence of an answer.

    Attributes:
        supported: every number, date and name in it also stands in a verified quote.
        unsupported: the numbers, dates and names that no verified quote holds.
        quotes: numbers of the quotes that bear it.
    """

    text: str
    supported: bool
    unsupported: tuple[str, ...] = ()
    quotes: tuple[int, ...] = ()


class ToolCall(Frozen):
    """A call as it is stored: schema name and version beside the arguments, so that old ones still open.

    ``judgement`` is None for calls of before it was kept.
    """

    id: str
    tool: str
    version: int
    arguments: dict[str, Any]
    result: Any | None = None
    error: ToolError | None = None
    seconds: float = 0.0
    judgement: Judgement | None = None


class Clarification(Frozen):
    """A question of the model back to the person; what the person says next answers it.

    Attributes:
        choices: what may be meant, a few words each; none when only words of the person's own can answer.
    """

    question: str
    choices: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The whole of it as Markdown source."""
        return "\n".join((self.question, *(f"- {choice}" for choice in self.choices)))


UNDONE = "Nothing was made or saved: no tool did it."


class AnswerState(StrEnum):
    DONE = "done"
    STOPPED = "stopped"
    ABSTAINED = "abstained"
    FAILED = "failed"


class UsageTotals(Frozen):
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    context_tokens: int = 0


class Seconds(Frozen):
    first_token: float | None = None
    total: float = 0.0


class Answer(Frozen):
    """What the person gets.

    Attributes:
        text: the words, Markdown, without quotes.
        read: passages that were put before the model.
        nearest: for an abstention, the passage that came closest.
        undone: something was to be made, and no tool made it, whatever the words say.
        asked: it is no answer yet but this question to the person; ``text`` has its words.
        tainted: text that others wrote, or the output of a tool, was in its turn, and can be in its words.
        error: for ``failed``: code, message and hint.
    """

    state: AnswerState
    text: str
    supported: bool
    sentences: tuple[Sentence, ...] = ()
    quotes: tuple[Quote, ...] = ()
    read: tuple[Passage, ...] = ()
    nearest: Passage | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    usage: UsageTotals = UsageTotals()
    seconds: Seconds = Seconds()
    model: str = ""
    error: dict[str, str] | None = None
    undone: bool = False
    asked: Clarification | None = None
    tainted: bool = True

    @property
    def resumable(self) -> bool:
        """Whether it was cut off and can be gone on with; results of calls, which it would need, are not kept."""
        cut = self.state in {AnswerState.STOPPED, AnswerState.FAILED} and self.asked is None
        return cut and bool(self.text or self.quotes) and not self.tool_calls


class Exchange(Frozen):
    """A question and its answer; ``answer`` is None while it is being written (or after a crash)."""

    id: str
    conversation: str
    asked_at: datetime
    question: str
    answer: Answer | None = None


class ConversationHead(Frozen):
    """A row in the list of chats."""

    id: str
    title: str
    created: datetime
    updated: datetime
    scope: Scope
    exchanges: int = 0


class Conversation(Frozen):
    head: ConversationHead
    exchanges: tuple[Exchange, ...] = ()

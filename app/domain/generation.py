"""What an engine is asked, and the port it answers through. Engines are siblings of documents and tools: the port lives here."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Any, Literal, Protocol

from app.domain.base import Frozen
from app.domain.stream import StreamEvent
from app.domain.tool import ToolSpec


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class CallText(Frozen):
    """A call the model made earlier, given back to it."""

    id: str
    tool: str
    arguments: dict[str, Any]


class ChatMessage(Frozen):
    """One message of the prompt. ``call`` and ``tool`` are set on tool results only."""

    role: Role
    content: str
    calls: tuple[CallText, ...] = ()
    call: str = ""
    tool: str = ""


class Free(Frozen):
    """No constraint."""

    kind: Literal["free"] = "free"


class Schema(Frozen):
    """The reply is one JSON value of this schema."""

    kind: Literal["schema"] = "schema"
    json_schema: dict[str, Any]


class Calls(Frozen):
    """Free words, or calls of the tools of the request in the family's own format.

    Attributes:
        choice: ``auto`` words or calls; ``required`` at least one call; ``none`` words only; ``named`` the one tool.
        enforced: False writes without a grammar, to compare; calls are then looked for in whatever was written.
    """

    kind: Literal["calls"] = "calls"
    choice: Literal["auto", "required", "none", "named"] = "auto"
    named: str = ""
    enforced: bool = True


class QuoteFirst(Frozen):
    """Quotes, then the answer; a quote can only be whole sentences of its passage.

    Attributes:
        passages: for each passage the sentences it consists of, in order, word for word.
        calls: also allow calls of the tools of the request instead of an answer.
    """

    kind: Literal["quote_first"] = "quote_first"
    passages: tuple[tuple[str, ...], ...]
    calls: bool = False
    most_quotes: int = 3
    most_sentences: int = 2


Constraint = Free | Schema | Calls | QuoteFirst


class GenerationRequest(Frozen):
    """One request to an engine.

    Attributes:
        begun: what is written of the reply already, in the form of its constraint, which is ``Free`` or ``QuoteFirst``:
            the model goes on from there, and the stream begins with it.
        names_held: a model that begins a call of a tool which is not on offer calls one that is; otherwise it is asked
            for words instead.
        temperature: 0 is greedy.
        threads: None lets the engine choose from the cores that are free.
    """

    turn: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[ToolSpec, ...] = ()
    constraint: Constraint = Free()
    max_tokens: int = 512
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    threads: int | None = None
    begun: str = ""
    names_held: bool = False


class MemoryUse(Frozen):
    """Measured from a load, bytes."""

    weights: int
    repack: int
    compute: int
    kv: int
    resident: int

    @property
    def total(self) -> int:
        return max(self.resident, self.weights + self.repack + self.compute + self.kv)


class LoadReport(Frozen):
    """What an engine says once a model is loaded."""

    context_tokens: int
    trained_context_tokens: int
    vocabulary: int
    family: str
    memory: MemoryUse
    seconds: float


class Engine(Protocol):
    """A loaded model. One request runs at a time; others wait in a bounded queue."""

    @property
    def report(self) -> LoadReport:
        """What loading measured."""

    @property
    def alive(self) -> bool:
        """False once its process has ended; a new one has to be started then."""

    def generate(self, request: GenerationRequest) -> AsyncGenerator[StreamEvent]:
        """Stream the reply; always ends with ``Finished`` or ``Failed``. Closing the iterator cancels.

        Raises:
            Known: ``carrel.engine.busy`` when the queue is full.
        """

    async def count(self, messages: tuple[ChatMessage, ...], tools: tuple[ToolSpec, ...] = ()) -> int:
        """Tokens of the rendered prompt."""

    async def count_texts(self, texts: tuple[str, ...]) -> tuple[int, ...]:
        """Tokens of each text by itself."""

    async def close(self) -> None:
        """Free the model and end the child."""

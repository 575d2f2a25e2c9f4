"""What a turn is told and what it asks for. Plain values: a test reads as a transcript of them.

Events, beside those of ``domain.stream`` (from the engine):

    Retrieved   passages for a ``Retrieve``        ToolDone   the end of a ``RunTool``
    Counted     tokens for a ``Count``             Permitted  the person's answer to an ``AskPermission``
    StopAsked   the person presses Stop

Commands, to be performed in the order they are returned:

    Retrieve · Count · AskModel · RunTool · AskPermission     answered by the event beside each, or by ``Failed``
    Emit        show this stream event
    CallEnded   a call is over: done, failed, denied or not run (its error says which)
    Stop        end what is running for this turn; nothing more is expected of it
    Save        the turn is over, this is its answer
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.chat.citations import Found
    from app.chat.context import ContextPlan
    from app.domain.generation import ChatMessage, GenerationRequest
    from app.domain.messages import Answer, ToolCall
    from app.domain.stream import StreamEvent
    from app.domain.tool import ToolOutcome, ToolSpec


@dataclass(frozen=True)
class Retrieve:
    """Search the conversation's scope. ``query`` may hold the question before, so that "and in 2024?" finds something."""

    turn: str
    query: str
    most: int


@dataclass(frozen=True)
class Count:
    """Tokens of ``messages`` rendered with ``tools``, and of each of ``texts`` by itself."""

    turn: str
    messages: tuple[ChatMessage, ...]
    tools: tuple[ToolSpec, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class AskModel:
    """Generate; send every stream event back. ``plan`` says where the tokens go, None after a tool call."""

    turn: str
    request: GenerationRequest
    plan: ContextPlan | None = None


@dataclass(frozen=True)
class RunTool:
    """Run a call that is complete, valid and permitted."""

    turn: str
    call: ToolCall
    spec: ToolSpec


@dataclass(frozen=True)
class AskPermission:
    """Ask the person. ``always_allowed``: whether "in this chat" may be offered; never after untrusted text was read."""

    turn: str
    call: ToolCall
    spec: ToolSpec
    always_allowed: bool


@dataclass(frozen=True)
class Emit:
    turn: str
    event: StreamEvent


@dataclass(frozen=True)
class CallEnded:
    turn: str
    call: ToolCall


@dataclass(frozen=True)
class Stop:
    turn: str


@dataclass(frozen=True)
class Save:
    turn: str
    answer: Answer


Command = Retrieve | Count | AskModel | RunTool | AskPermission | Emit | CallEnded | Stop | Save


@dataclass(frozen=True)
class Retrieved:
    """Passages, best first."""

    turn: str
    found: tuple[Found, ...]


@dataclass(frozen=True)
class Counted:
    """``prompt`` for the messages, ``texts`` in order."""

    turn: str
    prompt: int
    texts: tuple[int, ...]


@dataclass(frozen=True)
class ToolDone:
    """``found``: passages that a search brought, whole, so that they can be quoted."""

    turn: str
    call: str
    outcome: ToolOutcome
    found: tuple[Found, ...] = ()


@dataclass(frozen=True)
class Permitted:
    """Closed, cancelled or unattended means ``allowed=False``."""

    turn: str
    call: str
    allowed: bool


@dataclass(frozen=True)
class StopAsked:
    turn: str


Told = Retrieved | Counted | ToolDone | Permitted | StopAsked

"""What a turn stands in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.chat.context import Budget
    from app.domain.messages import Answer, Exchange, Scope
    from app.domain.tool import ToolSpec


@dataclass(frozen=True)
class Attached:
    """A file that tools are handed.

    Attributes:
        untrusted_name: without its folder.
        untrusted_beginning: its first lines; empty for what is not text.
    """

    untrusted_name: str
    untrusted_beginning: str = ""


@dataclass(frozen=True)
class Setting:
    """Attributes:
    tools: the tools in scope, as ``Registry.in_scope`` gives them.
    attached: files that they can read by name.
    granted: action tools the person allowed for this conversation.
    tainted: text that others wrote, or that was written after it, is in the turn from its beginning.
    history: past exchanges of the conversation, oldest first.
    model: id of the model, for the record.
    kept: an answer to the same question that was cut off, to be gone on with.
    """

    scope: Scope
    budget: Budget
    tools: tuple[ToolSpec, ...] = ()
    attached: tuple[Attached, ...] = ()
    granted: frozenset[str] = frozenset()
    tainted: bool = True
    history: tuple[Exchange, ...] = ()
    model: str = ""
    kept: Answer | None = None

"""Tools: what one is, what it may do, and how a call ends."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal

from app.domain.base import Frozen

Consent = Literal["once", "conversation", "deny"]
"""What a person says to an action: this once, in this chat from now on, or no."""
ConsentAnswer = Literal["once", "conversation", "deny", "unattended", "closed"]
"""The same, and how it ends when nobody says anything; both of these mean no."""


class ToolKind(StrEnum):
    """A query reads; an action changes something outside and needs a proposal and consent."""

    QUERY = "query"
    ACTION = "action"


class ErrorType(StrEnum):
    VALIDATION = "validation"
    PERMISSION = "permission"
    TIMEOUT = "timeout"
    LIMIT = "limit"
    NOT_FOUND = "not_found"
    INTERNAL = "internal"
    CANCELLED = "cancelled"


class Strictness(StrEnum):
    """How firmly a field is held. Each class is held by the grammar while it is written and judged again at the boundary.

    hard: one of a finite or numeric set: enums, truths, numbers, dates, ids.
    patterned: a short text of a given pattern or format.
    free: words, bounded in length only.
    """

    HARD = "hard"
    PATTERNED = "patterned"
    FREE = "free"


class ToolError(Frozen):
    """The six fields of a failed call."""

    error_type: ErrorType
    error_code: str
    retryable: bool
    user_message: str
    developer_message: str = ""
    hints: tuple[str, ...] = ()


class Judgement(Frozen):
    """How the arguments a model wrote were judged: names of rules and fields of the schema, never values.

    Attributes:
        parsed: they were one JSON object.
        fault: the rule they broke, such as ``field_missing`` or ``enum_invalid``; empty when they were valid.
        field: the field of the schema it is about; empty or ``?`` when there is none of that name.
        mended: what normalising changed, as ``rule:field``.
        fixes: deterministic repairs that were needed before they parsed.
        reasked: they are the answer to a second question under the same grammar.
        deprecated: deprecated fields that were used.
        other: enum fields answered with the way out ("other"), a sign of a bad taxonomy.
    """

    parsed: bool
    fault: str = ""
    field: str = ""
    mended: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    reasked: bool = False
    deprecated: tuple[str, ...] = ()
    other: tuple[str, ...] = ()


class ToolSpec(Frozen):
    """A manifest as the runtime knows it.

    Attributes:
        name: snake_case, what the model writes.
        title: what a person reads.
        about: one sentence for a person: what it does and what it reaches; ``description`` is written for the model.
        version: of the schema; additive change only.
        parameters: JSON Schema of the arguments, an object schema.
        confined: True runs the tool's code in a sandboxed child; False is a query answered by the runtime itself.
        reaches: what it may reach beside its arguments, each within the scope of the conversation: ``documents``,
            copies of ``files``, ``artifacts`` it leaves, ``packages``, ``folders``.
        digest: SHA-256 of the folder a person installed it from; empty for a tool that comes with Carrel.
    """

    name: str
    title: str
    version: int
    kind: ToolKind
    description: str
    parameters: dict[str, Any]
    timeout_seconds: float = 20.0
    memory_bytes: int = 512 * 2**20
    confined: bool = True
    reaches: tuple[str, ...] = ()
    about: str = ""
    digest: str = ""

    @property
    def strictness(self) -> dict[str, Strictness]:
        """The class of each field, by its path; items of a list are ``field[]``."""
        return dict(_classes(self.parameters, ""))


_HARD_FORMATS = frozenset({"date", "date-time", "time", "duration", "uuid", "ipv4", "ipv6"})


def _classes(schema: dict[str, Any], place: str) -> Iterator[tuple[str, Strictness]]:
    if schema.get("type") == "object":
        for key, inner in schema.get("properties", {}).items():
            yield from _classes(inner, f"{place}.{key}".lstrip("."))
    elif schema.get("type") == "array":
        items = schema.get("items")
        yield from _classes(items if isinstance(items, dict) else {}, f"{place}[]")
    else:
        yield place, _class(schema)


def _class(schema: dict[str, Any]) -> Strictness:
    if {"enum", "const", "x-known"} & schema.keys() or schema.get("format") in _HARD_FORMATS:
        return Strictness.HARD
    if schema.get("type") in {"boolean", "integer", "number", "null"}:
        return Strictness.HARD
    return Strictness.PATTERNED if {"pattern", "format"} & schema.keys() else Strictness.FREE


class ToolArtifact(Frozen):
    """A file that a call left, sealed in the vault.

    Attributes:
        artifact: its name there, 64 hexadecimal digits.
        title: what the tool called it; display text.
        media_type: decided by us from its bytes, ``application/octet-stream`` when it is nothing we know.
    """

    artifact: str
    title: str
    media_type: str
    bytes: int


class ToolOutcome(Frozen):
    """How a call ended: exactly one of ``result`` and ``error`` is set.

    Attributes:
        artifacts: what it left; also in ``result`` under ``artifacts``, so that a stored call opens with them.
        redacted: secrets taken out of the result before anybody saw it.
        duplicate: the action had been done before and was not done again; this is what came of it then.
        own: the result holds nothing but what we say of the call's own arguments: it brings in no words of others.
    """

    result: Any | None = None
    error: ToolError | None = None
    seconds: float = 0.0
    artifacts: tuple[ToolArtifact, ...] = ()
    redacted: int = 0
    duplicate: bool = False
    own: bool = False


class Grant(Frozen):
    """What one call may reach, taken from its conversation by the runtime. Default: nothing, and nobody there.

    Attributes:
        conversation, turn: empty for a call outside a chat.
        tools: names of the tools that may be called.
        collections: ids of the collections whose documents may be read.
        folders: absolute paths of folders whose files may be read, and written after consent.
        files: absolute paths of attached files, which may be read.
        attended: a person is there to be asked.
        tainted: text that others wrote, or the output of a tool, is in the turn; proposals and actions bring none.
    """

    conversation: str = ""
    turn: str = ""
    tools: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    attended: bool = False
    tainted: bool = True


class ActionSheet(Frozen):
    """Exactly what an action will do, for the person who is asked.

    Attributes:
        proposal: the id it was proposed under; what is shown cannot change any more under that id.
        facts: what and on what, in a few words each.
        preview: a unified diff for a file that is changed, the whole content of a new one; text, never markup.
    """

    proposal: str
    title: str
    facts: tuple[tuple[str, str], ...]
    preview: str
    preview_kind: Literal["text", "diff"]


class StandingConsent(Frozen):
    """A tool that may act in one conversation without asking again, while nothing that others wrote is in the turn."""

    conversation: str
    title: str
    tool: str


class ToolSwitches(Frozen):
    """What a person switched: all tools stopped, or single ones off."""

    stopped: bool
    off: tuple[str, ...]

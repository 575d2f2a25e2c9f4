"""Tools: what one is, what it may do, and how a call ends."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from app.domain.base import Frozen


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
        version: of the schema; additive change only.
        parameters: JSON Schema of the arguments, an object schema.
        confined: True runs the tool's code in a sandboxed child; False is a query answered by the runtime itself.
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


class ToolOutcome(Frozen):
    """How a call ended: exactly one of ``result`` and ``error`` is set."""

    result: Any | None = None
    error: ToolError | None = None
    seconds: float = 0.0

"""What records of the audit trail are made of: words that cannot be text, counts, seconds."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, SerializeAsAny, StringConstraints

from app.domain.base import Frozen

UNKNOWN = "unknown"
_WORD = re.compile(r"[A-Za-z0-9_.:?\[\]+-]{0,96}")
Word = Annotated[str, StringConstraints(pattern=f"^{_WORD.pattern}$")]
"""An id, a code, a name of our own. Without spaces, so that it cannot be text."""
Count = Annotated[int, Field(ge=0)]
Elapsed = Annotated[float, Field(ge=0)]


class Record(Frozen):
    """The base of all records."""

    version: ClassVar[int] = 1


class AuditEvent(Frozen):
    """A record with its place in the chain."""

    number: int
    at: datetime
    record: SerializeAsAny[Record]


def kind_of(record: Record | type[Record]) -> str:
    """The word a record is stored under."""
    return str((record if isinstance(record, type) else type(record)).model_fields["kind"].default)


def known(name: str, names: frozenset[str]) -> str:
    """``name`` when it is one of ours, else ``UNKNOWN``: what a model made up is not written down."""
    return worded(name) if name in names else UNKNOWN


def worded(text: str) -> str:
    """``text`` when it can be a ``Word``, else ``UNKNOWN``."""
    return text if _WORD.fullmatch(text) else UNKNOWN

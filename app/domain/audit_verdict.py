"""What a walk over the whole trail of events found."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from app.domain.base import Frozen
from app.domain.record import AuditEvent


class Finding(Frozen):
    """What is wrong with the events ``first`` to ``last``.

    Attributes:
        was: for ``moved``, the number the event at ``first`` was written under.
    """

    what: Literal[
        "changed", "removed", "moved", "replaced", "added", "cut", "end_changed", "anchor_lost", "anchor_changed"
    ]
    first: int
    last: int
    was: int = 0


class Verdict(Frozen):
    """What a walk over the whole chain found.

    Attributes:
        events: how many are kept; ``first`` and ``last`` are their numbers, ``since`` and ``until`` their times.
        pruned: how many older ones were let go by retention.
        findings: what is wrong now. noticed: what was found wrong at earlier openings, as events of kind ``fault``.
        begins: which opening of the vault the oldest of all events tells of; more than 1 means there was a time before.
    """

    events: int
    first: int = 0
    last: int = 0
    since: datetime | None = None
    until: datetime | None = None
    pruned: int = 0
    findings: tuple[Finding, ...] = ()
    noticed: tuple[AuditEvent, ...] = ()
    begins: int = 0

    @property
    def sound(self) -> bool:
        """Nothing was changed, removed, moved or cut off, as far as one can know."""
        return not self.findings and not self.noticed

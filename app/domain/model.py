"""Models: the card a person reads before choosing one."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from app.domain.base import Frozen


class ModelState(StrEnum):
    """CHECKING → ADMITTED or REFUSED; IN_USE is ADMITTED and chosen."""

    CHECKING = "checking"
    ADMITTED = "admitted"
    REFUSED = "refused"


class ModelMemory(Frozen):
    """Bytes. ``needed`` is measured at the admission load, at ``context`` tokens; ``free`` is now."""

    weights: int
    kv_per_1k_tokens: int
    working: int
    needed: int
    free: int
    fits: bool


class ModelCard(Frozen):
    """One model of the library.

    Attributes:
        id: the SHA-256 of the file; also its name on disk.
        context: trained context length, tokens.
        reason: why it was refused, in a sentence; empty otherwise.
        before: id of the model it replaced, kept for rollback.
    """

    id: str
    name: str
    sha256: str
    bytes: int
    architecture: str
    parameters: int
    quantisation: str
    context: int
    licence: str
    publisher: str = ""
    purpose: str = ""
    source: str = ""
    state: ModelState
    in_use: bool = False
    reason: str = ""
    added: datetime
    memory: ModelMemory | None = None
    tokens_per_second: float | None = None
    before: str | None = None

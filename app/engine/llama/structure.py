"""A grammar at work on one reply: what may come next, and what must."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import llguidance
import numpy as np
import numpy.typing as npt

from app.kernel.errors import Known

_UNIMPLEMENTED = re.compile(r'Unimplemented keys: \[("[^\]]+)\]')
_KEYWORDS = (
    ("Invalid type", "type"),
    ("Unknown format", "format"),
    ("Pointer", "$ref"),
    ("ref", "$ref"),
    ("patternPropert", "patternProperties"),
    ("regex", "pattern"),
    ("oneOf", "oneOf"),
    ("minProperties", "minProperties"),
    ("enum", "enum"),
    ("Unsatisfiable", "required"),
)


def refused_keyword(error: str) -> str:
    """The JSON Schema keyword an error of llguidance is about."""
    if found := _UNIMPLEMENTED.search(error):
        return found[1].split(",")[0].strip('" ')
    return next((keyword for needle, keyword in _KEYWORDS if needle in error), "schema")


class Structure:
    """One grammar, or several in a row, from the first token of a reply to its last.

    Args:
        following: given what was written under a grammar that is complete, the grammar to go on with.
    """

    def __init__(
        self, tokenizer: Any, grammar: str, ends: frozenset[int], following: Callable[[str], str | None] | None = None
    ) -> None:
        self._tokenizer = tokenizer
        self._ends = ends
        self._following = following
        self._written: list[int] = []
        self._begin(grammar)

    def allows(self, token: int) -> bool:
        if token in self._ends:
            return bool(self._matcher.is_accepting())
        return bool(self._matcher.validate_tokens([token]))

    def mask(self) -> npt.NDArray[np.bool_]:
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        return np.unpackbits(bits, bitorder="little").view(np.bool_)

    def opening(self) -> list[int]:
        """The tokens every reply begins with, already taken."""
        return self._forced()

    def take(self, token: int) -> list[int]:
        """Go on with ``token``; returns the tokens that must follow it, already taken."""
        self._matcher.consume_token(token)
        self._written.append(token)
        return self._forced()

    @property
    def complete(self) -> bool:
        """Nothing can follow."""
        return bool(self._matcher.is_stopped())

    def _begin(self, grammar: str) -> None:
        self._matcher = llguidance.LLMatcher(self._tokenizer, grammar, log_level=0)
        self._written.clear()
        if self._matcher.is_error():
            keyword = refused_keyword(self._matcher.get_error())
            raise Known(
                "carrel.engine.schema",
                f"The structure asked for cannot be enforced: its keyword “{keyword}” is not supported.",
                "Change the schema so that it does without this keyword.",
            )

    def _forced(self) -> list[int]:
        forced: list[int] = []
        while True:
            if not self._matcher.is_stopped():
                must = list(self._matcher.compute_ff_tokens())
                self._matcher.consume_tokens(must)
                self._written += must
                forced += must
            if self._matcher.is_error():
                raise Known("carrel.engine.structure", "The reply left its structure and was stopped.", "Ask again.")
            if not self._matcher.is_stopped() or self._following is None:
                return forced
            grammar = self._following(self._tokenizer.decode_bytes(self._written).decode("utf-8", "replace"))
            if grammar is None:
                return forced
            self._begin(grammar)

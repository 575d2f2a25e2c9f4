"""A grammar at work on one reply: what may come next, and what must."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import llguidance
import numpy as np
import numpy.typing as npt

from app.engine.grammar import trial_grammar
from app.engine.llama.naming import Naming
from app.engine.llama.runs import Runs
from app.engine.rewriting.expressible import expressible
from app.engine.rewriting.objects import repeatable
from app.kernel.errors import Known

_UNIMPLEMENTED = re.compile(r'Unimplemented keys: \[("[^\]]+)\]')
_FAULTY = re.compile(r" for '(\$?\w+)'|schema: (m\w+) \(")
_KEYWORDS = (
    ("Invalid type", "type"),
    ("type must be", "type"),
    ("Unknown format", "format"),
    ("Pointer", "$ref"),
    ("prefixItems", "prefixItems"),
    ("Resource", "$ref"),
    ("patternPropert", "patternProperties"),
    ("regex", "pattern"),
    ("oneOf", "oneOf"),
    ("minProperties", "minProperties"),
    ("maxProperties", "maxProperties"),
    ("intersection", "allOf"),
    ("required", "required"),
    ("anyOf is empty", "enum"),
    ("schema is false", "false"),
    ("ref", "$ref"),
)
_STANDS_FOR = {"$ref": ("$schema",), "maxProperties": ("minProperties",), "pattern": ("maxLength", "minLength")}
"""What an error can be about instead, where a schema does not have the keyword it speaks of."""
TOO_LARGE = "schema"


def refused_keyword(error: str) -> str:
    """The JSON Schema keyword an error of llguidance is about."""
    error = error.split("\n", 1)[0]
    if found := _UNIMPLEMENTED.search(error):
        return found[1].split(",")[0].strip('" ')
    if found := _FAULTY.search(error):
        return found[1] or found[2]
    return next((keyword for needle, keyword in _KEYWORDS if needle in error), TOO_LARGE)


def check_schema(tokenizer: Any, schema: Any, tool: str = "") -> None:
    """Whether values of ``schema``, the parameters of ``tool`` if it is named, can be held to it, every word of it.

    Raises:
        Known: ``carrel.engine.schema`` naming the first keyword that cannot be enforced. Nothing is loosened instead.
    """
    matcher = llguidance.LLMatcher(tokenizer, trial_grammar(schema), log_level=0)
    if matcher.is_error() or repeatable(expressible(schema)):
        keyword = refused_keyword(matcher.get_error()) if matcher.is_error() else "minProperties"
        said = json.dumps(schema)
        if f'"{keyword}"' not in said:  # it came up in rewriting, or in a document that is referred to
            own = llguidance.LLMatcher(tokenizer, trial_grammar(schema, rewritten=False), log_level=0)
            keyword = refused_keyword(own.get_error()) if own.is_error() else "allOf"
        others = (other for other in _STANDS_FOR.get(keyword, ()) if f'"{other}"' in said)
        keyword = keyword if f'"{keyword}"' in said else next(others, keyword)
        of = f"of the arguments of “{tool}”" if tool else "asked for"
        why = f"its keyword “{keyword}” is not supported" if keyword != TOO_LARGE else "it is too large"
        raise Known(
            "carrel.engine.schema",
            f"The structure {of} cannot be enforced: {why}.",
            "Change the schema so that it does without this keyword." if keyword != TOO_LARGE else "Make it smaller.",
        )


class Structure:
    """One grammar, or several in a row, from the first token of a reply to its last.

    Args:
        following: given what was written under a grammar that is complete, the grammar to go on with.
        value: the reply is one JSON value; otherwise only its calls are, and its words may hold any number.
        naming: words may be written instead of a call: the name of the first one is the model's own choice.

    Attributes:
        astray: the model wanted to name a tool that is not on offer.
    """

    def __init__(
        self,
        tokenizer: Any,
        grammar: str,
        ends: frozenset[int],
        following: Callable[[str], str | None] | None = None,
        *,
        value: bool = False,
        naming: Naming | None = None,
    ) -> None:
        self.astray = False
        self._naming = naming
        self._tokenizer = tokenizer
        self._ends = ends
        self._following = following
        self._runs = Runs(tokenizer, value=value)
        self._written: list[int] = []
        self._begin(grammar)

    def allows(self, token: int) -> bool:
        if token in self._ends:
            return bool(self._matcher.is_accepting())
        if not self._matcher.validate_tokens([token]):
            self.astray = self._strays(token)
            return False
        return self._runs.barred() is None or bool(self.mask()[token])

    def mask(self) -> npt.NDArray[np.bool_]:
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        self._check()  # a grammar that became too large allows nothing but the end
        allowed = np.unpackbits(bits, bitorder="little").view(np.bool_)
        if (barred := self._runs.barred()) is not None:
            others = allowed.copy()
            others[: len(barred)] &= ~barred
            return others if others.any() else allowed
        return allowed

    def opening(self) -> list[int]:
        """The tokens every reply begins with, already taken."""
        return self._forced()

    def take(self, token: int) -> list[int]:
        """Go on with ``token``; returns the tokens that must follow it, already taken."""
        self._matcher.consume_token(token)
        self._note([token])
        return self._forced()

    @property
    def complete(self) -> bool:
        """Nothing can follow."""
        return bool(self._matcher.is_stopped())

    def _begin(self, grammar: str) -> None:
        self._matcher = llguidance.LLMatcher(self._tokenizer, grammar, log_level=0)
        self._written.clear()
        if self._matcher.is_error():
            raise Known(
                "carrel.engine.grammar", "The structure asked for is too large to be enforced.", "Ask for less."
            )

    def _note(self, tokens: list[int]) -> None:
        self._written += tokens
        self._runs.note(self._tokenizer.decode_bytes(tokens))

    def _check(self) -> None:
        if self._matcher.is_error():
            raise Known("carrel.engine.structure", "The reply left its structure and was stopped.", "Ask again.")

    def _strays(self, token: int) -> bool:
        """Whether it goes on with the name of a first call as none on offer does."""
        naming = self._naming if not self._runs.value else None
        return naming is not None and naming.strays(self._runs.tail, self._tokenizer.decode_bytes([token]))

    def _unnamed(self, forced: list[int]) -> list[int]:
        """Those that come before the name of a first call, which is the model's own choice."""
        if self._naming is None or self._runs.value:
            return forced
        text = self._runs.tail
        for number, token in enumerate(forced):
            if self._naming.open(text):
                return forced[:number]
            text += self._tokenizer.decode_bytes([token])
        return forced

    def _forced(self) -> list[int]:
        forced: list[int] = []
        while True:
            if not self._matcher.is_stopped():
                must = self._unnamed(list(self._matcher.compute_ff_tokens()))
                self._matcher.consume_tokens(must)
                self._note(must)
                forced += must
            self._check()
            if not self._matcher.is_stopped() or self._following is None:
                return forced
            grammar = self._following(self._tokenizer.decode_bytes(self._written).decode("utf-8", "replace"))
            if grammar is None:
                return forced
            self._begin(grammar)

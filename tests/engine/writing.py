"""What can be written under a grammar, byte by byte: a given value, in any order of its properties, or one at random."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import llguidance
import numpy as np

from app.engine.grammar import schema_grammar

BYTES = llguidance.LLTokenizer("byte")
MOST_STEPS = 20_000
LONGEST = 400


def matcher(schema: Any) -> Any:
    """The grammar of a schema, at its beginning."""
    begun = llguidance.LLMatcher(BYTES, schema_grammar(schema), log_level=0)
    assert not begun.is_error(), begun.get_error()
    return begun


def writes(begun: Any, value: Any) -> bool:
    """Whether ``value`` can be written as it stands."""
    after = _after(begun, json.dumps(value, ensure_ascii=False))
    return after is not None and bool(after.is_accepting())


def writes_in_some_order(begun: Any, value: Any) -> bool:
    """Whether ``value`` can be written when its properties may stand in another order; given up after ``MOST_STEPS``."""
    return any(end.is_accepting() for end in _ends(begun, value, [0]))


def written(begun: Any, draw: random.Random) -> str | None:
    """One value at random; None when it found no end."""
    matching, text = begun.deep_copy(), b""
    while not matching.is_stopped() and not (matching.is_accepting() and draw.random() < 0.5):
        mask = np.unpackbits(np.frombuffer(matching.compute_bitmask(), np.uint8), bitorder="little")
        allowed = [int(byte) for byte in np.flatnonzero(mask[:256])]
        closing = [byte for byte in allowed if byte in b'"}]']
        plain = [byte for byte in allowed if 32 <= byte < 127 and byte != ord("\\")]
        if not allowed or len(text) > 4 * LONGEST:
            return None
        if closing and draw.random() < (0.25 if len(text) < LONGEST else 0.9):
            chosen = draw.choice(closing)
        else:
            chosen = draw.choice(plain if plain and draw.random() < 0.7 else allowed)
        matching.consume_token(chosen)
        text += bytes([chosen])
    return text.decode() if matching.is_accepting() else None


def _after(begun: Any, text: str) -> Any:
    """The matcher behind ``text``, None where that cannot be written."""
    letters = list(text.encode("utf-8", "surrogatepass"))
    matching = begun.deep_copy()
    return matching if matching.try_consume_tokens(letters) == len(letters) else None


def _ends(begun: Any, value: Any, steps: list[int]) -> Iterator[Any]:
    """The matcher behind each way to write ``value``."""
    steps[0] += 1
    if steps[0] > MOST_STEPS:
        return
    if isinstance(value, dict):
        yield from _members(_after(begun, "{"), value, ("", ", "), steps)
    elif isinstance(value, list):
        ends = [_after(begun, "[")]
        for number, item in enumerate(value):
            separated = (_after(end, ", " if number else "") for end in ends if end)
            ends = [after for end in separated if end for after in _ends(end, item, steps)]
        yield from (after for end in ends if end and (after := _after(end, "]")))
    elif after := _after(begun, json.dumps(value, ensure_ascii=False)):
        yield after


def _members(begun: Any, left: dict[str, Any], separators: tuple[str, str], steps: list[int]) -> Iterator[Any]:
    if begun is None:
        return
    if not left and (after := _after(begun, "}")):
        yield after
    for key, value in left.items():
        named = _after(begun, f"{separators[0]}{json.dumps(key, ensure_ascii=False)}: ")
        for end in _ends(named, value, steps) if named else ():
            others = {other: inner for other, inner in left.items() if other != key}
            yield from _members(end, others, (separators[1], separators[1]), steps)

"""Expressions of llguidance's Lark that every grammar is made of. Standard library only, used in the child."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

ONE_LINE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
SPREAD = {"whitespace_flexible": True, "whitespace_pattern": r" |\n {0,24}"}


def literal(text: str) -> str:
    """Lark reads strings as JSON does, but takes no raw DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def with_tokens(text: str, special: Mapping[str, int]) -> str:
    """A literal in which the texts of control tokens are those tokens; empty for an empty text."""
    known = [token for token in special if token in text]
    if not known:
        return literal(text) if text else ""
    pieces = re.split("(" + "|".join(map(re.escape, known)) + ")", text)
    return " ".join(f"<[{special[piece]}]>" if piece in special else literal(piece) for piece in pieces if piece)


def value(schema: Any, layout: Mapping[str, Any] = ONE_LINE) -> str:
    """A value of ``schema``. Our options last: a schema that brings its own could ask the compiler to be lenient."""
    if not isinstance(schema, dict):
        schema = {} if schema is True else {"allOf": [schema]}
    return "%json " + json.dumps(schema | {"x-guidance": layout}, ensure_ascii=False)


def escaped(text: str) -> str:
    """``text`` as part of a regular expression."""
    return re.sub(r"([^\w\s<>])", r"\\\1", text).replace("\n", r"\n")

"""What the parameters of a tool from outside may be, beyond what a schema may say: small, flat, bounded and quick to check.

Whether a grammar can hold all of it is tried besides, where a grammar is made. A pattern is matched by Python in our
own process, so one that could take for ever is refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

from app.tools.conformity import conforms

MOST_SCHEMA_CHARACTERS = 16_000
MOST_FIELDS = 20
MOST_ITEMS = 200
MOST_CHARACTERS = 20_000
MOST_PATTERNED = 200
"""Characters of a text that a pattern is matched against."""
DEEPEST = 3
FORMATS = frozenset({"date", "email", "ipv4", "ipv6", "uuid"})
"""Those that are checked at the boundary too."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_UNQUICK = re.compile(r"\(\?(?!:)|\\[1-9]|\)[*+?{]")
"""What looks around or back, and whatever repeats a group."""
_VARIABLE = re.compile(r"[*+]|\{\d*,\d*\}")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})


def check_bounded(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema``, if it is. Raises ``ValueError`` naming the field and the keyword."""
    if len(json.dumps(schema)) > MOST_SCHEMA_CHARACTERS:
        raise ValueError(f"longer than {MOST_SCHEMA_CHARACTERS:,} characters")
    _check(schema, "", 0)
    return schema


def _check(schema: Any, place: str, depth: int) -> None:
    schema = schema if isinstance(schema, dict) else {}
    for keyword in ("x-rules", "x-known"):
        if keyword in schema:
            raise _fault(place, f"the keyword {keyword!r} is for Carrel's own tools")
    kind = schema.get("type")
    if kind == "object":
        _check_object(schema, place, depth)
    elif kind == "array":
        if not 0 <= int(schema.get("maxItems", -1)) <= MOST_ITEMS:
            raise _fault(place, f"a list needs maxItems, at most {MOST_ITEMS}")
        _check(schema.get("items"), f"{place}[]", depth + 1)
    elif not isinstance(kind, str) or kind not in _SCALARS:
        raise _fault(place, f"the keyword 'type' must name one of object, array, {', '.join(sorted(_SCALARS))}")
    elif kind == "string":
        _check_text(schema, place)
    _check_choices(schema, place)
    if "default" in schema and not conforms(schema["default"], schema):
        raise _fault(place, "the default is not valid itself")


def _check_object(schema: dict[str, Any], place: str, depth: int) -> None:
    fields = schema.get("properties", {})
    if depth > DEEPEST or len(fields) > MOST_FIELDS:
        raise _fault(place, f"at most {MOST_FIELDS} fields, {DEEPEST} deep")
    if schema.get("additionalProperties") is not False:
        raise _fault(place, "needs additionalProperties: false")
    if unknown := set(schema.get("required", ())) - set(fields):
        raise _fault(place, f"required names {min(unknown)!r}, which is no field")
    for name, inner in fields.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no name of a field: small letters, digits and _")
        _check(inner, f"{place}.{name}".lstrip("."), depth + 1)


def _check_text(schema: dict[str, Any], place: str) -> None:
    if "enum" in schema or "const" in schema:
        return
    patterned = "pattern" in schema
    most = MOST_PATTERNED if patterned else MOST_CHARACTERS
    if schema.get("format") is not None and schema["format"] not in FORMATS:
        raise _fault(place, f"the keyword 'format' can be {', '.join(sorted(FORMATS))}")
    if "format" not in schema and not 0 <= int(schema.get("maxLength", -1)) <= most:
        raise _fault(place, f"a text needs maxLength, at most {most:,}")
    if patterned and not _quick(str(schema["pattern"])):
        raise _fault(place, "the keyword 'pattern' cannot be checked quickly")


def _quick(pattern: str) -> bool:
    """Whether matching ``MOST_PATTERNED`` characters takes a few thousand steps at most, however they are chosen."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    if len(pattern) > MOST_PATTERNED or _UNQUICK.search(pattern):
        return False
    return len(_VARIABLE.findall(pattern)) <= 2 and pattern.count("?") - pattern.count("(?:") <= 4


def _check_choices(schema: dict[str, Any], place: str) -> None:
    options = schema.get("enum", [])
    if len(options) > MOST_ITEMS or not all(isinstance(option, str | int | float | bool) for option in options):
        raise _fault(place, f"the keyword 'enum' lists at most {MOST_ITEMS} plain values")
    synonyms = schema.get("x-synonyms", {})
    if not isinstance(synonyms, dict) or not all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in synonyms.values()
    ):
        raise _fault(place, "the keyword 'x-synonyms' lists words for each option")


def _fault(place: str, what: str) -> ValueError:
    return ValueError(f"{place}: {what}" if place else what)

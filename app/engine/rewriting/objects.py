"""``propertyNames``, and how many properties there are, said by their names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from app.engine.rewriting.document import NOTES, Document, Inexpressible, inner
from app.engine.rewriting.opposites import excluded_names

MOST_CHOICES = 64


def named(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """``propertyNames``: names that are ruled out, or one pattern for all of them."""
    if "propertyNames" not in base:
        return
    try:
        part = _named(base["propertyNames"], document)
    except Inexpressible:
        return
    del base["propertyNames"]
    if part is not True:
        yield part


def _named(rule: Any, document: Document) -> Any:
    rule = document.resolved(rule)
    if rule is False:
        return {"additionalProperties": False}
    said = rule.keys() - NOTES if isinstance(rule, dict) else set()
    if isinstance(rule, dict) and rule.get("type") == "string":
        said -= {"type"}
    if not said:
        return True
    if names := excluded_names(rule):
        return {"properties": dict.fromkeys(names, False)}
    return {"patternProperties": {_pattern(rule, said): True}, "additionalProperties": False}


def _pattern(rule: dict[str, Any], said: set[str]) -> str:
    if said == {"pattern"}:
        return str(rule["pattern"])
    if said in ({"enum"}, {"const"}):
        names = [name for name in rule.get("enum", [rule.get("const")]) if isinstance(name, str)]
        return f"^(?:{'|'.join(map(re.escape, names))})$"
    if said <= {"minLength", "maxLength"}:
        return rf"^[\s\S]{{{int(rule.get('minLength', 0))},{int(rule['maxLength']) if 'maxLength' in rule else ''}}}$"
    raise Inexpressible


def counted(base: dict[str, Any]) -> Iterator[Any]:
    """``minProperties`` and ``maxProperties`` beside properties that may be left out: which of them are there."""
    known = {name for name, one in base.get("properties", {}).items() if one is not False}
    needed = [name for name in base.get("required", ()) if name in known]
    left_out = [name for name in base.get("properties", {}) if name in known and name not in needed]
    least, most = int(base.get("minProperties", 0)), base.get("maxProperties")
    if not left_out or (least <= len(needed) and most is None):
        if least <= len(needed) and "minProperties" in base and left_out:
            del base["minProperties"]
        return
    closed = base.get("additionalProperties") is False and not base.get("patternProperties")
    ways = [*itertools.islice(_ways(needed, left_out, least, most, closed=closed), MOST_CHOICES + 1)]
    if len(ways) > MOST_CHOICES:
        return
    base.pop("minProperties", None)
    base.pop("maxProperties", None)
    yield {"anyOf": [{"type": ["null", "boolean", "array", "number", "string"]}, *ways]}


def _ways(needed: list[str], left_out: list[str], least: int, most: int | None, *, closed: bool) -> Iterator[Any]:
    for size in range(len(left_out) + 1):
        there = len(needed) + size
        if (most is not None and there > most) or (closed and there < least):
            continue
        for chosen in itertools.combinations(left_out, size):
            others = [name for name in left_out if name not in chosen]
            yield _with([*needed, *chosen], others, there, least, most, closed=closed)


def _with(
    chosen: list[str], others: list[str], there: int, least: int, most: int | None, *, closed: bool
) -> dict[str, Any]:
    way: dict[str, Any] = {"type": "object", "required": chosen, "properties": dict.fromkeys(others, False)}
    if not closed and least > there:
        way["minProperties"] = least
    if not closed and most is not None:
        way["maxProperties"] = most
    return way


def repeatable(schema: Any) -> bool:
    """Whether a name that is written twice could make up the number of properties: the compiler counts what is written."""
    if isinstance(schema, dict) and schema.get("minProperties", 0) - len(set(schema.get("required", ()))) > 1:
        open_names = schema.get("additionalProperties") is not False or schema.get("patternProperties")
        if open_names:
            return True
    return any(map(repeatable, inner(schema)))

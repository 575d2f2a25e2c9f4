"""What two schemas have in common: nothing, as far as it can be proved; and the values of a schema that has few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.engine.rewriting.document import DEEPEST, Document, Inexpressible
from app.engine.rewriting.judging import canonical, holds
from app.engine.rewriting.opposites import TYPES

MOST_VALUES = 1_000
_BOUNDS = (("minLength", "maxLength"), ("minItems", "maxItems"), ("minProperties", "maxProperties"))
_RANGES = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
_DEPTH = 12


def values(schema: Any, document: Document) -> list[Any] | None:
    """All valid values, each once; None for more than ``MOST_VALUES`` of them.

    Raises:
        Inexpressible: which of them are valid cannot be told.
    """
    candidates = _candidates(schema, document, 0)
    if candidates is None:
        return None
    distinct = {canonical(value): value for value in reversed(candidates)}
    return [value for value in reversed(distinct.values()) if holds(schema, value, document)]


def _candidates(schema: Any, document: Document, depth: int) -> list[Any] | None:
    """Values among which all valid ones are."""
    document.spend()
    schema = document.resolved(schema)
    if depth > DEEPEST or not isinstance(schema, dict):
        return [] if schema is False else None
    found: list[Any] | None = None
    if "const" in schema:
        found = [schema["const"]]
    elif isinstance(schema.get("enum"), list):
        found = schema["enum"]
    elif (kinds := _kinds(schema)) and kinds <= {"null", "boolean"}:
        found = [*([None] if "null" in kinds else ()), *([False, True] if "boolean" in kinds else ())]
    elif "$ref" in schema:
        found = _candidates(document.target(schema["$ref"]), document, depth + 1)
    for one in schema.get("allOf", ()) if found is None else ():
        found = _candidates(one, document, depth + 1) if found is None else found
    for keyword in ("anyOf", "oneOf"):
        if found is None and isinstance(schema.get(keyword), list):
            parts = [_candidates(one, document, depth + 1) for one in schema[keyword]]
            found = None if None in parts else [value for part in parts for value in part or ()]
    if found is None and schema.get("type") == "integer":
        found = _integers(schema)
    return found if found is None or len(found) <= MOST_VALUES else None


def _integers(schema: dict[str, Any]) -> list[Any] | None:
    low, high = (
        [schema[key] for key in keys if isinstance(schema.get(key), int) and not isinstance(schema[key], bool)]
        for keys in _RANGES
    )
    if not low or not high or max(low) + MOST_VALUES < min(high):
        return None
    return list(range(max(low), min(high) + 1))


def _kinds(schema: dict[str, Any]) -> set[str]:
    named = schema.get("type", ())
    return {named} if isinstance(named, str) else set(named)


def disjoint(one: Any, other: Any, document: Document, depth: int = 0) -> bool:
    """Proved that no value is valid under both."""
    try:
        return _disjoint(one, other, document, depth)
    except Inexpressible:
        return False


@dataclass
class _Facts:
    """Some of what is true of every valid value."""

    types: set[str] = field(default_factory=lambda: set(TYPES))
    required: set[str] = field(default_factory=set)
    properties: list[tuple[str, Any]] = field(default_factory=list)
    known: list[set[str]] = field(default_factory=list)
    least: dict[str, float] = field(default_factory=dict)
    most: dict[str, float] = field(default_factory=dict)


def _disjoint(one: Any, other: Any, document: Document, depth: int) -> bool:
    document.spend()
    if depth > _DEPTH:
        return False
    for left, right in ((one, other), (other, one)):
        if (listed := _listed(left, document)) is not None:
            return not any(holds(right, value, document) for value in listed)
    facts = _Facts()
    for schema in (one, other):
        _gather(schema, facts, document, depth)
    types = facts.types
    if not types:
        return True
    if types == {"object"} and (_unmeant(facts) or _told_apart(facts, document, depth)):
        return True
    if any(types <= {kind} and _crossed(keys, facts) for kind, keys in zip(("string", "array"), _BOUNDS, strict=False)):
        return True
    if types == {"number"} and _crossed(("minimum", "maximum"), facts):
        return True
    return any(
        all(disjoint(choice, right, document, depth + 1) for choice in choices)
        for left, right in ((one, other), (other, one))
        for choices in _choices(left, document)
    )


def _listed(schema: Any, document: Document) -> list[Any] | None:
    try:
        return values(schema, document)
    except Inexpressible:
        return None


def _choices(schema: Any, document: Document) -> Iterator[list[Any]]:
    schema = document.resolved(schema)
    for keyword in ("anyOf", "oneOf"):
        if isinstance(schema, dict) and isinstance(schema.get(keyword), list):
            yield schema[keyword]


def _gather(schema: Any, facts: _Facts, document: Document, depth: int) -> None:
    document.spend()
    if schema is False:
        facts.types.clear()
    schema = document.resolved(schema)
    if not isinstance(schema, dict) or depth > _DEPTH:
        return
    if named := _kinds(schema):
        facts.types &= {"number" if name == "integer" else name for name in named}
    facts.required.update(schema.get("required", ()))
    facts.properties += schema.get("properties", {}).items()
    if schema.get("additionalProperties") is False and not schema.get("patternProperties"):
        facts.known.append(set(schema.get("properties", {})))
    for least, most in (*_BOUNDS, ("minimum", "maximum")):
        if isinstance(schema.get(least), int | float):
            facts.least[least] = max(schema[least], facts.least.get(least, schema[least]))
        if isinstance(schema.get(most), int | float):
            facts.most[most] = min(schema[most], facts.most.get(most, schema[most]))
    for one in schema.get("allOf", ()):
        _gather(one, facts, document, depth + 1)
    if "$ref" in schema:
        _gather(document.target(schema["$ref"]), facts, document, depth + 1)


def _crossed(keys: tuple[str, str], facts: _Facts) -> bool:
    least, most = facts.least.get(keys[0]), facts.most.get(keys[1])
    return least is not None and most is not None and least > most


def _unmeant(facts: _Facts) -> bool:
    """A property that must be there and may not."""
    return any(not facts.required <= names for names in facts.known) or _crossed(_BOUNDS[2], facts)


def _told_apart(facts: _Facts, document: Document, depth: int) -> bool:
    """A property that must be there cannot be what it must."""
    for name in facts.required:
        rules = [rule for key, rule in facts.properties if key == name]
        if any(rule is False for rule in rules):
            return True
        pairs = ((left, right) for at, left in enumerate(rules) for right in rules[at + 1 :])
        if any(_disjoint(left, right, document, depth + 1) for left, right in pairs):
            return True
    return False

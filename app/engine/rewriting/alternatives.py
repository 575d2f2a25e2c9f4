"""``oneOf``, ``if`` and dependencies as alternatives, and schemas of few values as the list of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from app.engine.rewriting.comparing import disjoint, values
from app.engine.rewriting.document import NOTES, STAY, Document, Inexpressible
from app.engine.rewriting.opposites import negated

_LISTED = frozenset({"type", "enum", "const"})
_IN_PLACE = ("allOf", "anyOf", "oneOf")
_AWKWARD = frozenset(
    {"not", "if", "oneOf", "contains", "uniqueItems", "propertyNames", "dependencies", "dependentSchemas"}
)
MOST_PAIRS = 400


def listed(schema: dict[str, Any], document: Document) -> Any:
    """The values of a schema that has few and says more than the list of them; None for any other."""
    if not schema.keys() - NOTES - _LISTED - {*STAY} or not _awkward(schema, document, 0):
        return None
    try:
        found = values(schema, document)
    except Inexpressible:
        return None
    if found is None:
        return None
    return {**{key: schema[key] for key in STAY if key in schema}, "enum": found} if found else False


def _awkward(schema: Any, document: Document, depth: int) -> bool:
    try:
        schema = document.resolved(schema)
    except Inexpressible:
        return False
    if not isinstance(schema, dict) or depth > 8:
        return False
    return bool(_AWKWARD & schema.keys()) or any(
        _awkward(one, document, depth + 1)
        for key in _IN_PLACE
        if isinstance(schema.get(key), list)
        for one in schema[key]
    )


def exclusive(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """``oneOf``: alternatives, each without what two of them hold for."""
    branches = base.get("oneOf")
    if not isinstance(branches, list) or len(branches) ** 2 > MOST_PAIRS:
        return
    try:
        chosen = _chosen([one for one in branches if one is not False], document)
    except Inexpressible:
        base["oneOf"] = [_within(one, document) for one in branches]
        return
    if "anyOf" in base:
        del base["oneOf"]
        yield {"anyOf": chosen}
    else:  # in its place: the order of keywords is the order of properties
        for key in list(base):
            value = base.pop(key)
            base.update({"anyOf": chosen} if key == "oneOf" else {key: value})


def _chosen(branches: list[Any], document: Document) -> list[Any]:
    shared: dict[int, list[Any]] = {number: [] for number in range(len(branches))}
    for (left, one), (right, other) in itertools.combinations(enumerate(branches), 2):
        if not disjoint(one, other, document):
            shared[left].append(other)
            shared[right].append(one)
    return [
        {"allOf": [one, *(negated(other, document) for other in shared[number])]} if shared[number] else one
        for number, one in enumerate(branches)
    ]


def _within(schema: Any, document: Document) -> Any:
    """What a reference means in its place: the compiler compares branches by what they say themselves."""
    try:
        return document.resolved(schema)
    except Inexpressible:
        return schema


def conditional(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """``if``: its opposite, or what follows from it."""
    if "if" not in base:
        base.pop("then", None)
        base.pop("else", None)
        return
    then, other = base.get("then", True), base.get("else", True)
    try:
        otherwise = negated(base["if"], document) if then is not True else None
    except Inexpressible:
        return
    condition = base.pop("if")
    base.pop("then", None)
    base.pop("else", None)
    if then is not True:
        yield {"anyOf": [otherwise, then]}
    if other is not True:
        yield {"anyOf": [condition, other]}


def dependent(base: dict[str, Any]) -> Iterator[Any]:
    """What must be said where a property is there."""
    for keyword in ("dependencies", "dependentRequired", "dependentSchemas"):
        if isinstance(base.get(keyword), dict):
            for name, needed in base.pop(keyword).items():
                then = {"required": needed} if isinstance(needed, list) else needed
                if then not in (True, {}, {"required": []}):
                    yield {"anyOf": [{"properties": {name: False}}, then]}


def excluded(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """``not``: everything else."""
    if "not" in base:
        try:
            yield negated(base["not"], document)
        except Inexpressible:
            return
        del base["not"]

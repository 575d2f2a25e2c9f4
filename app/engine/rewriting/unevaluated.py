"""``unevaluatedProperties`` and ``unevaluatedItems``: what the schemas that hold at the same place do not speak of.

Which of them hold differs from value to value, so there is one alternative for each choice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.engine.rewriting.document import Document, Inexpressible
from app.engine.rewriting.opposites import negated

MOST_CHOICES = 32
MOST_BRANCHES = 4
_DEPTH = 8


@dataclass(frozen=True)
class _Spoken:
    """What is spoken of where all of ``parts`` hold too."""

    parts: tuple[Any, ...] = ()
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    items: int = 0
    contained: tuple[Any, ...] = ()
    all_properties: bool = False
    all_items: bool = False

    def __or__(self, other: _Spoken) -> _Spoken:
        return _Spoken(
            self.parts + other.parts,
            self.names | other.names,
            self.patterns | other.patterns,
            max(self.items, other.items),
            self.contained + other.contained,
            self.all_properties or other.all_properties,
            self.all_items or other.all_items,
        )


def unspoken(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """The parts that stand for both keywords."""
    wanted = [key for key in ("unevaluatedProperties", "unevaluatedItems") if key in base]
    for keyword in wanted:
        if base[keyword] in (True, {}):
            del base[keyword]
    if not {"unevaluatedProperties", "unevaluatedItems"} & base.keys():
        return
    rules: dict[str, Any] = {key: base[key] for key in wanted if key in base}
    rest = {key: value for key, value in base.items() if key not in rules}
    try:
        choices = _spoken(rest, document, 0)
    except Inexpressible:
        return
    for key in rules:
        del base[key]
    ways = [{"allOf": [*spoken.parts, *_closed(spoken, rules)]} for spoken in choices]
    yield ways[0] if len(ways) == 1 else {"anyOf": ways}


def _closed(spoken: _Spoken, rules: dict[str, Any]) -> Iterator[Any]:
    if "unevaluatedProperties" in rules and not spoken.all_properties:
        yield {
            "properties": dict.fromkeys(sorted(spoken.names), True),
            "patternProperties": dict.fromkeys(sorted(spoken.patterns), True),
            "additionalProperties": rules["unevaluatedProperties"],
        }
    if "unevaluatedItems" in rules and not spoken.all_items:
        rule = rules["unevaluatedItems"]
        rest = {"anyOf": [rule, *spoken.contained]} if spoken.contained else rule
        yield {"prefixItems": [True] * spoken.items, "items": rest} if spoken.items else {"items": rest}


def _spoken(schema: Any, document: Document, depth: int) -> list[_Spoken]:
    """The choices there are of what a schema speaks of, when it holds."""
    document.spend()
    if isinstance(schema, bool):
        return [_Spoken()]
    if depth > _DEPTH or not isinstance(schema, dict) or "$dynamicRef" in schema or "$recursiveRef" in schema:
        raise Inexpressible
    choices = [_own(schema)]
    for several in _beside(schema, document, depth + 1):
        choices = [one | other for one, other in itertools.product(choices, several)]
        if len(choices) > MOST_CHOICES:
            raise Inexpressible
    return choices


def _own(schema: dict[str, Any]) -> _Spoken:
    items = schema.get("items")
    listed = isinstance(items, list)
    return _Spoken(
        names=frozenset(schema.get("properties", {})),
        patterns=frozenset(schema.get("patternProperties", {})),
        items=len(items if isinstance(items, list) else schema.get("prefixItems", ())),
        contained=(schema["contains"],) if "contains" in schema else (),
        all_properties=bool({"additionalProperties", "unevaluatedProperties"} & schema.keys()),
        all_items="unevaluatedItems" in schema or ("additionalItems" in schema if listed else items is not None),
    )


def _beside(schema: dict[str, Any], document: Document, depth: int) -> Iterator[list[_Spoken]]:
    """For each schema that holds at the same place, or may, its choices."""

    def whole(inner: Any) -> list[_Spoken]:
        return _spoken(inner, document, depth)

    def under(inner: Any) -> list[_Spoken]:
        return [replace(one, parts=(inner, *one.parts)) for one in whole(inner)]

    if "$ref" in schema:
        yield whole(document.target(schema["$ref"]))
    for one in schema.get("allOf", ()):
        yield whole(one)
    if "anyOf" in schema:
        yield [choice for some in _some(schema["anyOf"]) for choice in _all(map(under, some))]
    if "oneOf" in schema:
        yield [choice for one in schema["oneOf"] for choice in under(one)]
    if "if" in schema:
        then, other = schema.get("then", True), schema.get("else", True)
        holds = _all([under(schema["if"]), under(then)])
        yield [*holds, *_all([[_Spoken(parts=(negated(schema["if"], document),))], under(other)])]
    for name, needed in schema.get("dependentSchemas", {}).items():
        there = _Spoken(parts=({"type": "object", "required": [name]},))
        yield [*_all([[there], whole(needed)]), _Spoken(parts=({"properties": {name: False}},))]


def _some(branches: list[Any]) -> Iterator[tuple[Any, ...]]:
    if len(branches) > MOST_BRANCHES:
        raise Inexpressible
    for count in range(1, len(branches) + 1):
        yield from itertools.combinations(branches, count)


def _all(several: Iterable[list[_Spoken]]) -> list[_Spoken]:
    choices = [_Spoken()]
    for some in several:
        choices = [one | other for one, other in itertools.product(choices, some)]
    return choices

"""What a schema does not hold for."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterator
from typing import Any

from app.engine.rewriting.document import DEEPEST, NOTES, STAY, Document, Inexpressible

TYPES = ("null", "boolean", "object", "array", "number", "string")
MOST_LETTERS = 2_000
MOST_BRANCHES = 5
"""Of a ``oneOf`` whose opposite is sought: each pair of them is one way."""
_OPPOSITE = {
    "minLength": ("string", "maxLength", -1),
    "maxLength": ("string", "minLength", 1),
    "minItems": ("array", "maxItems", -1),
    "maxItems": ("array", "minItems", 1),
    "minProperties": ("object", "maxProperties", -1),
    "maxProperties": ("object", "minProperties", 1),
    "minimum": ("number", "exclusiveMaximum", 0),
    "maximum": ("number", "exclusiveMinimum", 0),
    "exclusiveMinimum": ("number", "maximum", 0),
    "exclusiveMaximum": ("number", "minimum", 0),
}
_BESIDE = frozenset({"then", "else", "minContains", "maxContains", *STAY})
"""Say nothing by themselves."""


def negated(schema: Any, document: Document, depth: int = 0) -> Any:
    """What ``schema`` does not hold for, and nothing else.

    Raises:
        Inexpressible: for keywords whose opposite there is no word for.
    """
    document.spend()
    if isinstance(schema, bool):
        return not schema
    if not isinstance(schema, dict) or depth > DEEPEST:
        raise Inexpressible
    schema = document.resolved(schema)
    if isinstance(schema, bool):
        return not schema
    said = {key for key, value in schema.items() if key not in NOTES | _BESIDE and not _vacuous(key, value)}
    ways = [way for key in schema if key in said for way in _ways(key, schema, document, depth + 1)]
    return ways[0] if len(ways) == 1 else {"anyOf": ways} if ways else False


def _ways(keyword: str, schema: dict[str, Any], document: Document, depth: int) -> Iterator[Any]:
    """The ways to break one keyword."""
    value = schema[keyword]

    def opposite(inner: Any) -> Any:
        return negated(inner, document, depth)

    match keyword:
        case "$ref":
            yield opposite(document.target(value))
        case "not":
            yield value
        case "type":
            yield {"type": _other_types({value} if isinstance(value, str) else set(value))}
        case "enum" | "const":
            yield from _other_values(value if keyword == "enum" else [value])
        case "required":
            yield from ({"type": "object", "properties": {name: False}} for name in value)
        case "properties":
            for name, one in value.items():
                yield {"type": "object", "required": [name], "properties": {name: opposite(one)}}
        case "anyOf":
            yield {"allOf": [opposite(one) for one in value]}
        case "allOf":
            yield from map(opposite, value)
        case "oneOf" if len(value) <= MOST_BRANCHES:
            yield {"allOf": [opposite(one) for one in value]}
            yield from ({"allOf": list(pair)} for pair in itertools.combinations(value, 2))
        case "if":
            condition, then, other = value, schema.get("then", True), schema.get("else", True)
            if then is not True:
                yield {"allOf": [condition, opposite(then)]}
            if other is not True:
                yield {"allOf": [opposite(condition), opposite(other)]}
        case "items" if not isinstance(value, list) and "prefixItems" not in schema:
            yield {"type": "array", "contains": opposite(value)}
        case "contains" if schema.get("minContains", 1) == 1 and "maxContains" not in schema:
            yield {"type": "array", "items": opposite(value)}
        case "propertyNames" if names := excluded_names(value):
            yield from ({"type": "object", "required": [name]} for name in names)
        case "propertyNames" | "additionalProperties" if value is False and not _ranges(keyword, schema):
            yield {"type": "object", "minProperties": 1}
        case "dependencies" | "dependentRequired" | "dependentSchemas":
            for name, needed in value.items():
                broken = opposite({"required": needed} if isinstance(needed, list) else needed)
                yield {"allOf": [{"type": "object", "required": [name]}, broken]}
        case _ if keyword in _OPPOSITE and isinstance(value, int | float) and not isinstance(value, bool):
            kind, other, step = _OPPOSITE[keyword]
            if value + step >= 0 or kind == "number":
                yield {"type": kind, other: value + step}
        case _:
            raise Inexpressible(keyword)


def _ranges(keyword: str, schema: dict[str, Any]) -> bool:
    """Whether the keyword is about some of the properties only."""
    return keyword == "additionalProperties" and bool(schema.get("properties") or schema.get("patternProperties"))


def _vacuous(keyword: str, value: Any) -> bool:
    """Holds for everything."""
    return (
        keyword.startswith(("additional", "unevaluated", "patternProp", "propertyNames")) and value in (True, {})
    ) or (keyword == "uniqueItems" and value is False)


def excluded_names(rule: Any) -> list[str]:
    """The names that ``propertyNames`` rules out one by one, if that is all it does."""
    inner = rule.get("not") if isinstance(rule, dict) and rule.keys() - NOTES == {"not"} else None
    if not isinstance(inner, dict) or inner.keys() not in ({"enum"}, {"const"}):
        return []
    names = inner.get("enum", [inner.get("const")])
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else []


def _other_types(named: Collection[str]) -> list[str]:
    if "integer" in named and "number" not in named:
        raise Inexpressible
    return [name for name in TYPES if name not in named]


def _other_values(values: list[Any]) -> Iterator[Any]:
    """Everything but these texts, numbers, truths and null."""
    texts = {value for value in values if isinstance(value, str)}
    truths = {value for value in values if isinstance(value, bool)}
    numbers = {value for value in values if isinstance(value, int | float) and not isinstance(value, bool)}
    others = [value for value in values if isinstance(value, dict | list)]
    if others or sum(map(len, texts)) > MOST_LETTERS or not all(map(math.isfinite, numbers)):
        raise Inexpressible
    touched = {name for name, one in (("string", texts), ("boolean", truths), ("number", numbers)) if one}
    if None in values:
        touched.add("null")
    yield {"type": _other_types(touched)}
    if texts:
        yield {"type": "string", "pattern": f"^(?:{none_of(texts)})$"}
    if len(truths) == 1:
        yield {"const": not truths.pop()}
    if numbers:
        yield from _between(sorted(numbers))


def _between(numbers: list[float]) -> Iterator[Any]:
    """The numbers below, between and above."""
    yield {"type": "number", "exclusiveMaximum": numbers[0]}
    for least, most in itertools.pairwise(numbers):
        yield {"type": "number", "exclusiveMinimum": least, "exclusiveMaximum": most}
    yield {"type": "number", "exclusiveMinimum": numbers[-1]}


def none_of(words: Collection[str]) -> str:
    """A regular expression of all texts but these."""
    first = {word[0] for word in words if word}
    ways = [rf"[^{''.join(map(_in_class, sorted(first)))}][\s\S]*" if first else r"[\s\S]+"]
    ways += [
        re.escape(letter) + f"(?:{none_of({w[1:] for w in words if w[:1] == letter})})" for letter in sorted(first)
    ]
    return "|".join(ways) if "" in words else f"(?:{'|'.join(ways)})?"


def _in_class(letter: str) -> str:
    return "\\" + letter if letter in "\\]^-[&~" else letter

"""Keywords the grammar compiler does not know, said in those it does, where the meaning stays exactly the same.

``not``, ``if``/``then``/``else``, ``dependencies`` and excluded property names become alternatives. What cannot be said so
is left standing, and is then refused by its name. Standard library only, used in the child.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

NOTES = frozenset({"title", "description", "$comment", "examples", "default", "$schema", "deprecated", "readOnly"})
STAY = ("$schema", "$id", "id", "$defs", "definitions", "$anchor")
TYPES = ("null", "boolean", "object", "array", "number", "string")
MOST_LETTERS = 2_000
_MAPS = ("properties", "patternProperties", "$defs", "definitions")
_LISTS = ("prefixItems", "anyOf", "allOf", "oneOf")
_ONE = ("items", "additionalItems", "additionalProperties", "then", "else", "contains")
_PLACES = re.compile(r"#(/(\$defs|definitions)/[^/]+)?")
_OPPOSITE = {
    "minLength": ("string", "maxLength", -1),
    "maxLength": ("string", "minLength", 1),
    "minItems": ("array", "maxItems", -1),
    "maxItems": ("array", "minItems", 1),
    "minimum": ("number", "exclusiveMaximum", 0),
    "maximum": ("number", "exclusiveMinimum", 0),
    "exclusiveMinimum": ("number", "maximum", 0),
    "exclusiveMaximum": ("number", "minimum", 0),
}


class Inexpressible(ValueError):  # noqa: N818 - an outcome
    """There is no exact way to say it."""


def expressible(schema: Any) -> Any:
    """``schema``, equivalent, with as few unknown keywords as can be."""
    if not all(_PLACES.fullmatch(place) for place in _references(schema)):
        return schema  # it points at places that would move
    return _rewritten(schema)


def _rewritten(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    base: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _MAPS and isinstance(value, dict):
            base[key] = {name: _rewritten(one) for name, one in value.items()}
        elif isinstance(value, list) and (key in _LISTS or key == "items"):
            base[key] = [_rewritten(one) for one in value]
        else:
            base[key] = _rewritten(value) if key in _ONE else value
    more = [*_excluded(base), *_conditional(base), *_dependent(base), *_names(base)]
    if not more:
        return base
    outer = {key: base.pop(key) for key in STAY if key in base}
    return {**outer, "allOf": [base, *more]}  # the base first: it has the order of the properties


def _excluded(base: dict[str, Any]) -> Iterator[Any]:
    if "not" in base:
        try:
            yield negated(base["not"])
        except Inexpressible:
            return
        del base["not"]


def _conditional(base: dict[str, Any]) -> Iterator[Any]:
    if "if" not in base:
        return
    try:
        otherwise = negated(base["if"])
    except Inexpressible:
        return
    condition, then, other = (base.pop(key, True) for key in ("if", "then", "else"))
    if then is not True:
        yield {"anyOf": [otherwise, then]}
    if other is not True:
        yield {"anyOf": [_rewritten(condition), other]}


def _dependent(base: dict[str, Any]) -> Iterator[Any]:
    for keyword in ("dependencies", "dependentRequired", "dependentSchemas"):
        if isinstance(base.get(keyword), dict):
            for name, needed in base.pop(keyword).items():
                then = {"required": needed} if isinstance(needed, list) else _rewritten(needed)
                if then not in (True, {}, {"required": []}):
                    yield {"anyOf": [{"properties": {name: False}}, then]}


def _names(base: dict[str, Any]) -> Iterator[Any]:
    """Property names that are ruled out, one by one."""
    rule = base.get("propertyNames")
    inner = rule.get("not") if isinstance(rule, dict) and rule.keys() == {"not"} else None
    if isinstance(inner, dict) and len(inner) == 1:
        names = inner.get("enum", [inner["const"]] if "const" in inner else None)
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            del base["propertyNames"]
            yield {"properties": dict.fromkeys(names, False)}


def negated(schema: Any) -> Any:
    """What ``schema`` does not hold for, and nothing else.

    Raises:
        Inexpressible: for keywords whose opposite there is no word for.
    """
    if isinstance(schema, bool):
        return not schema
    if not isinstance(schema, dict):
        raise Inexpressible
    ways = [way for key, value in schema.items() if key not in NOTES for way in _ways(key, value)]
    return ways[0] if len(ways) == 1 else {"anyOf": ways} if ways else False


def _ways(keyword: str, value: Any) -> Iterator[Any]:
    """The ways to break one keyword."""
    if keyword == "not":
        yield _rewritten(value)
    elif keyword == "type":
        yield {"type": _other_types({value} if isinstance(value, str) else set(value))}
    elif keyword in ("enum", "const"):
        yield from _other_values(value if keyword == "enum" else [value])
    elif keyword == "required":
        yield from ({"type": "object", "properties": {name: False}} for name in value)
    elif keyword == "properties":
        for name, one in value.items():
            yield {"type": "object", "required": [name], "properties": {name: negated(one)}}
    elif keyword == "anyOf":
        yield {"allOf": [negated(one) for one in value]}
    elif keyword == "allOf":
        yield from (negated(one) for one in value)
    elif keyword in _OPPOSITE and isinstance(value, int | float) and not isinstance(value, bool):
        kind, opposite, step = _OPPOSITE[keyword]
        if value + step >= 0 or kind == "number":
            yield {"type": kind, opposite: value + step}
    else:
        raise Inexpressible(keyword)


def _other_types(named: Collection[str]) -> list[str]:
    if "integer" in named and "number" not in named:
        raise Inexpressible
    return [name for name in TYPES if name not in named]


def _other_values(values: list[Any]) -> Iterator[Any]:
    """Everything but these texts, truths and null."""
    texts = {value for value in values if isinstance(value, str)}
    truths = {value for value in values if isinstance(value, bool)}
    if len(texts) + len(truths) + (None in values) != len(values) or sum(map(len, texts)) > MOST_LETTERS:
        raise Inexpressible
    touched = {name for name, one in (("string", texts), ("boolean", truths)) if one}
    if None in values:
        touched.add("null")
    yield {"type": _other_types(touched)}
    if texts:
        yield {"type": "string", "pattern": f"^(?:{_none_of(texts)})$"}
    if len(truths) == 1:
        yield {"const": not truths.pop()}


def _none_of(words: Collection[str]) -> str:
    """A regular expression of all texts but these."""
    first = {word[0] for word in words if word}
    ways = [rf"[^{''.join(map(_in_class, sorted(first)))}][\s\S]*" if first else r"[\s\S]+"]
    ways += [
        re.escape(letter) + f"(?:{_none_of({w[1:] for w in words if w[:1] == letter})})" for letter in sorted(first)
    ]
    return "|".join(ways) if "" in words else f"(?:{'|'.join(ways)})?"


def _in_class(letter: str) -> str:
    return "\\" + letter if letter in "\\]^-[&~" else letter


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        for key, value in schema.items():
            if key in ("$ref", "$dynamicRef", "$recursiveRef") and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)

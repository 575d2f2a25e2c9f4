"""Whether one value is valid, in so far as that can be told here; for schemas of few values, and to compare schemas."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from app.engine.rewriting.document import DEEPEST, NOTES, STAY, Document, Inexpressible

_PLAIN = re.compile(r"[^\\]|\\[^a-zA-Z0-9]|\\[dDnrt]", re.DOTALL)
_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: _number(value),  # noqa: PLW0108 - it stands below
    "integer": lambda value: _number(value) and value % 1 == 0,
}
_SIZES = {"Length": str, "Items": list, "Properties": dict}


def holds(schema: Any, value: Any, document: Document, depth: int = 0) -> bool:
    """Whether ``value`` is valid under ``schema``.

    Raises:
        Inexpressible: this cannot tell.
    """
    document.spend()
    if isinstance(schema, bool):
        return schema
    beside = (
        document.older and isinstance(schema, dict) and "$ref" in schema and schema.keys() - NOTES - {"$ref", *STAY}
    )
    if not isinstance(schema, dict) or depth > DEEPEST or beside:
        raise Inexpressible
    return all(_keyword(key, schema, value, document, depth + 1) for key in schema if key not in NOTES)


def alike(one: Any, other: Any) -> bool:
    """Equality of JSON: numbers by value, truths are no numbers."""
    return canonical(one) == canonical(other)


def canonical(value: Any) -> str:
    """The same text for equal values."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    if isinstance(value, float) and not math.isfinite(value):
        raise Inexpressible
    return str(Fraction(value)) if _number(value) else json.dumps(value)


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` is found in ``text``. Raises ``Inexpressible`` where the dialects differ."""
    if "(?" in pattern.replace("(?:", "") or re.sub(_PLAIN, "", pattern) or not text.isascii() or "\n" in text:
        raise Inexpressible
    try:
        return re.search(pattern, text, re.ASCII) is not None
    except (re.error, OverflowError, RecursionError):
        raise Inexpressible from None


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _keyword(key: str, schema: dict[str, Any], value: Any, document: Document, depth: int) -> bool:
    rule = schema[key]

    def valid(inner: Any, part: Any = value) -> bool:
        return holds(inner, part, document, depth)

    match key:
        case "type":
            return any(_TYPES[name](value) for name in ([rule] if isinstance(rule, str) else rule))
        case "enum":
            return value in rule if isinstance(value, str) else any(alike(option, value) for option in rule)
        case "const":
            return alike(rule, value)
        case "$ref":
            return valid(document.target(rule))
        case "allOf":
            return all(map(valid, rule))
        case "anyOf":
            return any(map(valid, rule))
        case "oneOf":
            return sum(map(valid, rule)) == 1
        case "not":
            return not valid(rule)
        case "if":
            return valid(schema.get("then" if valid(rule) else "else", True))
        case "pattern":
            return not isinstance(value, str) or matches(rule, value)
        case "minLength" | "minItems" | "minProperties":
            return bool(_size(key, value, rule) >= rule)
        case "maxLength" | "maxItems" | "maxProperties":
            return bool(_size(key, value, rule) <= rule)
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf":
            return not _number(value) or _measured(key, rule, value)
        case "then" | "else" | "minContains" | "maxContains" | "additionalItems" | "x-guidance":
            return True
        case _ if key in STAY:
            return True
        case _ if isinstance(value, dict):
            return _object(key, schema, value, valid)
        case _ if isinstance(value, list):
            return _array(key, schema, value, valid)
        case "format":
            if isinstance(value, str):
                raise Inexpressible
    return True


def _size(key: str, value: Any, otherwise: Any) -> Any:
    """Of what the keyword is about; of nothing else."""
    return len(value) if isinstance(value, _SIZES[key[3:]]) else otherwise


def _measured(key: str, rule: Any, value: Any) -> bool:
    if not _number(rule):
        raise Inexpressible  # as in draft 4
    match key:
        case "minimum":
            return bool(value >= rule)
        case "maximum":
            return bool(value <= rule)
        case "exclusiveMinimum":
            return bool(value > rule)
        case "exclusiveMaximum":
            return bool(value < rule)
    return Fraction(str(value)) % Fraction(str(rule)) == 0


def _object(key: str, schema: dict[str, Any], value: dict[str, Any], valid: Callable[..., bool]) -> bool:
    rule = schema[key]
    match key:
        case "required":
            return all(name in value for name in rule)
        case "properties":
            return all(valid(one, value[name]) for name, one in rule.items() if name in value)
        case "patternProperties":
            return all(valid(one, value[name]) for way, one in rule.items() for name in value if matches(way, name))
        case "additionalProperties":
            ways = schema.get("patternProperties", {})
            return all(
                valid(rule, value[name])
                for name in value
                if name not in schema.get("properties", {}) and not any(matches(way, name) for way in ways)
            )
        case "propertyNames":
            return all(valid(rule, name) for name in value)
        case "dependencies" | "dependentRequired" | "dependentSchemas":
            return all(
                all(name in value for name in needed) if isinstance(needed, list) else valid(needed)
                for present, needed in rule.items()
                if present in value
            )
        case "unevaluatedProperties":
            raise Inexpressible
    return True


def _array(key: str, schema: dict[str, Any], value: list[Any], valid: Callable[..., bool]) -> bool:
    rule = schema[key]
    match key:
        case "prefixItems":
            return all(valid(one, item) for one, item in zip(rule, value, strict=False))
        case "items" if isinstance(rule, list):
            rest = schema.get("additionalItems", True)
            return all(valid(one, item) for one, item in zip([*rule, *_same(rest, value)], value, strict=False))
        case "items":
            return all(valid(rule, item) for item in value[len(schema.get("prefixItems", ())) :])
        case "contains":
            found = sum(valid(rule, item) for item in value)
            return bool(schema.get("minContains", 1) <= found <= schema.get("maxContains", found))
        case "uniqueItems":
            return not rule or len({canonical(item) for item in value}) == len(value)
        case "unevaluatedItems":
            raise Inexpressible
    return True


def _same(schema: Any, items: list[Any]) -> Iterator[Any]:
    return (schema for _ in items)

"""A JSON Schema as the decoder is given it: the same, with an end to everything that has none.

A small model that may write digits, characters or items without end sometimes does. So what a schema leaves unbounded gets
a bound; a bound the schema sets itself is kept, a pattern too (its intersection with a length can be beyond the compiler), and so are the
names of an open object. Digits after a point are counted while they are written (``Structure``): no keyword bounds them
without taking exponents away. ``bounded`` only ever narrows: whatever can be written is valid under the original. Standard
library only, used in the child.
"""

from __future__ import annotations

from typing import Any

MOST_CHARACTERS = 8_000
MOST_ITEMS = 128
LARGEST = 10**15 - 1  # every integer up to it survives a double
_LABEL = (  # of a host name: no punycode, which no grammar can check
    "[A-Za-z0-9]([A-Za-z0-9-]?[A-Za-z0-9])?"
    "|[A-Za-z0-9][A-Za-z0-9-]([A-Za-z0-9]{2}|-[A-Za-z0-9])"
    "|[A-Za-z0-9][A-Za-z0-9-]([A-Za-z0-9][A-Za-z0-9-]|-[A-Za-z0-9])[A-Za-z0-9-]{0,58}[A-Za-z0-9]"
)
HOST = {"pattern": rf"^({_LABEL})(\.({_LABEL}))*$", "maxLength": 253}
"""Host names: the compiler knows the format only by its outline, and would let wrong ones pass."""

_ELSEWHERE = frozenset(
    {
        "patternProperties",
        "propertyNames",
        "unevaluatedProperties",
        "anyOf",
        "allOf",
        "oneOf",
        "if",
        "dependencies",
        "dependentSchemas",
        "$ref",
    }
)
"""Words by which a schema can speak of fields that are not among its ``properties``."""
_IN_A_MAP = ("properties", "patternProperties", "$defs", "definitions")
_IN_A_LIST = ("prefixItems", "anyOf", "allOf", "oneOf")
_ONE = ("items", "additionalItems", "additionalProperties")


def bounded(schema: Any) -> Any:
    """``schema`` with bounds. Only for one the grammar compiler accepts: it has proved then that the branches of each
    ``oneOf`` exclude each other, so they stay alternatives although each is narrowed by itself.
    """
    if not isinstance(schema, dict) or "enum" in schema or "const" in schema:
        return schema
    inner: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _IN_A_MAP and isinstance(value, dict):
            inner[key] = {name: bounded(one) for name, one in value.items()}
        elif key == "oneOf" and "anyOf" in schema:
            inner[key] = value
        elif (key in _IN_A_LIST or key == "items") and isinstance(value, list):
            inner[key] = [bounded(one) for one in value]
        elif key in _ONE:
            inner[key] = bounded(value)
        else:
            inner[key] = value
    if "oneOf" in inner and "anyOf" not in inner:  # in its place: the order of keywords is the order of properties
        inner = {"anyOf" if key == "oneOf" else key: value for key, value in inner.items()}
    if inner.get("format") == "hostname":
        inner = {key: value for key, value in inner.items() if key != "format"}
        inner["allOf"] = [*inner.get("allOf", ()), HOST]
    return inner | _bounds(inner)


def closed(schema: Any) -> Any:
    """Arguments hold what the schema of their tool names and nothing else, unless it says otherwise.

    A field that may be left out may also be its default where that is none of its own values, null or a word outside of its
    enum: models say so where they mean to leave it out. It is taken out at the boundary.
    """
    if not isinstance(schema, dict):
        return schema
    inner = dict(schema)
    if isinstance(properties := inner.get("properties"), dict):
        needed = inner.get("required", ())
        inner["properties"] = {
            name: {"anyOf": [closed(one), *absent]} if name not in needed and (absent := _absent(one)) else closed(one)
            for name, one in properties.items()
        }
        if properties and not _ELSEWHERE & inner.keys():
            inner.setdefault("additionalProperties", False)
    if "items" in inner:
        inner["items"] = closed(inner["items"])
    return inner


def _absent(schema: Any) -> list[dict[str, Any]]:
    """What says that a field is left out."""
    if not isinstance(schema, dict) or "default" not in schema:
        return []
    default, options = schema["default"], schema.get("enum")
    if default is None:
        return [{"type": "null"}]
    return [{"const": default}] if isinstance(options, list) and default not in options else []


def shown(schema: Any) -> Any:
    """What a model is told of arguments: without our own rules, and without fields that are kept for old calls only."""
    if not isinstance(schema, dict):
        return schema
    told = {key: value for key, value in schema.items() if not key.startswith("x-")}
    if isinstance(properties := told.get("properties"), dict):
        needed = told.get("required", ())
        told["properties"] = {
            name: shown(one)
            for name, one in properties.items()
            if name in needed or not (isinstance(one, dict) and one.get("deprecated"))
        }
    if "items" in told:
        told["items"] = shown(told["items"])
    return told


def _bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """What is missing at this place for the types it names."""
    named = schema.get("type")
    types = {named} if isinstance(named, str) else set(named or ())
    bounds: dict[str, Any] = {}
    if "string" in types and not {"maxLength", "format", "pattern"} & schema.keys():
        bounds["maxLength"] = max(MOST_CHARACTERS, schema.get("minLength", 0))
    if "array" in types and "maxItems" not in schema:
        bounds["maxItems"] = max(MOST_ITEMS, schema.get("minItems", 0), len(schema.get("prefixItems", ())))
    if "integer" in types and "number" not in types:
        least, most = schema.get("minimum", schema.get("exclusiveMinimum", 0)), _most(schema)
        if not {"minimum", "exclusiveMinimum"} & schema.keys() and most > -LARGEST:
            bounds["minimum"] = -LARGEST
        if not {"maximum", "exclusiveMaximum"} & schema.keys() and least < LARGEST:
            bounds["maximum"] = LARGEST
    return bounds


def _most(schema: dict[str, Any]) -> float:
    return float(schema.get("maximum", schema.get("exclusiveMaximum", 0)))

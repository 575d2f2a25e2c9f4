"""One schema as a whole: where its references lead, and how much may still be written of it."""

from __future__ import annotations

import copy
import itertools
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

NOTES = frozenset(
    {"title", "description", "$comment", "examples", "default", "$schema", "deprecated", "readOnly", "writeOnly"}
)
STAY = ("$schema", "$id", "id", "$defs", "definitions", "$anchor")
MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")
LISTS = ("prefixItems", "anyOf", "allOf", "oneOf")
ONES = (
    "items",
    "additionalItems",
    "additionalProperties",
    "unevaluatedItems",
    "unevaluatedProperties",
    "propertyNames",
    "contains",
    "not",
    "if",
    "then",
    "else",
)
MOST_PARTS = 20_000
"""Schemas within the schema that are looked at or written; beyond it nothing is rewritten."""
DEEPEST = 64
_KEPT = re.compile(r"#(/(\$defs|definitions)/[^/%~]+)?")
_OLDER = re.compile(r"draft-0[1-7]/")


class Inexpressible(ValueError):  # noqa: N818 - an outcome
    """There is no exact way to say it."""


class Document:
    """A schema with each place it refers to under ``$defs``, so that all of it can be moved and looked up.

    Attributes:
        root: the schema.
        movable: its parts can be put elsewhere; otherwise it points to what is not in it, or to what would move.
        older: of a draft in which nothing counts beside a ``$ref``.
    """

    def __init__(self, schema: Any) -> None:
        self.root = copy.deepcopy(schema)
        self.older = bool(isinstance(schema, dict) and _OLDER.search(str(schema.get("$schema", ""))))
        self._left = MOST_PARTS
        nodes = list(itertools.islice(_nodes(self.root), MOST_PARTS + 1))
        self.spend(len(nodes))
        apart = any(_named(node) for node in nodes if node is not self.root)
        try:
            if not apart:
                self._gather(nodes)
        except (Inexpressible, RecursionError):
            self.root = copy.deepcopy(schema)
        self.movable = all(_KEPT.fullmatch(place) for node in _nodes(self.root) for place in _references(node))
        self._followed = self.movable and not apart

    def spend(self, parts: int = 1) -> None:
        """Raises ``Inexpressible`` when too much was looked at or written."""
        self._left -= parts
        if self._left < 0:
            raise Inexpressible

    def target(self, reference: str) -> Any:
        """What a reference means. Raises ``Inexpressible``."""
        self.spend()
        if not self._followed:
            raise Inexpressible
        return _at(self.root, reference)

    def resolved(self, schema: Any) -> Any:
        """``schema``, or what it refers to if it says nothing besides. Raises ``Inexpressible``."""
        for _ in range(DEEPEST):
            if not isinstance(schema, dict) or "$ref" not in schema:
                return schema
            if schema.keys() - NOTES - {"$ref", *STAY}:
                if self.older:
                    raise Inexpressible
                return schema
            schema = self.target(schema["$ref"])
        raise Inexpressible

    def _gather(self, nodes: list[dict[str, Any]]) -> None:
        """Put what is referred to under ``$defs``."""
        home = str(self.root.get("$id", self.root.get("id", ""))).rstrip("#") if isinstance(self.root, dict) else ""
        dynamic = [node["$dynamicAnchor"] for node in nodes if isinstance(node.get("$dynamicAnchor"), str)]
        anchors = {
            node[key]: node for node in nodes for key in ("$dynamicAnchor", "$anchor") if isinstance(node.get(key), str)
        }
        found: dict[str, tuple[str, Any]] = {}
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            for keyword in ("$ref", "$dynamicRef", "$recursiveRef"):
                if not isinstance(place := node.get(keyword), str):
                    continue
                place = place.removeprefix(home) if home and place.startswith(home + "#") else place
                if keyword == "$dynamicRef" and dynamic.count(place[1:]) > 1:
                    raise Inexpressible
                if keyword == "$recursiveRef" and any("$recursiveAnchor" in other for other in nodes):
                    raise Inexpressible
                if keyword != "$ref" and "$ref" in node:
                    raise Inexpressible
                if not _KEPT.fullmatch(place):
                    if place not in found:
                        target = anchors[place[1:]] if place[1:] in anchors else _at(self.root, place)
                        found[place] = f"place-{len(found)}", target
                        waiting += [inner for inner in _nodes(target) if not any(inner is known for known in nodes)]
                    place = f"#/$defs/{found[place][0]}"
                node.pop(keyword)
                node["$ref"] = place
        if found:
            self.root["$defs"] = {**self.root.get("$defs", {}), **dict(found.values())}
        for node in nodes:
            node.pop("$dynamicAnchor", None)


def inner(schema: Any) -> Iterator[Any]:
    """The schemas directly within one."""
    if not isinstance(schema, dict):
        return
    for key, value in schema.items():
        if key in MAPS and isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, list) and (key in LISTS or key == "items"):
            yield from value
        elif key == "dependencies" and isinstance(value, dict):
            yield from (one for one in value.values() if not isinstance(one, list))
        elif key in ONES:
            yield value


def _nodes(schema: Any) -> Iterator[dict[str, Any]]:
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += inner(node)


def _named(node: dict[str, Any]) -> bool:
    """Whether references within it are meant from another address on."""
    return any(isinstance(node.get(key), str) and not node[key].startswith("#") for key in ("$id", "id"))


def _references(node: dict[str, Any]) -> Iterator[str]:
    return (node[key] for key in ("$ref", "$dynamicRef", "$recursiveRef") if isinstance(node.get(key), str))


def _at(root: Any, place: str) -> Any:
    if place != "#" and not place.startswith("#/"):
        raise Inexpressible
    part = root
    for step in place[2:].split("/") if place != "#" else ():
        name = unquote(step).replace("~1", "/").replace("~0", "~")
        try:
            part = part[int(name)] if isinstance(part, list) else part[name]
        except (LookupError, TypeError, ValueError):
            raise Inexpressible from None
    return part

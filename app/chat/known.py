"""The ids a model can know: what calls of this chat gave it, and what the person wrote. Others it made up.

A kind of id (``x-known`` in a schema) is the key under which results hold it, such as ``document``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.domain.messages import Exchange
    from app.domain.tool import ToolSpec

_ID = re.compile(r"\b[0-9a-f]{32}\b")

Ids = dict[str, frozenset[str]]


def given(scope: Iterable[ToolSpec], past: Iterable[Exchange], words: str) -> Ids:
    """For each kind the tools of a scope refer to, the ids there were before the turn of ``words``."""
    past = tuple(past)
    written = frozenset(_ID.findall("\n".join([*(exchange.question for exchange in past), words])))
    ids = {kind: written for spec in scope for kind in _kinds(spec.parameters)}
    for exchange in past:
        for call in exchange.answer.tool_calls if exchange.answer else ():
            ids = brought(ids, call.result)
    return ids


def brought(ids: Ids, result: Any) -> Ids:
    """``ids`` with those of a result."""
    new = {kind: frozenset(_under(kind, result)) for kind in ids}
    return {kind: known | new[kind] for kind, known in ids.items()}


def _under(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(one := value.get(key), str):
            yield one
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _under(key, inner)


def _kinds(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "x-known" in schema:
            yield str(schema["x-known"])
        for inner in (*schema.get("properties", {}).values(), schema.get("items")):
            yield from _kinds(inner)

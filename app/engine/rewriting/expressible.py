"""A schema said in words the grammar compiler knows, where the meaning stays exactly the same.

``not``, ``if``, ``oneOf``, dependencies, ``contains``, ``unevaluatedProperties`` and more become alternatives; schemas of few
values become the list of them. Where a rewriting is narrower, its module says so; none is ever looser. What cannot be said
so is left standing, and is then refused by its name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine.rewriting.alternatives import conditional, dependent, excluded, exclusive, listed
from app.engine.rewriting.arrays import containing, distinct
from app.engine.rewriting.document import LISTS, MAPS, ONES, STAY, Document, Inexpressible
from app.engine.rewriting.objects import counted, named
from app.engine.rewriting.patterns import plainly
from app.engine.rewriting.texts import formatted
from app.engine.rewriting.unevaluated import unspoken

_COUNTS = frozenset(
    {
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
        "minContains",
        "maxContains",
    }
)
_LEFT = frozenset({"not", "if", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties"})
"""Stand in what is left only where nothing could be done: their inside stays as it is."""


def expressible(schema: Any) -> Any:
    """``schema``, with as few unknown keywords as can be."""
    try:
        schema = plainly(schema)
        document = Document(schema)
        return _rewritten(document.root, document) if document.movable else schema
    except (Inexpressible, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        return schema  # too large, or no schema: the compiler says which word of it


def _rewritten(schema: Any, document: Document) -> Any:
    document.spend()
    if not isinstance(schema, dict):
        return schema
    if (values := listed(schema, document)) is not None:
        return _inside(values, document) if isinstance(values, dict) else values
    base = {
        key: int(value) if key in _COUNTS and isinstance(value, float) and value.is_integer() else value
        for key, value in schema.items()
    }
    more = [*_parts(base, document)]
    kept = _inside(base, document)
    if not more:
        return kept
    outer = {key: kept.pop(key) for key in STAY if key in kept}
    parts = [_rewritten(part, document) for part in more]
    return {**outer, "allOf": [kept, *parts]}  # the base first: it has the order of the properties


def _parts(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """What stands for the keywords that are taken out of ``base``."""
    yield from unspoken(base, document)
    yield from excluded(base, document)
    yield from exclusive(base, document)
    yield from conditional(base, document)
    yield from dependent(base)
    yield from named(base, document)
    yield from counted(base)
    yield from distinct(base, document)
    yield from containing(base, document)
    yield from formatted(base)


def _inside(base: dict[str, Any], document: Document) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in base.items():
        if key in MAPS and isinstance(value, dict):
            kept[key] = {name: _rewritten(one, document) for name, one in value.items()}
        elif isinstance(value, list) and (key in LISTS or key == "items"):
            kept[key] = [_rewritten(one, document) for one in value]
        elif key in ONES and key not in _LEFT:
            kept[key] = _rewritten(value, document)
        else:
            kept[key] = value
    return kept

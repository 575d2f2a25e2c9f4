"""What a schema cannot say about arguments: that a day exists, that an id is known, that two fields go together.

Rules stand in the schema under names of our own, so that a manifest holds all of it:
``x-known: KIND`` on a text: one of the ids that were given for that kind;
``x-rules`` on the object: ``{"when": {FIELD: VALUE}, "needs": [FIELD…]}`` or ``{"order": [FIELD, FIELD]}``, the first not
after the second.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

Known = Mapping[str, frozenset[str]]


class Fault(NamedTuple):
    """The rule that was broken, the field it is about, and what a person reads."""

    rule: str
    field: str
    sentence: str


def fault(values: dict[str, Any], schema: dict[str, Any], known: Known) -> Fault | None:
    """The first thing in valid ``values`` that cannot be meant."""
    return next(_faults(values, schema, known, ""), None)


def _faults(value: Any, schema: dict[str, Any], known: Known, place: str) -> Iterator[Fault]:
    if isinstance(value, dict):
        properties = schema.get("properties", {})
        for key, item in value.items():
            if isinstance(properties.get(key), dict):
                yield from _faults(item, properties[key], known, f"{place}.{key}".lstrip("."))
        for rule in schema.get("x-rules", ()):
            yield from _broken(rule, value, properties)
    elif isinstance(value, list):
        items = schema.get("items", {})
        for item in value:
            yield from _faults(item, items if isinstance(items, dict) else {}, known, f"{place}[]")
    elif isinstance(value, str):
        kind = str(schema.get("x-known", ""))
        if kind in known and value not in known[kind]:
            yield Fault("unknown_id", place, f"{place} is none of the ids that are known.")
        if _looks_like_day(value) and _is_day(schema) and not _exists(value):
            yield Fault("no_such_day", place, f"{place} is no day of the calendar.")


def _broken(rule: dict[str, Any], value: dict[str, Any], properties: dict[str, Any]) -> Iterator[Fault]:
    if "needs" in rule and all(value.get(key) == wanted for key, wanted in rule.get("when", {}).items()):
        for key in rule["needs"]:
            if value.get(key) in (None, "", properties.get(key, {}).get("default")):
                yield Fault("field_missing", key, f"{key} is needed here.")
    if "order" in rule:
        first, second = (value.get(key) for key in rule["order"])
        if isinstance(first, str) == isinstance(second, str) and first and second and first > second:
            least, most = rule["order"]
            yield Fault("out_of_order", least, f"{least} is after {most}.")


def _is_day(schema: dict[str, Any]) -> bool:
    return schema.get("format") == "date" or "[0-9]{4}-[0-9]{2}-[0-9]{2}" in str(schema.get("pattern", ""))


def _looks_like_day(text: str) -> bool:
    return len(text) == len("2026-11-19") and text[4] == text[7] == "-"


def _exists(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

"""``contains`` and ``uniqueItems``, said by position or by the list of what is meant."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from app.engine.rewriting.comparing import values
from app.engine.rewriting.document import Document, Inexpressible
from app.engine.rewriting.judging import canonical, holds
from app.engine.rewriting.opposites import negated

MOST_PLACES = 16
"""Among so many first items those are that a list of any length must contain."""
MOST_WAYS = 32
"""Of placing them, where more than one must be or none may be too many."""
MOST_LISTS = 400
"""Written out, where no item may come twice."""
_ABOUT_ITEMS = ("prefixItems", "items", "additionalItems", "minItems", "maxItems")


def containing(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """``contains``: one alternative for each place of what must be there."""
    if "contains" not in base:
        base.pop("minContains", None)
        base.pop("maxContains", None)
        return
    wanted, least, most = base["contains"], int(base.get("minContains", 1)), base.get("maxContains")
    if least == 0 and most is None:
        part: Any = True
    else:
        try:
            refused = negated(wanted, document) if most is not None else True
        except Inexpressible:
            return
        ways = _ways(base, wanted, refused, least, most)
        if len(ways) > MOST_WAYS:
            return
        part = {"anyOf": [{"type": ["null", "boolean", "object", "number", "string"]}, *ways]}
    for keyword in ("contains", "minContains", "maxContains"):
        base.pop(keyword, None)
    if part is not True:
        yield part


def _ways(base: dict[str, Any], wanted: Any, refused: Any, least: int, most: int | None) -> list[Any]:
    """Arrays with what is wanted at these places and what is not at the others."""
    places = min(int(base.get("maxItems", MOST_PLACES)), MOST_PLACES)
    if least == 1 and most is None:
        return [_placed((place,), wanted, True) for place in range(places)]
    ways: list[Any] = []
    for count in range(least, (least if most is None else int(most)) + 1):
        for chosen in itertools.combinations(range(places), count):
            ways.append(_placed(chosen, wanted, refused))
            if len(ways) > MOST_WAYS:
                return _nearer(wanted, refused, least, most)
    return ways


def _nearer(wanted: Any, refused: Any, least: int, most: int | None) -> list[Any]:
    """As many first places as there are ways for."""
    for places in range(MOST_PLACES - 1, least - 1, -1):
        counts = range(least, (least if most is None else int(most)) + 1)
        chosen = [
            one
            for count in counts
            for one in itertools.islice(itertools.combinations(range(places), count), MOST_WAYS + 1)
        ]
        if len(chosen) <= MOST_WAYS:
            return [_placed(one, wanted, refused) for one in chosen]
    return [None] * (MOST_WAYS + 1)


def _placed(chosen: tuple[int, ...], wanted: Any, refused: Any) -> dict[str, Any]:
    length = max(chosen, default=-1) + 1
    rest = {} if refused is True else {"items": refused}
    prefix = {"prefixItems": [wanted if place in chosen else refused for place in range(length)]} if length else {}
    return {"type": "array", **prefix, **rest, "minItems": length}


def distinct(base: dict[str, Any], document: Document) -> Iterator[Any]:
    """``uniqueItems``: all lists without a repetition, where there are few; nothing where there can be none."""
    if base.get("uniqueItems") is False or (base.get("uniqueItems") is True and base.get("maxItems", 2) <= 1):
        del base["uniqueItems"]
    if base.get("uniqueItems") is not True:
        return
    try:
        lists = _lists(base, document)
    except Inexpressible:
        return
    if lists is None:
        return
    for keyword in (*_ABOUT_ITEMS, "uniqueItems"):
        base.pop(keyword, None)
    yield {"anyOf": [{"type": ["null", "boolean", "object", "number", "string"]}, {"enum": lists}]}


def _lists(base: dict[str, Any], document: Document) -> list[list[Any]] | None:
    prefix, others = base.get("prefixItems", ()), base.get("items", True)
    if isinstance(others, list):
        prefix, others = others, base.get("additionalItems", True)
    heads = [values(one, document) for one in prefix]
    tail = values(others, document) if others is not False else []
    if tail is None or None in heads:
        return None
    longest = min(len(prefix) + len(tail), int(base.get("maxItems", MOST_LISTS)))
    *first, rest = ({canonical(value): value for value in some or ()} for some in (*heads, tail))
    options = [*first, *itertools.repeat(rest, longest)]
    kept = {key: base[key] for key in _ABOUT_ITEMS if key in base}
    lists = _without_repetition(options[:longest])
    return None if lists is None else [one for one in lists if holds({"uniqueItems": True, **kept}, one, document)]


def _without_repetition(options: list[dict[str, Any]]) -> list[list[Any]] | None:
    """The empty list, and all whose items are from these options, place by place, none of them twice."""
    longest: list[dict[str, Any]] = [{}]
    lists = [*longest]
    for place, choices in enumerate(options):
        if len(lists) + len(longest) * (len(choices) - place) > MOST_LISTS:
            return None
        longest = [{**begun, key: one} for begun in longest for key, one in choices.items() if key not in begun]
        lists += longest
    return [[*one.values()] for one in lists]

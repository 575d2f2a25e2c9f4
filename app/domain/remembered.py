"""Caches whose keys are words of documents and questions: kept for speed, emptied when the vault is locked."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

_EMPTYING: list[Callable[[], None]] = []
_HELD: list[Callable[[], int]] = []


def remembered(most: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep the latest ``most`` answers of a pure function until ``forget``."""

    def keep(function: Callable[P, R]) -> Callable[P, R]:
        kept = lru_cache(maxsize=most)(function)
        _EMPTYING.append(kept.cache_clear)
        _HELD.append(lambda: kept.cache_info().currsize)
        return cast("Callable[P, R]", kept)

    return keep


def forget() -> None:
    """Empty every cache. Nothing of what was read stays behind in them."""
    for empty in _EMPTYING:
        empty()


def held() -> int:
    """How many answers are kept now."""
    return sum(count() for count in _HELD)

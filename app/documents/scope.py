"""What one search may see, as SQL: decided before anything is ranked."""

from __future__ import annotations

import json
from dataclasses import dataclass

import apsw
import numpy as np

from app.documents.records import Numbers, whole
from app.domain.documents import Label

IN_COLLECTIONS = "source.collection IN (SELECT value FROM json_each(?))"
IN_LABELS = "source.label IN (SELECT value FROM json_each(?))"
IN_SOURCES = "source.id IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True)
class Reach:
    """Collections, and the most restricted label that may come out. No collections means nothing.

    Attributes:
        sources: only these sources, if any are named.
    """

    collections: tuple[str, ...] = ()
    most: Label = Label.CONFIDENTIAL
    sources: tuple[str, ...] = ()

    @property
    def condition(self) -> str:
        """SQL over ``source``; its values are ``values``."""
        return (
            f"{IN_COLLECTIONS} AND {IN_LABELS} AND {IN_SOURCES}"
            if self.sources
            else f"{IN_COLLECTIONS} AND {IN_LABELS}"
        )

    @property
    def values(self) -> tuple[str, ...]:
        labels = [label.value for label in Label if label.rank <= self.most.rank]
        values = (json.dumps(self.collections), json.dumps(labels))
        return (*values, json.dumps(self.sources)) if self.sources else values


def allowed(connection: apsw.Connection, reach: Reach) -> Numbers | None:
    """The chunk numbers within ``reach``, None when that is all of them."""
    ((inside, total),) = connection.execute(
        f"SELECT (SELECT count(*) FROM source WHERE {reach.condition} AND chunks > 0),"  # noqa: S608 - fixed words
        " (SELECT count(*) FROM source WHERE chunks > 0)",
        reach.values,
    ).fetchall()
    if whole(inside) == whole(total):
        return None
    rows = connection.execute(
        f"SELECT number FROM chunk JOIN source ON source.id = chunk.source WHERE {reach.condition}",  # noqa: S608 - fixed words
        reach.values,
    )
    return np.fromiter((whole(number) for (number,) in rows), np.int64)

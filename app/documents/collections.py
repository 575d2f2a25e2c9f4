"""Collections: named sets of sources with a label."""

from __future__ import annotations

from typing import Any

import apsw

from app.documents.records import COLLECTION_COLUMNS, collection_of
from app.domain.documents import Collection, Label
from app.kernel.clock import Clock
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.vault.database import Database

MOST_NAME = 120


class Collections:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, name: str, label: Label, owner: str = "") -> Collection:
        """A new, empty collection. Raises ``carrel.collection.name``."""
        name = _named(name)
        collection = Collection(id=new_id(), name=name, label=label, owner=owner)
        row = (collection.id, name, label.value, owner, self._clock.now().isoformat())
        await self._change("INSERT INTO collection VALUES (?, ?, ?, ?, ?)", row, name)
        return collection

    async def rename(self, collection: str, name: str) -> Collection:
        """Raises ``carrel.collection.name`` or ``carrel.collection.missing``."""
        name = _named(name)
        await self._change("UPDATE collection SET name = ? WHERE id = ?", (name, collection), name)
        return await self.get(collection)

    async def all(self) -> tuple[Collection, ...]:
        """By name."""
        return await self._select("1 ORDER BY name COLLATE NOCASE", ())

    async def get(self, collection: str) -> Collection:
        """By id or by name. Raises ``carrel.collection.missing``."""
        found = await self._select("id = ?1 OR name = ?1 ORDER BY id = ?1 DESC", (collection,))
        if not found:
            raise Known(
                "carrel.collection.missing",
                "There is no such collection.",
                "List the collections, or add documents to a new one.",
            )
        return found[0]

    async def remove_empty(self, collection: str) -> None:
        """Raises ``carrel.collection.not_empty``: its sources are deleted first, with their report."""
        if (await self.get(collection)).sources:
            raise Known(
                "carrel.collection.not_empty", "The collection still holds documents.", "Delete its documents first."
            )
        await self._change("DELETE FROM collection WHERE id = ?", (collection,), "")

    async def _select(self, where: str, values: tuple[Any, ...]) -> tuple[Collection, ...]:
        sql = f"SELECT {COLLECTION_COLUMNS} FROM collection WHERE {where}"  # noqa: S608 - fixed words
        rows = await self._database.read(lambda connection: connection.execute(sql, values).fetchall())
        return tuple(collection_of(row) for row in rows)

    async def _change(self, sql: str, values: tuple[Any, ...], name: str) -> None:
        try:
            await self._database.write(lambda connection: connection.execute(sql, values).fetchall())
        except apsw.ConstraintError:
            raise Known(
                "carrel.collection.name", f"There is already a collection named “{name}”.", "Choose another name."
            ) from None


def _named(name: str) -> str:
    name = " ".join(name.split())[:MOST_NAME]
    if not name:
        raise Known("carrel.collection.name", "A collection needs a name.", "Type a name.")
    return name

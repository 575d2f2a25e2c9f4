"""Settings: small typed values that a person or the program chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import apsw
from pydantic import TypeAdapter, ValidationError

from app.kernel.log import logger
from app.vault.database import Database

T = TypeVar("T")
LOG = logger(__name__)


@dataclass(frozen=True)
class Setting(Generic[T]):
    """A setting as the program knows it.

    Attributes:
        key: dotted, lower case; once published it keeps its meaning.
        type: what pydantic checks the stored JSON against.
        default: what holds while nothing, or something unreadable, is stored.
    """

    key: str
    type: type[T] | Any
    default: T


class Settings:
    """The settings of one vault."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, setting: Setting[T]) -> T:
        rows = await self._database.read(
            lambda connection: connection.execute("SELECT value FROM setting WHERE key = ?", (setting.key,)).fetchall()
        )
        if not rows:
            return setting.default
        adapter: TypeAdapter[T] = TypeAdapter(setting.type)
        try:
            return adapter.validate_json(str(rows[0][0]))
        except ValidationError:
            LOG.warning("setting %s does not fit its type any more; its default holds", setting.key)
            return setting.default

    async def set(self, setting: Setting[T], value: T) -> None:
        """Store ``value``; a value that does not fit the type is a ``ValidationError``."""
        adapter: TypeAdapter[T] = TypeAdapter(setting.type)
        text = adapter.dump_json(adapter.validate_python(value)).decode()

        def operation(connection: apsw.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (setting.key, text))

        await self._database.write(operation)

    async def forget(self, setting: Setting[T]) -> None:
        """Back to the default."""

        def operation(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM setting WHERE key = ?", (setting.key,))

        await self._database.write(operation)

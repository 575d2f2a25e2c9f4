"""Settings: typed on the way in and out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import apsw
import pytest
from pydantic import ValidationError

from app.domain.messages import Scope
from app.vault.database import Database
from app.vault.settings import Setting, Settings

FINISHED = Setting("setup.finished", bool, False)
MODEL = Setting("model.chosen", str, "")
LAST_SCOPE = Setting("chat.scope", Scope, Scope())
FOLDERS: Setting[tuple[str, ...]] = Setting("documents.folders", tuple[str, ...], ())


def test_they_come_back_as_they_were_and_are_forgotten(tmp_path: Path) -> None:
    async def run() -> None:
        database = Database.open(tmp_path / "carrel.db", bytes(32))
        settings = Settings(database)
        assert await settings.get(FINISHED) is False
        await settings.set(FINISHED, True)
        await settings.set(MODEL, "first")
        await settings.set(MODEL, "Zwölf")
        await settings.set(LAST_SCOPE, Scope(tools=("calculate",)))
        await settings.set(FOLDERS, ("a", "b"))
        await database.close()
        database = Database.open(tmp_path / "carrel.db", bytes(32))
        settings = Settings(database)
        assert await settings.get(FINISHED) is True
        assert await settings.get(MODEL) == "Zwölf"
        assert await settings.get(LAST_SCOPE) == Scope(tools=("calculate",))
        assert await settings.get(FOLDERS) == ("a", "b")
        await settings.forget(MODEL)
        assert await settings.get(MODEL) == ""
        await database.close()

    asyncio.run(run())


def test_a_value_that_does_not_fit_is_not_stored(tmp_path: Path) -> None:
    async def run() -> None:
        database = Database.open(tmp_path / "carrel.db", bytes(32))
        settings = Settings(database)
        untyped: Setting[Any] = FINISHED
        with pytest.raises(ValidationError):
            await settings.set(untyped, "perhaps")
        assert await settings.get(FINISHED) is False
        await database.close()

    asyncio.run(run())


def test_a_stored_value_that_no_longer_fits_reads_as_the_default(tmp_path: Path) -> None:
    def strange(connection: apsw.Connection) -> None:
        connection.execute("""INSERT INTO setting VALUES ('setup.finished', '{"was": "an object"}')""")

    async def run() -> None:
        database = Database.open(tmp_path / "carrel.db", bytes(32))
        await database.write(strange)
        assert await Settings(database).get(FINISHED) is False
        await database.close()

    asyncio.run(run())

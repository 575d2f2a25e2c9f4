"""The line at the foot while no vault is open."""

from __future__ import annotations

import asyncio
from pathlib import Path

from app.compose import Compose
from app.kernel.paths import Home
from app.sandbox.nursery import Launcher, Nursery


async def nursery() -> Launcher:
    return Nursery()


def test_no_vault_is_not_a_locked_one(tmp_path: Path) -> None:
    async def run() -> None:
        async with Compose(launch=nursery).closed_desk(Home(tmp_path / "home")) as desk:
            status = await desk.status()
            assert (status.index.text, status.encryption.text) == ("No documents", "No vault yet")
            await desk.create_key("a lantern under the stairs")
            assert (await desk.status()).encryption.text == "Encrypted"
            await desk.lock()
            status = await desk.status()
            items = (status.model, status.index, status.encryption)
            assert [item.text for item in items] == ["No model loaded", "Documents closed", "Locked"]
            assert [item.state for item in items] == ["paused", "paused", "attention"], "one thing is to be done"

    asyncio.run(run())

"""The vault with its key in a real system keyring. ``test_secret_service.py`` starts one and runs this file inside."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import keyring
import pytest

from app.domain.messages import Scope
from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault import head
from app.vault.keys import SERVICE, SystemKeyring, entry_name, keyring_report
from app.vault.vault import Vault, VaultState, key_words, state

pytestmark = pytest.mark.skipif(
    "CARREL_TEST_KEYRING" not in os.environ, reason="runs inside the keyring of tests/vault/test_secret_service.py"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


async def made(home: Home, title: str) -> None:
    vault = await Vault.create(home)
    assert vault.key_words == key_words(home) == "In the system keyring"
    await vault.conversations.create(Scope(), title)
    await vault.close()


async def titles(home: Home) -> list[str]:
    vault = await Vault.unlock(home)
    found = [conversation.title for conversation in await vault.conversations.list()]
    await vault.close()
    return found


def code(call: Awaitable[Any]) -> str:
    async def run() -> None:
        await call

    with pytest.raises(Known) as refused:
        asyncio.run(run())
    return refused.value.code


def stored(home: Home) -> str:
    value = keyring.get_password(SERVICE, entry_name(home))
    assert value
    return value


def test_the_keyring_is_acceptable_here() -> None:
    report = keyring_report()
    assert report.acceptable
    assert "Secret Service" in report.says


def test_it_opens_without_a_word_and_nothing_of_the_key_is_in_the_home(home: Home) -> None:
    asyncio.run(made(home, "Kept"))
    assert asyncio.run(titles(home)) == ["Kept"]
    assert not home.wrapped_key.exists()
    key = stored(home)
    for path in home.root.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert key.encode() not in raw
            assert bytes.fromhex(key) not in raw


def test_two_homes_have_two_keys(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    asyncio.run(made(home, "One"))
    asyncio.run(made(other, "Other"))
    assert stored(home) != stored(other)
    assert asyncio.run(titles(home)) == ["One"]


def test_a_deleted_entry_is_an_error_and_no_new_key_is_made(home: Home) -> None:
    asyncio.run(made(home, "Kept"))
    key = stored(home)
    keyring.delete_password(SERVICE, entry_name(home))
    assert code(Vault.unlock(home)) == "carrel.vault.key_missing"
    assert code(Vault.create(home)) == "carrel.vault.exists"
    assert keyring.get_password(SERVICE, entry_name(home)) is None
    keyring.set_password(SERVICE, entry_name(home), "not a key")
    assert code(Vault.unlock(home)) == "carrel.vault.key_damaged"
    keyring.set_password(SERVICE, entry_name(home), "00" * 32)
    assert code(Vault.unlock(home)) == "carrel.vault.key_wrong"
    keyring.set_password(SERVICE, entry_name(home), key)
    assert asyncio.run(titles(home)) == ["Kept"]


def test_a_home_can_be_moved_or_lose_its_head(home: Home, tmp_path: Path) -> None:
    asyncio.run(made(home, "Kept"))
    head.head_path(home).unlink()
    assert asyncio.run(titles(home)) == ["Kept"]
    moved = Home(tmp_path / "moved")
    home.root.rename(moved.root)
    assert asyncio.run(titles(moved)) == ["Kept"]


def test_creation_killed_after_the_keyring_goes_on_with_that_key(home: Home) -> None:
    home.prepare()
    master = bytes(range(32))
    asyncio.run(SystemKeyring(entry_name(home)).store(master))
    assert state(home) is VaultState.MISSING
    asyncio.run(made(home, "Made"))
    assert stored(home) == master.hex()
    assert asyncio.run(titles(home)) == ["Made"]


def test_changing_one_s_mind_during_creation_leaves_no_wrapped_key(home: Home) -> None:
    home.prepare()
    home.wrapped_key.write_bytes(b"of a creation with a passphrase that was killed")
    asyncio.run(made(home, "Made"))
    assert not home.wrapped_key.exists()

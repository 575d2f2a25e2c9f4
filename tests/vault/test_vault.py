"""The vault of a home: made once, opened with its key only, never with a new one."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from app.domain.messages import Scope
from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault import head
from app.vault.keys import WrappedKey
from app.vault.passphrase import Cost
from app.vault.vault import Vault, VaultState, key_words, state

REPOSITORY = Path(__file__).parents[2]
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
WORDS = "open sesame"
CREATE = """
import asyncio, sys
from pathlib import Path
from app.kernel.paths import Home
from app.vault.passphrase import Cost
from app.vault.vault import Vault
asyncio.run(Vault.create(Home(Path(sys.argv[1])), "open sesame", cost=Cost(64, 1, 1)))
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


async def made(home: Home, title: str = "") -> None:
    vault = await Vault.create(home, WORDS, cost=CHEAP)
    if title:
        await vault.conversations.create(Scope(), title)
    await vault.close()


async def titles(home: Home) -> list[str]:
    vault = await Vault.unlock(home, WORDS)
    found = [conversation.title for conversation in await vault.conversations.list()]
    await vault.close()
    return found


def code(call: Awaitable[Any]) -> str:
    async def run() -> None:
        await call

    with pytest.raises(Known) as refused:
        asyncio.run(run())
    assert refused.value.hint
    return refused.value.code


def test_it_is_missing_then_locked_and_opens_with_its_passphrase(home: Home) -> None:
    async def run() -> None:
        assert state(home) is VaultState.MISSING
        assert not home.root.exists()
        vault = await Vault.create(home, WORDS, cost=CHEAP)
        assert vault.key_words == key_words(home) == "Wrapped by your passphrase"
        artifact = await vault.artifacts.put(b"sealed", "page", "Page")
        purpose = vault.subkey("index")
        await vault.close()
        assert state(home) is VaultState.LOCKED
        vault = await Vault.unlock(home, WORDS)
        assert not vault.rolled_back
        assert await vault.artifacts.get(artifact.name) == b"sealed"
        assert vault.subkey("index") == purpose != vault.subkey("other")
        await vault.close()

    asyncio.run(run())


def test_the_wrong_way_in_is_one_sentence_each(home: Home) -> None:
    assert code(Vault.unlock(home, WORDS)) == "carrel.vault.missing"
    assert code(Vault.create(home, "")) == "carrel.vault.passphrase_empty"
    asyncio.run(made(home, "Kept"))
    assert code(Vault.create(home, WORDS)) == "carrel.vault.exists"
    assert code(Vault.unlock(home)) == "carrel.vault.passphrase_needed"
    assert code(Vault.unlock(home, "Open Sesame")) == "carrel.vault.passphrase"
    assert asyncio.run(titles(home)) == ["Kept"]


def test_a_missing_key_is_never_replaced(home: Home) -> None:
    asyncio.run(made(home, "Kept"))
    away = home.root / "away"
    home.wrapped_key.rename(away)
    assert code(Vault.unlock(home, WORDS)) == "carrel.vault.key_missing"
    assert code(Vault.create(home, WORDS)) == "carrel.vault.exists"
    assert not home.wrapped_key.exists()
    away.rename(home.wrapped_key)
    assert asyncio.run(titles(home)) == ["Kept"]


def test_the_key_of_another_vault_is_told_apart_from_damage(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other")
    asyncio.run(made(home, "Kept"))
    asyncio.run(made(other))
    own = home.wrapped_key.read_bytes()
    shutil.copy(other.wrapped_key, home.wrapped_key)
    assert code(Vault.unlock(home, WORDS)) == "carrel.vault.key_wrong"
    home.wrapped_key.write_bytes(own)
    good = home.database.read_bytes()
    home.database.write_bytes(bytes(4096) + good[4096:])
    assert code(Vault.unlock(home, WORDS)) == "carrel.vault.damaged"
    home.database.write_bytes(good)
    home.wrapped_key.write_bytes(own[:-1])
    assert code(Vault.unlock(home, WORDS)) == "carrel.vault.key_damaged"
    home.wrapped_key.write_bytes(own)
    assert asyncio.run(titles(home)) == ["Kept"]


@pytest.mark.parametrize("harm", [b"", b"CARRELH1 but no more", None])
def test_a_lost_or_damaged_head_is_made_anew(home: Home, harm: bytes | None) -> None:
    asyncio.run(made(home, "Kept"))
    if harm is None:
        head.head_path(home).unlink()
    else:
        head.head_path(home).write_bytes(harm)
    assert asyncio.run(titles(home)) == ["Kept"]
    assert head.read_head(home)
    shutil.copy(home.wrapped_key, home.root / "kept")


def test_an_older_copy_of_the_database_is_noticed_once(home: Home) -> None:
    asyncio.run(made(home))
    old = home.database.read_bytes()
    asyncio.run(titles(home))
    home.database.write_bytes(old)

    async def opened() -> bool:
        vault = await Vault.unlock(home, WORDS)
        await vault.close()
        return vault.rolled_back

    assert asyncio.run(opened()) is True
    assert asyncio.run(opened()) is False


def test_a_lost_database_is_not_started_over(home: Home) -> None:
    async def run() -> None:
        vault = await Vault.create(home, WORDS, cost=CHEAP)
        await vault.artifacts.put(b"sealed", "page", "Page")
        await vault.close()

    asyncio.run(run())
    wrapped = home.wrapped_key.read_bytes()
    home.database.unlink()
    assert code(Vault.create(home, WORDS, cost=CHEAP)) == "carrel.vault.database_missing"
    assert home.wrapped_key.read_bytes() == wrapped


@pytest.mark.parametrize("reached", ["key", "head", "database"])
def test_creation_that_ended_half_way_goes_on(home: Home, reached: str) -> None:
    home.prepare()
    master = bytes(range(32))
    asyncio.run(WrappedKey(home.wrapped_key, "another passphrase", CHEAP).store(master))
    if reached != "key":
        head.write_head(home, head.Head.made(master, "", 0))
    if reached == "database":
        (home.root / "carrel.db.new").write_bytes(b"half a page")
        (home.root / "carrel.db.new-wal").write_bytes(b"half a log")
    assert state(home) is VaultState.MISSING
    asyncio.run(made(home, "Made"))
    assert asyncio.run(titles(home)) == ["Made"]
    assert not list(home.root.glob("carrel.db.new*"))


def test_creation_killed_at_any_moment_leaves_a_home_that_starts(tmp_path: Path) -> None:
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", CREATE, str(tmp_path / "whole")], cwd=REPOSITORY, check=True)
    whole = time.monotonic() - started
    for number in range(10):
        home = Home(tmp_path / str(number))
        process = subprocess.Popen([sys.executable, "-c", CREATE, str(home.root)], cwd=REPOSITORY)
        try:
            while process.poll() is None and not home.run.exists() and time.monotonic() < started + 200:
                time.sleep(0.001)
            process.wait(whole * 0.02 * number)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        if state(home) is VaultState.MISSING:
            asyncio.run(made(home))
        assert asyncio.run(titles(home)) == []

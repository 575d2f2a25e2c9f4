"""A full disk: one sentence, nothing lost, and the vault opens while the disk is still full."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from app.domain.messages import Scope
from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault.passphrase import Cost
from app.vault.vault import Vault

REPOSITORY = Path(__file__).parents[2]
WORDS = "open sesame"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    if sys.platform != "linux" or os.geteuid():
        pytest.skip("a small disk can only be mounted by root on Linux; the size limit below stands in for it")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Take all the room there is."""
    ballast = place / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (2**16, 2**12, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return ballast


async def fails_for_want_of_room(vault: Vault) -> None:
    with pytest.raises(Known) as refused:
        for _ in range(1000):
            await vault.conversations.create(Scope(), "x" * 50_000)
    assert refused.value.code == "carrel.disk.full"
    assert "space" in refused.value.hint
    with pytest.raises(Known) as refused:
        await vault.artifacts.put(os.urandom(2**23), "page", "")
    assert refused.value.code == "carrel.disk.full"


def test_a_disk_that_fills_up_loses_nothing_and_goes_on_when_there_is_room(small_disk: Path) -> None:
    home = Home(small_disk / "home")

    async def run() -> None:
        vault = await Vault.create(home, WORDS, cost=CHEAP)
        artifact = await vault.artifacts.put(b"kept", "page", "")
        await vault.conversations.create(Scope(), "kept")
        ballast = fill(small_disk)
        await fails_for_want_of_room(vault)
        before = await vault.conversations.list()
        assert before[-1].title == "kept"
        assert await vault.artifacts.get(artifact.name) == b"kept"
        ballast.unlink()
        await vault.conversations.create(Scope(), "goes on")
        await vault.close()
        vault = await Vault.unlock(home, WORDS)
        assert {head.title for head in await vault.conversations.list()} >= {"kept", "goes on"}
        assert not list((home.artifacts / "partial").iterdir())
        await vault.close()

    asyncio.run(run())


def test_a_vault_opens_on_a_disk_that_is_full_already(small_disk: Path) -> None:
    home = Home(small_disk / "home")

    async def run() -> None:
        vault = await Vault.create(home, WORDS, cost=CHEAP)
        await vault.conversations.create(Scope(), "kept")
        await vault.close()
        ballast = fill(small_disk)
        for _ in range(2):
            vault = await Vault.unlock(home, WORDS)
            assert [head.title for head in await vault.conversations.list()] == ["kept"]
            await fails_for_want_of_room(vault)
            await vault.close()
        ballast.unlink()
        vault = await Vault.unlock(home, WORDS)
        await vault.conversations.create(Scope(), "goes on")
        assert [head.title for head in await vault.conversations.list()] == ["goes on", "kept"]
        await vault.close()

    asyncio.run(run())


def test_a_vault_is_not_half_made_on_a_full_disk(small_disk: Path) -> None:
    ballast = fill(small_disk)
    home = Home(small_disk / "home")
    with pytest.raises(Known) as refused:
        asyncio.run(Vault.create(home, WORDS, cost=CHEAP))
    assert refused.value.code == "carrel.disk.full"
    ballast.unlink()

    async def run() -> None:
        vault = await Vault.create(home, WORDS, cost=CHEAP)
        await vault.close()

    asyncio.run(run())


LIMITED = """
import asyncio, resource, sys
from pathlib import Path
from app.domain.messages import Scope
from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault.passphrase import Cost
from app.vault.vault import Vault

async def main():
    vault = await Vault.create(Home(Path(sys.argv[1])), "open sesame", cost=Cost(64, 1, 1))
    await vault.conversations.create(Scope(), "kept")
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))
    for what in (lambda: vault.conversations.create(Scope(), "x" * 50_000), lambda: vault.artifacts.put(bytes(2**22), "page", "")):
        try:
            for _ in range(1000):
                await what()
        except Known as error:
            print(error.code)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_limit_on_file_size_reads_as_a_full_disk(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    ended = subprocess.run(
        [sys.executable, "-c", LIMITED, str(home.root)], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["carrel.disk.full", "carrel.disk.full"]

    async def run() -> None:
        vault = await Vault.unlock(home, WORDS)
        assert (await vault.conversations.list())[-1].title == "kept"

        def sound(connection: apsw.Connection) -> list[object]:
            return list(connection.execute("PRAGMA integrity_check"))

        assert await vault.database.read(sound) == [("ok",)]
        await vault.close()

    asyncio.run(run())

"""One suite for both places a master key can be kept.

The keyring half needs a real keyring; ``tests/vault/test_secret_service.py`` starts one and runs this file inside.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from app.kernel.paths import Home
from app.vault.keys import KeyStore, SystemKeyring, WrappedKey, entry_name
from app.vault.passphrase import Cost

MASTER = bytes(range(32))
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)


class Contract:
    def store(self, folder: Path) -> KeyStore:
        """The store of the home in ``folder``; a new object each time, as after a restart."""
        raise NotImplementedError

    def test_there_is_no_key_before_one_is_stored(self, tmp_path: Path) -> None:
        assert asyncio.run(self.store(tmp_path).load()) is None

    def test_a_key_comes_back_after_a_restart(self, tmp_path: Path) -> None:
        asyncio.run(self.store(tmp_path).store(MASTER))
        assert asyncio.run(self.store(tmp_path).load()) == MASTER

    def test_a_key_takes_the_place_of_an_earlier_one(self, tmp_path: Path) -> None:
        asyncio.run(self.store(tmp_path).store(bytes(32)))
        asyncio.run(self.store(tmp_path).store(MASTER))
        assert asyncio.run(self.store(tmp_path).load()) == MASTER

    def test_two_homes_do_not_share(self, tmp_path: Path) -> None:
        one, other = tmp_path / "one", tmp_path / "other"
        one.mkdir()
        other.mkdir()
        asyncio.run(self.store(one).store(MASTER))
        assert asyncio.run(self.store(other).load()) is None

    def test_it_says_where_the_key_is(self, tmp_path: Path) -> None:
        assert self.store(tmp_path).words


class TestWrappedKey(Contract):
    def store(self, folder: Path) -> KeyStore:
        return WrappedKey(Home(folder).wrapped_key, "open sesame", CHEAP)


@pytest.mark.skipif(
    "CARREL_TEST_KEYRING" not in os.environ, reason="runs inside the keyring of tests/vault/test_secret_service.py"
)
class TestSystemKeyring(Contract):
    def store(self, folder: Path) -> KeyStore:
        return SystemKeyring(entry_name(Home(folder)))

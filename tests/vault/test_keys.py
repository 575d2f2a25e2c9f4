"""Which keyrings are accepted, and that waiting for one ends."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked

from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault.keys import SystemKeyring, _bounded, accepted, entry_name, keyring_report


class PlainFile(KeyringBackend):
    """What an unknown package may bring: it works, and keeps the secret in the open."""

    priority = -1.0  # so that keyring does not choose it for the other tests of this process
    kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (null.Keyring, "swallow the key"),
        (fail.Keyring, "No system keyring is running"),
        (PlainFile, "not one that is known"),
    ],
)
def test_what_does_not_keep_a_secret_is_refused_with_its_reason(
    kind: Callable[[], KeyringBackend], reason: str
) -> None:
    backend = kind()
    with pytest.raises(Known, match=reason) as refused:
        accepted(backend)
    assert refused.value.code == "carrel.vault.no_keyring"
    store = SystemKeyring("home-0", backend)
    for call in (store.load(), store.store(bytes(32))):
        with pytest.raises(Known, match=reason):
            asyncio.run(call)
    assert not PlainFile.kept


def test_a_chain_is_as_good_as_its_members() -> None:
    make: Callable[[], ChainerBackend] = ChainerBackend
    chain = make()
    if keyring_report().acceptable:
        assert accepted(chain) in chain.backends
    else:
        with pytest.raises(Known) as refused:
            accepted(chain)
        assert refused.value.code == "carrel.vault.no_keyring"


def test_the_report_agrees_with_what_a_store_does() -> None:
    report = keyring_report()
    assert report.says
    if not report.acceptable:
        with pytest.raises(Known) as refused:
            asyncio.run(SystemKeyring("home-0").load())
        assert refused.value.message == report.says


def test_the_entry_belongs_to_the_home(tmp_path: Path) -> None:
    one, other = entry_name(Home(tmp_path / "one")), entry_name(Home(tmp_path / "other"))
    assert one != other
    assert entry_name(Home(tmp_path / "x" / ".." / "one")) == one
    assert len(one) <= 24
    assert str(tmp_path) not in one


def test_a_prompt_nobody_answers_is_given_up() -> None:
    answered = threading.Event()
    try:
        with pytest.raises(Known) as refused:
            asyncio.run(_bounded(answered.wait, 0.05))
        assert refused.value.code == "carrel.vault.keyring_timeout"
    finally:
        answered.set()


def test_a_prompt_that_is_closed_and_a_bus_that_fails_are_sentences() -> None:
    def closed() -> None:
        raise KeyringLocked("dismissed")

    def failed() -> None:
        raise ConnectionResetError

    for call, code in {closed: "carrel.vault.keyring_locked", failed: "carrel.vault.keyring_failed"}.items():
        with pytest.raises(Known) as refused:
            asyncio.run(_bounded(call, 20))
        assert refused.value.code == code

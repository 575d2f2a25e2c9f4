"""Where the master key is kept: the system keyring, or a file wrapped by a passphrase.

Both are a ``KeyStore``. Only keyrings that are known to keep a secret are accepted: the ``null`` backend swallows it
silently, ``fail`` is none at all, and others may write plain files.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import keyring
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked

from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault.connection import explained
from app.vault.files import write_whole
from app.vault.passphrase import Cost, key_damaged, unwrap, wrap
from app.vault.subkeys import MASTER_BYTES

T = TypeVar("T")

SERVICE = "Carrel"
ACCEPTED = {
    "keyring.backends.SecretService.Keyring": "Secret Service",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
}
PATIENCE_SECONDS = 120.0  # a person may have to type into a prompt of the system
HEX_KEY = re.compile(rf"[0-9a-f]{{{2 * MASTER_BYTES}}}")


class KeyStore(Protocol):
    """Keeps one master key.

    Attributes:
        words: where it is kept, as a person reads it.
    """

    words: str

    async def load(self) -> bytes | None:
        """The key; None when there is none.

        Raises:
            Known: it cannot be reached, is not whole, or the passphrase is wrong.
        """

    async def store(self, master: bytes) -> None:
        """Keep ``master`` in place of an earlier one, and read it back."""


class SystemKeyring:
    """One entry of the system keyring. A call that waits for the person is bounded and off the loop."""

    words = "In the system keyring"

    def __init__(self, entry: str, backend: KeyringBackend | None = None, patience: float = PATIENCE_SECONDS) -> None:
        self._entry = entry
        self._backend = backend
        self._patience = patience

    async def load(self) -> bytes | None:
        text = await _bounded(self._read, self._patience)
        if text is None:
            return None
        if not HEX_KEY.fullmatch(text):
            raise key_damaged(f"Delete or mend the entry {self._entry} of {SERVICE} in the system keyring.")
        return bytes.fromhex(text)

    async def store(self, master: bytes) -> None:
        def write_and_read() -> str | None:
            self._chosen().set_password(SERVICE, self._entry, master.hex())
            return self._read()

        if await _bounded(write_and_read, self._patience) != master.hex():
            raise _keyring_failed("it did not give back what was put in")

    def _read(self) -> str | None:
        return self._chosen().get_password(SERVICE, self._entry)

    def _chosen(self) -> KeyringBackend:
        return accepted(self._backend or keyring.get_keyring())


class WrappedKey:
    """The key in a file, wrapped by a passphrase."""

    words = "Wrapped by your passphrase"

    def __init__(self, path: Path, passphrase: str, cost: Cost) -> None:
        self._path = path
        self._passphrase = passphrase
        self._cost = cost

    async def load(self) -> bytes | None:
        def load() -> bytes | None:
            try:
                untrusted_bytes = self._path.read_bytes()
            except FileNotFoundError:
                return None
            return unwrap(untrusted_bytes, self._passphrase)

        return await asyncio.to_thread(load)

    async def store(self, master: bytes) -> None:
        def store() -> None:
            with explained(self._path):
                write_whole(self._path, wrap(master, self._passphrase, self._cost))

        await asyncio.to_thread(store)


@dataclass(frozen=True)
class KeyringReport:
    """Whether the system keyring can hold the key, in a sentence."""

    acceptable: bool
    says: str


def keyring_report() -> KeyringReport:
    """Look, without asking for a secret. Blocks on the session bus."""
    try:
        backend = accepted(keyring.get_keyring())
    except Known as error:
        return KeyringReport(False, error.message)
    return KeyringReport(True, f"The system keyring is there: {ACCEPTED[_name(backend)]}.")


def accepted(backend: KeyringBackend) -> KeyringBackend:
    """``backend`` if it is on the list, or the first of a chain that is.

    Raises:
        Known: ``carrel.vault.no_keyring`` with the reason.
    """
    members = backend.backends if isinstance(backend, ChainerBackend) else [backend]
    for member in members:
        if _name(member) in ACCEPTED:
            return member
    raise Known(
        "carrel.vault.no_keyring",
        _refusal(_name(members[0]) if members else ""),
        "Start the system keyring and Carrel again, or protect the vault with a passphrase.",
    )


def _refusal(name: str) -> str:
    if name in {"", "keyring.backends.fail.Keyring"}:
        return "No system keyring is running in this session."
    if name == "keyring.backends.null.Keyring":
        return "The system keyring is switched off: it would swallow the key without a word."
    return f"The keyring in use ({name}) is not one that is known to keep a secret."


def _name(backend: KeyringBackend) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def entry_name(home: Home) -> str:
    """The keyring entry of a new vault in ``home``. The head records it, so that a home can be moved."""
    return "home-" + hashlib.sha256(os.fsencode(home.root.resolve())).hexdigest()[:16]


async def _bounded(call: Callable[[], T], seconds: float) -> T:
    """Run ``call`` in a thread that nobody waits for longer than ``seconds``, not even the end of the program."""
    result: Future[T] = Future()

    def run() -> None:
        if not result.set_running_or_notify_cancel():
            return
        try:
            result.set_result(call())
        except BaseException as error:  # noqa: BLE001 - handed to the one who waits
            result.set_exception(error)

    threading.Thread(target=run, name="carrel-keyring", daemon=True).start()
    try:
        return await asyncio.wait_for(asyncio.wrap_future(result), seconds)
    except TimeoutError:
        raise Known(
            "carrel.vault.keyring_timeout",
            f"The system keyring did not answer within {seconds:.0f} seconds.",
            "Look for its prompt behind other windows, answer it, and do it again.",
            retryable=True,
        ) from None
    except KeyringLocked as error:
        raise Known(
            "carrel.vault.keyring_locked",
            "The system keyring stayed locked.",
            "Answer its prompt with the keyring's password, and do it again.",
            retryable=True,
        ) from error
    except Known:
        raise
    except Exception as error:
        raise _keyring_failed(type(error).__name__) from error


def _keyring_failed(reason: str) -> Known:
    return Known(
        "carrel.vault.keyring_failed",
        f"The system keyring failed: {reason}.",
        "Start the system keyring and Carrel again, or protect the vault with a passphrase.",
        retryable=True,
    )

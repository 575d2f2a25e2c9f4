"""The vault of one home: made once, opened with its key, closed. Everything sealed is reached through it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import apsw

from app import __version__
from app.domain.audit import VaultRecord
from app.kernel.clock import Clock, SystemClock
from app.kernel.errors import Known
from app.kernel.log import logger
from app.kernel.paths import Home
from app.vault import subkeys
from app.vault.artifacts import Artifacts
from app.vault.blobs import Blobs
from app.vault.connection import disk_full, explained
from app.vault.conversations import Conversations
from app.vault.database import Database
from app.vault.events import Ledger
from app.vault.events_unended import unended
from app.vault.files import synced
from app.vault.head import Head, read_head, write_head
from app.vault.keys import KeyringReport, KeyStore, SystemKeyring, WrappedKey, entry_name, keyring_report
from app.vault.passphrase import Cost
from app.vault.settings import Settings

__all__ = ["Cost", "KeyringReport", "Vault", "VaultState", "key_words", "keyring_report", "state"]

LOG = logger(__name__)


class VaultState(StrEnum):
    """What a home holds while nobody has it open."""

    MISSING = "missing"
    LOCKED = "locked"


def state(home: Home) -> VaultState:
    """Whether a vault was created, to the end, in ``home``. Reads only."""
    return VaultState.LOCKED if home.database.exists() else VaultState.MISSING


def key_words(home: Home) -> str:
    """Where the key of a created vault lies, for a person."""
    return WrappedKey.words if _wrapped(home) else SystemKeyring.words


@dataclass(frozen=True, eq=False, repr=False)
class Vault:
    """An open vault. Make it with ``create`` or ``unlock``; the caller holds the home lock.

    Attributes:
        events: what happened, as a chain.
        key_words: where the key is kept, such as "In the system keyring".
        rolled_back: the database is older than the last one opened here: someone put an earlier copy in its place.
    """

    home: Home
    database: Database
    artifacts: Artifacts
    conversations: Conversations
    settings: Settings
    events: Ledger
    key_words: str
    rolled_back: bool
    _master: bytes

    @classmethod
    async def create(
        cls, home: Home, passphrase: str | None = None, *, cost: Cost | None = None, clock: Clock | None = None
    ) -> Vault:
        """Make a vault in ``home`` and open it: its key in the system keyring, or wrapped by ``passphrase``.

        Killed at any point, it can be called again.

        Raises:
            Known: ``carrel.vault.exists``, ``carrel.vault.database_missing``, ``carrel.vault.no_keyring``,
                ``carrel.vault.keyring_…``, ``carrel.disk.full``.
        """
        if state(home) is VaultState.LOCKED:
            raise Known("carrel.vault.exists", "There is a vault in this home already.", "Unlock it.")
        if _holds_sealed(home):
            raise Known(
                "carrel.vault.database_missing",
                "The database of this vault is missing, and sealed files of it are still here.",
                "Put carrel.db back from a backup or the snapshots folder, or choose another home.",
            )
        if passphrase == "":
            raise Known("carrel.vault.passphrase_empty", "The passphrase is empty.", "Choose a few words.")
        with explained(home.database):
            home.prepare()
        entry = "" if passphrase is not None else entry_name(home)
        store = _store(home, entry, passphrase, cost)
        master = (await store.load() if entry else None) or os.urandom(subkeys.MASTER_BYTES)
        await store.store(master)
        await asyncio.to_thread(_found, home, master, entry)
        LOG.info("vault created")
        return await cls.unlock(home, passphrase, clock=clock)

    @classmethod
    async def unlock(cls, home: Home, passphrase: str | None = None, *, clock: Clock | None = None) -> Vault:
        """Open the vault of ``home``. A missing key is an error, never a reason to make another.

        Raises:
            Known: ``carrel.vault.missing``, ``carrel.vault.key_missing``, ``carrel.vault.key_wrong``,
                ``carrel.vault.key_damaged``, ``carrel.vault.passphrase``, ``carrel.vault.passphrase_needed``,
                ``carrel.vault.damaged``, ``carrel.vault.newer``, ``carrel.vault.no_keyring``,
                ``carrel.vault.keyring_…``.
        """
        if state(home) is VaultState.MISSING:
            raise Known("carrel.vault.missing", "There is no vault in this home yet.", "Create one.")
        with explained(home.database):
            home.prepare()
            head = read_head(home)
        wrapped = _wrapped(home)
        if wrapped and passphrase is None:
            raise Known("carrel.vault.passphrase_needed", "This vault opens with a passphrase.", "Give it.")
        entry = "" if wrapped else (head.entry if head else entry_name(home))
        store = _store(home, entry, passphrase, None)
        master = await store.load()
        if master is None:
            raise _key_missing(wrapped)
        if head and not head.fits(master):
            raise _key_wrong(store.words)
        database = await asyncio.to_thread(Database.open, home.database, subkeys.subkey(master, subkeys.DATABASE))
        try:
            generation, rolled_back = await _count_opening(home, database, master, entry, head)
            the_clock = clock or SystemClock()
            events = await _open_events(home, database, master, the_clock)
            opened = VaultRecord(act="opened", generation=generation, rolled_back=rolled_back, program=__version__)
            await _unless_full(events.record(*await unended(events), opened))
            artifacts = Artifacts(database, Blobs(home.artifacts, master), the_clock)
            await artifacts.sweep()
        except BaseException:
            await database.close()
            raise
        return cls(
            home,
            database,
            artifacts,
            Conversations(database, the_clock, events),
            Settings(database),
            events,
            store.words,
            rolled_back,
            master,
        )

    def subkey(self, purpose: str) -> bytes:
        """32 bytes for a purpose of another room, such as sealing an index."""
        return subkeys.subkey(self._master, purpose)

    async def close(self) -> None:
        """Close the database; everything below refuses with ``carrel.vault.locked`` from here on."""
        with contextlib.suppress(Known):
            await self.events.record(VaultRecord(act="closed"))
        await self.events.close()
        await self.database.close()


def _store(home: Home, entry: str, passphrase: str | None, cost: Cost | None) -> KeyStore:
    if entry or passphrase is None:
        return SystemKeyring(entry or entry_name(home))
    return WrappedKey(home.wrapped_key, passphrase, cost or Cost())


def _wrapped(home: Home) -> bool:
    """Whether the key is wrapped by a passphrase: the head says so; without a head, the file does."""
    head = read_head(home)
    return not head.entry if head else home.wrapped_key.exists()


def _holds_sealed(home: Home) -> bool:
    return any(home.snapshots.glob("*.db")) or any(home.artifacts.glob("??/??/*"))


def _found(home: Home, master: bytes, entry: str) -> None:
    """Write the head, then the database under another name; its renaming is what creates the vault."""
    write_head(home, Head.made(master, entry, 0))
    if entry:
        home.wrapped_key.unlink(missing_ok=True)
    new = home.root / "carrel.db.new"
    log = Path(f"{new}-wal")
    for path in (new, log, Path(f"{new}-shm")):
        path.unlink(missing_ok=True)
    made = Database.open(new, subkeys.subkey(master, subkeys.DATABASE))
    made.shut()
    if log.exists() and log.stat().st_size:
        raise disk_full(new)
    with explained(home.database):
        new.replace(home.database)
        synced(home.root)


async def _count_opening(
    home: Home, database: Database, master: bytes, entry: str, head: Head | None
) -> tuple[int, bool]:
    """Count this opening in database and head; returns its number and whether the database is behind the head.

    A full disk does not keep the vault closed: then it is not counted.
    """

    def read(connection: apsw.Connection) -> int:
        for (value,) in connection.execute("SELECT value FROM meta WHERE name = 'generation'"):
            return int(value)
        return 0

    stored = await database.read(read)
    known = head.generation if head else 0
    following = max(stored, known) + 1

    def write(connection: apsw.Connection) -> None:
        connection.execute("UPDATE meta SET value = ? WHERE name = 'generation'", (following,))

    async def count() -> None:
        await database.write(write)
        await asyncio.to_thread(write_head, home, Head.made(master, entry, following))

    await _unless_full(count())
    if stored < known:
        LOG.warning("the database is older than the one opened here last: generation %d after %d", stored, known)
    return following, stored < known


async def _open_events(home: Home, database: Database, master: bytes, clock: Clock) -> Ledger:
    events = Ledger(database, home, subkeys.subkey(master, subkeys.AUDIT), clock)
    await _unless_full(events.begin())
    await _unless_full(events.prune())
    return events


async def _unless_full(work: Awaitable[object]) -> None:
    """A full disk does not keep the vault closed."""
    try:
        await work
    except Known as error:
        if error.code != "carrel.disk.full":
            raise
        LOG.warning("the disk is full: this opening is not written down")


def _key_missing(wrapped: bool) -> Known:
    if wrapped:
        return Known(
            "carrel.vault.key_missing",
            "The file that holds the wrapped key of this vault is missing.",
            "Put key.wrapped back from a backup of the home.",
        )
    return Known(
        "carrel.vault.key_missing",
        "The key of this vault is not in the system keyring.",
        "Sign in as the person who made the vault, or bring the keyring back from a backup; no new key is made.",
    )


def _key_wrong(where: str) -> Known:
    return Known(
        "carrel.vault.key_wrong",
        f"The key of another vault was found: {where[0].lower()}{where[1:]}.",
        "Bring back the key of this vault from a backup of the keyring or of key.wrapped; the vault is not harmed.",
    )

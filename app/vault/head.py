"""``vault.head``: where the key lies, whether a key is the right one, and how often the vault was opened.

The layout is in the README, "Storage format".
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass
from pathlib import Path

from app.kernel.paths import Home
from app.vault import subkeys
from app.vault.connection import explained
from app.vault.files import write_whole

MAGIC = b"CARRELH1"
LAYOUT = struct.Struct(">8s24sQ")
MAC_BYTES = 32
SUM_BYTES = 8
SIZE = LAYOUT.size + MAC_BYTES + SUM_BYTES


@dataclass(frozen=True)
class Head:
    """What the file says.

    Attributes:
        entry: name of the keyring entry; empty when the key is wrapped by a passphrase.
        generation: number of openings so far.
        mac: made with the master key over the rest.
    """

    entry: str
    generation: int
    mac: bytes

    @classmethod
    def made(cls, master: bytes, entry: str, generation: int) -> Head:
        return cls(entry, generation, _mac(master, _body(entry, generation)))

    def fits(self, master: bytes) -> bool:
        """Whether ``master`` is the key this head was made with."""
        return hmac.compare_digest(self.mac, _mac(master, _body(self.entry, self.generation)))


def head_path(home: Home) -> Path:
    return home.root / "vault.head"


def read_head(home: Home) -> Head | None:
    """The head; None when there is none or it is damaged."""
    try:
        untrusted_bytes = head_path(home).read_bytes()
    except FileNotFoundError:
        return None
    if len(untrusted_bytes) != SIZE or _sum(untrusted_bytes[:-SUM_BYTES]) != untrusted_bytes[-SUM_BYTES:]:
        return None
    magic, entry, generation = LAYOUT.unpack_from(untrusted_bytes)
    if magic != MAGIC or not entry.isascii():
        return None
    return Head(entry.rstrip(b"\0").decode("ascii"), generation, untrusted_bytes[LAYOUT.size : -SUM_BYTES])


def write_head(home: Home, head: Head) -> None:
    """Replace the head; the old one or the new one is there whatever happens.

    Raises:
        Known: ``carrel.disk.full``.
    """
    data = _body(head.entry, head.generation) + head.mac
    with explained(home.database):
        write_whole(head_path(home), data + _sum(data))


def _body(entry: str, generation: int) -> bytes:
    return LAYOUT.pack(MAGIC, entry.encode("ascii"), generation)


def _mac(master: bytes, body: bytes) -> bytes:
    return hmac.digest(subkeys.subkey(master, subkeys.HEAD), body, "sha256")


def _sum(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:SUM_BYTES]

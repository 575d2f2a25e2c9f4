"""The master key wrapped by a passphrase: ``key.wrapped``. The layout is in the README, "Storage format"."""

from __future__ import annotations

import hashlib
import os
import struct
import unicodedata
from dataclasses import dataclass

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.kernel.errors import Known
from app.vault.subkeys import MASTER_BYTES

MAGIC = b"CARRELK1"
LAYOUT = struct.Struct(">8sIII16s12s")
TAG_BYTES = 16
SUM_BYTES = 8
SIZE = LAYOUT.size + MASTER_BYTES + TAG_BYTES + SUM_BYTES

LARGEST_MEMORY_KIB = 2**20
MOST_PASSES = 16
MOST_LANES = 16


@dataclass(frozen=True)
class Cost:
    """What one guess at a passphrase costs.

    Attributes:
        memory_kib: KiB of memory.
        passes: times over that memory.
        lanes: threads that can help.
    """

    memory_kib: int = 256 * 1024
    passes: int = 3
    lanes: int = 4

    @property
    def bounded(self) -> bool:
        """Whether argon2 takes it and it cannot be used to exhaust this machine."""
        return (
            1 <= self.lanes <= MOST_LANES
            and 1 <= self.passes <= MOST_PASSES
            and 8 * self.lanes <= self.memory_kib <= LARGEST_MEMORY_KIB
        )


def wrap(master: bytes, passphrase: str, cost: Cost) -> bytes:
    """The bytes of ``key.wrapped``. Takes as long as ``cost`` says."""
    if not cost.bounded:
        raise ValueError("a cost outside its bounds")
    salt = os.urandom(16)
    header = LAYOUT.pack(MAGIC, cost.memory_kib, cost.passes, cost.lanes, salt, nonce := os.urandom(12))
    body = header + ChaCha20Poly1305(_stretched(passphrase, salt, cost)).encrypt(nonce, master, header)
    return body + _sum(body)


def unwrap(untrusted_bytes: bytes, passphrase: str) -> bytes:
    """The master key.

    Raises:
        Known: ``carrel.vault.passphrase`` for a wrong one, ``carrel.vault.key_damaged`` for a file that is not whole.
    """
    body = untrusted_bytes[:-SUM_BYTES]
    if len(untrusted_bytes) != SIZE or _sum(body) != untrusted_bytes[-SUM_BYTES:]:
        raise key_damaged()
    magic, memory, passes, lanes, salt, nonce = LAYOUT.unpack_from(body)
    cost = Cost(memory, passes, lanes)
    if magic != MAGIC or not cost.bounded:
        raise key_damaged()
    try:
        key = ChaCha20Poly1305(_stretched(passphrase, salt, cost))
        return key.decrypt(nonce, body[LAYOUT.size :], body[: LAYOUT.size])
    except InvalidTag:
        raise Known(
            "carrel.vault.passphrase",
            "This is not the passphrase of this vault.",
            "Type it again; mind capital letters and the keyboard layout.",
            retryable=True,
        ) from None


def key_damaged(hint: str = "Put key.wrapped back from a backup of the home.") -> Known:
    """What should be the key is not whole."""
    return Known("carrel.vault.key_damaged", "The stored key of this vault is damaged.", hint)


def _stretched(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    secret = unicodedata.normalize("NFC", passphrase).encode()
    try:
        return hash_secret_raw(secret, salt, cost.passes, cost.memory_kib, cost.lanes, MASTER_BYTES, Type.ID)
    except HashingError as error:
        raise Known(
            "carrel.vault.memory",
            f"Checking the passphrase needs {cost.memory_kib // 1024} MB of memory, and they are not free.",
            "Close other programs and do it again.",
            retryable=True,
        ) from error


def _sum(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:SUM_BYTES]

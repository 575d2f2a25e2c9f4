"""The body of an artifact: chunks of ChaCha20-Poly1305 in STREAM order under a header that is sealed too.

The layout is in the README, "Storage format". What does not fit raises ``Broken`` before a byte of it is handed out.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MAGIC = b"CARRELA1"
LAYOUT = struct.Struct(">8sIQ")
NONCE_BYTES = 12
FILE_KEY_BYTES = 32
TAG_BYTES = 16
HEADER_BYTES = LAYOUT.size + NONCE_BYTES + FILE_KEY_BYTES + TAG_BYTES
CHUNK_BYTES = 2**20


class Broken(Exception):  # noqa: N818 - a finding, told to the person as Known by the store
    """Sealed bytes that are not what was sealed, or not under this name, or not under this key."""


class Sealing:
    """Writes one body. The header comes last because it holds the name and the length, and both are known last."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._key = os.urandom(FILE_KEY_BYTES)
        self._cipher = ChaCha20Poly1305(self._key)
        self._waiting = bytearray()
        self._index = 0
        self._length = 0
        file.write(bytes(HEADER_BYTES))

    def write(self, data: bytes) -> None:
        self._length += len(data)
        self._waiting += data
        while len(self._waiting) > CHUNK_BYTES:
            self._put(bytes(self._waiting[:CHUNK_BYTES]), last=False)
            del self._waiting[:CHUNK_BYTES]

    def finish(self, key: bytes, name: bytes) -> int:
        """Seal the rest and the header under ``key`` for ``name``; returns the length of the plaintext."""
        self._put(bytes(self._waiting), last=True)
        header = LAYOUT.pack(MAGIC, CHUNK_BYTES, self._length)
        nonce = os.urandom(NONCE_BYTES)
        self._file.seek(0)
        self._file.write(header + nonce + ChaCha20Poly1305(key).encrypt(nonce, self._key, header + name))
        return self._length

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._index, last=last), chunk, None))
        self._index += 1


def opened(untrusted_file: IO[bytes], key: bytes, name: bytes) -> Iterator[bytes]:
    """The plaintext, a chunk at a time. A caller that stops early has seen only chunks that are right.

    Raises:
        Broken: at the first thing that does not fit.
    """
    header = untrusted_file.read(HEADER_BYTES)
    if len(header) != HEADER_BYTES:
        raise Broken("cut short in the header")
    fixed, nonce, sealed_key = header[: LAYOUT.size], header[LAYOUT.size :][:NONCE_BYTES], header[-48:]
    cipher = ChaCha20Poly1305(_decrypted(ChaCha20Poly1305(key), nonce, sealed_key, fixed + name))
    magic, chunk_bytes, left = LAYOUT.unpack(fixed)
    if magic != MAGIC or chunk_bytes != CHUNK_BYTES:
        raise Broken("an unknown layout")
    index = 0
    last = False
    while not last:
        last = left <= CHUNK_BYTES
        size = min(left, CHUNK_BYTES)
        chunk = untrusted_file.read(size + TAG_BYTES)
        yield _decrypted(cipher, _nonce(index, last=last), chunk, None)
        left -= size
        index += 1
    if untrusted_file.read(1):
        raise Broken("bytes after the end")


def _decrypted(cipher: ChaCha20Poly1305, nonce: bytes, data: bytes, associated: bytes | None) -> bytes:
    try:
        return cipher.decrypt(nonce, data, associated)
    except InvalidTag:
        raise Broken("a seal that does not fit") from None


def _nonce(index: int, *, last: bool) -> bytes:
    return index.to_bytes(NONCE_BYTES - 1, "big") + bytes([last])

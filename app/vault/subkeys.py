"""Keys made from the master key, one for each purpose."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MASTER_BYTES = 32
CONTEXT = "carrel/1/"

DATABASE = "database"
HEAD = "head"
AUDIT = "audit"
ARTIFACT_NAME = "artifact name"
ARTIFACT_KEY = "artifact key"


def subkey(master: bytes, purpose: str) -> bytes:
    """32 bytes for ``purpose``; those of one purpose say nothing about the master key or any other."""
    if len(master) != MASTER_BYTES:
        raise ValueError(f"a master key has {MASTER_BYTES} bytes")
    return HKDF(SHA256(), MASTER_BYTES, None, (CONTEXT + purpose).encode()).derive(master)

"""Sub-keys: fixed for ever by RFC 5869, different for each purpose."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from app.vault import subkeys

PURPOSES = (subkeys.DATABASE, subkeys.HEAD, subkeys.ARTIFACT_NAME, subkeys.ARTIFACT_KEY)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_they_are_hkdf_written_out(purpose: str) -> None:
    master = bytes(range(32))
    extracted = hmac.digest(bytes(32), master, hashlib.sha256)
    assert subkeys.subkey(master, purpose) == hmac.digest(extracted, b"carrel/1/" + purpose.encode() + b"\1", "sha256")


def test_each_purpose_and_each_master_has_its_own() -> None:
    made = {subkeys.subkey(bytes([first]) * 32, purpose) for first in range(8) for purpose in PURPOSES}
    assert len(made) == 32


def test_a_short_master_is_a_bug() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        subkeys.subkey(bytes(16), subkeys.DATABASE)

"""The wrapped key: the right passphrase gives it back, and nothing else does."""

from __future__ import annotations

import os
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kernel.errors import Known
from app.vault.passphrase import LAYOUT, SIZE, Cost, unwrap, wrap

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
MASTER = bytes(range(32))


def code(wrapped: bytes, passphrase: str) -> str:
    with pytest.raises(Known) as refused:
        unwrap(wrapped, passphrase)
    return refused.value.code


@settings(max_examples=25, deadline=None)
@given(st.text(min_size=1), st.binary(min_size=32, max_size=32))
def test_it_comes_back(passphrase: str, master: bytes) -> None:
    wrapped = wrap(master, passphrase, CHEAP)
    assert len(wrapped) == SIZE
    assert unwrap(wrapped, passphrase) == master


def test_the_cost_that_ships_is_the_one_promised_and_comes_back() -> None:
    wrapped = wrap(MASTER, "four words by dice", Cost())
    assert struct.unpack_from(">8sIII", wrapped) == (b"CARRELK1", 256 * 1024, 3, 4)
    assert unwrap(wrapped, "four words by dice") == MASTER


def test_the_same_letters_in_another_encoding_are_the_same_passphrase() -> None:
    assert unwrap(wrap(MASTER, "cafe\u0301", CHEAP), "caf\u00e9") == MASTER


@pytest.mark.parametrize("passphrase", ["", "Open Sesame", "open sesame ", "open sesam"])
def test_another_passphrase_is_told_apart_from_damage(passphrase: str) -> None:
    assert code(wrap(MASTER, "open sesame", CHEAP), passphrase) == "carrel.vault.passphrase"


def test_the_same_key_is_never_wrapped_to_the_same_bytes() -> None:
    assert wrap(MASTER, "open sesame", CHEAP)[20:] != wrap(MASTER, "open sesame", CHEAP)[20:]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, SIZE * 8 - 1))
def test_a_flipped_bit_is_damage(bit: int) -> None:
    wrapped = bytearray(wrap(MASTER, "open sesame", CHEAP))
    wrapped[bit // 8] ^= 1 << bit % 8
    assert code(bytes(wrapped), "open sesame") == "carrel.vault.key_damaged"


@pytest.mark.parametrize("length", [0, 8, SIZE - 1, SIZE + 1])
def test_a_file_of_another_length_is_damage(length: int) -> None:
    assert code((wrap(MASTER, "open sesame", CHEAP) + b"\0")[:length], "open sesame") == "carrel.vault.key_damaged"


@pytest.mark.parametrize(
    "cost",
    [
        Cost(2**20 + 1, 3, 4),
        Cost(2**32 - 1, 3, 4),
        Cost(64, 17, 1),
        Cost(64, 0, 1),
        Cost(64, 1, 17),
        Cost(64, 1, 0),
        Cost(7, 1, 1),
    ],
)
def test_a_cost_outside_its_bounds_is_refused_before_any_work(cost: Cost) -> None:
    import hashlib

    body = LAYOUT.pack(b"CARRELK1", cost.memory_kib, cost.passes, cost.lanes, os.urandom(16), os.urandom(12)) + bytes(
        48
    )
    assert code(body + hashlib.sha256(body).digest()[:8], "open sesame") == "carrel.vault.key_damaged"
    with pytest.raises(ValueError, match="bounds"):
        wrap(MASTER, "open sesame", cost)

"""The body of an artifact: it comes back; whatever was done to it is found before a wrong byte is handed out."""

from __future__ import annotations

import io
import os
import struct

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from app.vault.stream import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES, Broken, Sealing, opened

KEY = bytes(range(32))
NAME = bytes(range(32, 64))
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
PATTERN = os.urandom(4 * CHUNK_BYTES)
SIZES = [0, 1, 1000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 17]


def sealed(plaintext: bytes, step: int = 10**9) -> bytes:
    file = io.BytesIO()
    sealing = Sealing(file)
    for start in range(0, len(plaintext), step):
        sealing.write(plaintext[start : start + step])
    assert sealing.finish(KEY, NAME) == len(plaintext)
    return file.getvalue()


def plain(data: bytes, key: bytes = KEY, name: bytes = NAME) -> bytes:
    return b"".join(opened(io.BytesIO(data), key, name))


def refuses(data: bytes, plaintext: bytes) -> None:
    """Reading ``data`` ends in ``Broken``, and what came before it is right."""
    seen = bytearray()
    with pytest.raises(Broken):
        for chunk in opened(io.BytesIO(data), KEY, NAME):
            seen += chunk
    assert plaintext.startswith(seen)


BODIES = {size: sealed(PATTERN[:size]) for size in SIZES}
bodies = st.sampled_from(SIZES)


@pytest.mark.parametrize("size", SIZES)
def test_it_comes_back_with_the_promised_length(size: int) -> None:
    chunks = max(1, -(-size // CHUNK_BYTES))
    assert len(BODIES[size]) == HEADER_BYTES + size + chunks * TAG_BYTES
    assert plain(BODIES[size]) == PATTERN[:size]


@settings(max_examples=20, deadline=None)
@given(bodies, st.sampled_from([4093, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]))
def test_how_it_was_fed_makes_no_difference(size: int, step: int) -> None:
    assert plain(sealed(PATTERN[:size], step)) == PATTERN[:size]


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_flipped_bit_is_found(data: st.DataObject) -> None:
    size = data.draw(bodies)
    body = bytearray(BODIES[size])
    near_an_edge = st.sampled_from(range(HEADER_BYTES + TAG_BYTES))
    position = data.draw(near_an_edge | st.integers(0, len(body) - 1))
    body[position] ^= 1 << data.draw(st.integers(0, 7))
    refuses(bytes(body), PATTERN[:size])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_cut_short_is_found(data: st.DataObject) -> None:
    size = data.draw(bodies)
    edges = range(HEADER_BYTES, len(BODIES[size]), SEALED_CHUNK)
    length = data.draw(st.integers(0, len(BODIES[size]) - 1) | st.sampled_from(edges))
    refuses(BODIES[size][:length], PATTERN[:size])


@settings(max_examples=20, deadline=None)
@given(bodies, st.binary(min_size=1, max_size=100))
def test_bytes_after_the_end_are_found(size: int, more: bytes) -> None:
    refuses(BODIES[size] + more, PATTERN[:size])


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(4)))
def test_chunks_in_another_order_are_found(order: list[int]) -> None:
    size = 4 * CHUNK_BYTES
    body = sealed(PATTERN[:size])
    chunks = [body[HEADER_BYTES + i * SEALED_CHUNK : HEADER_BYTES + (i + 1) * SEALED_CHUNK] for i in range(4)]
    moved = body[:HEADER_BYTES] + b"".join(chunks[i] for i in order)
    if order == sorted(order):
        assert plain(moved) == PATTERN[:size]
    else:
        refuses(moved, PATTERN[:size])


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_dropped_or_doubled_chunk_is_found(missing: int) -> None:
    size = 3 * CHUNK_BYTES
    body = sealed(PATTERN[:size])
    start = HEADER_BYTES + missing * SEALED_CHUNK
    refuses(body[:start] + body[start + SEALED_CHUNK :], PATTERN[:size])
    refuses(body[: start + SEALED_CHUNK] + body[start:], PATTERN[:size])


def test_a_header_of_another_file_of_the_same_content_does_not_fit() -> None:
    one, other = sealed(PATTERN[:5000]), sealed(PATTERN[:5000])
    assert one != other
    refuses(one[:HEADER_BYTES] + other[HEADER_BYTES:], PATTERN[:5000])


def test_another_key_or_another_name_opens_nothing() -> None:
    with pytest.raises(Broken):
        plain(BODIES[1000], key=bytes(32))
    with pytest.raises(Broken):
        plain(BODIES[1000], name=bytes(32))


@pytest.mark.parametrize("size", [0, CHUNK_BYTES, CHUNK_BYTES + 1])
def test_the_bytes_are_those_of_the_format_page(size: int) -> None:
    body = BODIES[size]
    file_key = ChaCha20Poly1305(KEY).decrypt(body[20:32], body[32:80], body[:20] + NAME)
    pieces = [body[start : start + SEALED_CHUNK] for start in range(80, len(body), SEALED_CHUNK)]
    plaintext = b""
    for index, piece in enumerate(pieces):
        nonce = bytes(3) + struct.pack(">Q", index) + (b"\1" if index == len(pieces) - 1 else b"\0")
        plaintext += ChaCha20Poly1305(file_key).decrypt(nonce, piece, None)
    assert plaintext == PATTERN[:size]
    assert body[:20] == b"CARRELA1" + struct.pack(">IQ", 1_048_576, size)

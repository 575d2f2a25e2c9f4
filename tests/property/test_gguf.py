"""Whatever bytes a model file is made of, the check ends with a structure that holds or with a reason."""

from __future__ import annotations

import os
import struct
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.bounded import BoundedFile, Refused
from app.models.facts import describe
from app.models.gguf import check
from tests.material.gguf_files import LLAMA, GgufFile, Tensor, numbers, scalar, strings

RICH = GgufFile(
    pairs=(
        *LLAMA,
        scalar("general.file_type", "u32", 2),
        numbers("tokenizer.ggml.scores", "f32", [0.0, 1.0, 2.0]),
        numbers("tokenizer.ggml.token_type", "i32", [1, 1, 3]),
        strings("tokenizer.ggml.merges", ["a b", "b c"]),
    ),
    tensors=tuple(Tensor(f"blk.{number}.weight", (32, number + 1), 2) for number in range(6)),
).build()


def holds(content: bytes) -> bool:
    """Check ``content``; if it is let through, every promise about it must be true."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            structure = check(Path(file.name))
            facts = describe(structure)
        except Refused as refused:
            assert str(refused).isprintable()
            assert len(str(refused)) < 600
            return False
    end = structure.data
    for tensor in structure.tensors:
        start = structure.data + tensor.offset
        assert start % structure.alignment == 0 or structure.data % structure.alignment == 0
        assert end <= start
        end = start + tensor.bytes
        assert end <= len(content)
    assert facts.name.isprintable()
    assert facts.parameters > 0
    assert facts.context > 0
    assert facts.kv_per_token >= 0
    return True


def test_the_file_the_others_start_from_is_sound() -> None:
    assert holds(RICH)


@given(st.integers(0, len(RICH) - 1))
def test_every_truncation_is_refused(length: int) -> None:
    assert not holds(RICH[:length])


@given(st.integers(0, len(RICH) - 1), st.integers(1, 255))
@settings(max_examples=400)
def test_flipped_bits(position: int, mask: int) -> None:
    holds(RICH[:position] + bytes([RICH[position] ^ mask]) + RICH[position + 1 :])


@given(
    st.integers(0, len(RICH) - 9),
    st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**61, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1]),
)
@settings(max_examples=400)
def test_any_eight_bytes_may_be_a_huge_number(position: int, value: int) -> None:
    holds(RICH[:position] + struct.pack("<Q", value) + RICH[position + 8 :])


@given(st.data())
@settings(max_examples=200)
def test_pieces_moved_and_repeated(data: st.DataObject) -> None:
    cut = sorted(data.draw(st.lists(st.integers(0, len(RICH)), min_size=3, max_size=3)))
    pieces = [RICH[: cut[0]], RICH[cut[0] : cut[1]], RICH[cut[1] : cut[2]], RICH[cut[2] :]]
    order = data.draw(st.lists(st.sampled_from(range(4)), min_size=1, max_size=6))
    holds(b"".join(pieces[index] for index in order))


@given(st.binary(max_size=400))
def test_anything_after_the_magic(tail: bytes) -> None:
    holds(b"GGUF" + tail)
    holds(b"GGUF" + struct.pack("<IQQ", 3, 1, 2) + tail)


@given(st.lists(st.binary(max_size=50), max_size=40), st.integers(0, 80), st.integers(0, 60))
def test_strings_are_skipped_as_they_would_be_read(values: list[bytes], cut: int, longest: int) -> None:
    """The fast walk over a vocabulary agrees with reading one string after the other."""
    content = b"".join(struct.pack("<Q", len(value)) + value for value in values)
    content = content[: len(content) - cut] if cut <= len(content) else b""
    with tempfile.NamedTemporaryFile() as handle:
        handle.write(content)
        handle.flush()
        descriptor = os.open(handle.name, os.O_RDONLY)
        try:
            fast, slow = BoundedFile(descriptor), BoundedFile(descriptor)
            assert _ends(lambda: fast.skip_strings(len(values), longest, "it")) == _ends(
                lambda: _one_by_one(slow, len(values), longest)
            )
        finally:
            os.close(descriptor)


def _one_by_one(file: BoundedFile, count: int, longest: int) -> None:
    for _ in range(count):
        length = file.u64("it")
        if length > longest:
            raise Refused("too long")
        file.skip(length, "it")


def _ends(read: object) -> bool:
    assert callable(read)
    try:
        read()
    except Refused:
        return False
    return True

"""The head: knows its key, notices its own damage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.paths import Home
from app.vault.head import SIZE, Head, head_path, read_head, write_head

MASTER = bytes(range(32))


def test_it_comes_back_and_knows_its_key(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_head(home, Head.made(MASTER, "home-0123456789abcdef", 7))
    head = read_head(home)
    assert head
    assert (head.entry, head.generation) == ("home-0123456789abcdef", 7)
    assert head.fits(MASTER)
    assert not head.fits(os.urandom(32))
    assert head_path(home).stat().st_size == SIZE
    assert [path.name for path in tmp_path.iterdir()] == ["vault.head"]


@given(st.text("abcdef0123456789-", max_size=21), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_its_generation_is_sealed(entry: str, generation: int, other: int) -> None:
    head = Head.made(MASTER, entry, generation)
    assert Head(entry, other, head.mac).fits(MASTER) == (other == generation)


@pytest.mark.parametrize("position", range(0, SIZE, 5))
def test_damage_reads_as_no_head(tmp_path: Path, position: int) -> None:
    home = Home(tmp_path)
    write_head(home, Head.made(MASTER, "home-0123456789abcdef", 7))
    harmed = bytearray(head_path(home).read_bytes())
    harmed[position] ^= 0x10
    head_path(home).write_bytes(harmed)
    assert read_head(home) is None


def test_a_short_or_absent_one_reads_as_no_head(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert read_head(home) is None
    head_path(home).write_bytes(b"CARRELH1")
    assert read_head(home) is None

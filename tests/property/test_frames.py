"""Frames, from both sides: whatever is sent arrives as it was, and whatever else is on the pipe is refused, never believed."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sandbox.frames import (
    BYTE_KINDS,
    BYTES_BYTES,
    HEADER,
    JSON_BYTES,
    JSON_DEPTH,
    Kind,
    ProtocolError,
    check_header,
    encode,
    parse,
)
from app.sandbox.wire import Wire

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | TEXT
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=6)


@given(OBJECTS, st.sampled_from(sorted(set(Kind) - BYTE_KINDS)))
def test_an_object_arrives_as_it_was(value: dict[str, Any], kind: Kind) -> None:
    frame = encode(kind, value)
    assert check_header(frame[: HEADER.size]) == (kind, len(frame) - HEADER.size)
    assert parse(frame[HEADER.size :]) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_an_object_or_refused(body: bytes) -> None:
    try:
        value = parse(body)
    except ProtocolError:
        return
    assert isinstance(value, dict)
    assert json.loads(body) == value


@given(st.binary(min_size=HEADER.size, max_size=HEADER.size))
def test_a_header_never_promises_more_than_its_limit(header: bytes) -> None:
    try:
        kind, length = check_header(header)
    except ProtocolError:
        return
    assert length <= (BYTES_BYTES if kind in BYTE_KINDS else JSON_BYTES)


@given(st.integers(min_value=1, max_value=200))
def test_depth_is_bounded_exactly(depth: int) -> None:
    """The object itself is the first level."""
    body = b'{"a":' * depth + b"1" + b"}" * depth
    if depth <= JSON_DEPTH:
        assert parse(body)
    else:
        with pytest.raises(ProtocolError):
            parse(body)


@given(TEXT, VALUES, VALUES, st.integers(0, 5))
def test_a_duplicate_key_is_refused_at_any_depth(key: str, first: object, second: object, depth: int) -> None:
    pair = f"{{{json.dumps(key)}:{json.dumps(first)},{json.dumps(key)}:{json.dumps(second)}}}"
    with pytest.raises(ProtocolError):
        parse(('{"a":[' * depth + pair + "]}" * depth).encode())


@given(st.sampled_from(["NaN", "Infinity", "-Infinity"]), st.integers(0, 5))
def test_what_is_not_a_number_is_refused(name: str, depth: int) -> None:
    with pytest.raises(ProtocolError):
        parse(('{"a":' + "[" * depth + name + "]" * depth + "}").encode())


@given(st.sampled_from([float("nan"), float("inf"), -float("inf")]))
def test_what_is_not_a_number_is_not_sent(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode(Kind.RESULT, {"a": number})


@given(st.sampled_from(["1e999", "-1e999", "9" * 5000]))
def test_numbers_beyond_all_bounds_are_refused(number: str) -> None:
    with pytest.raises(ProtocolError):
        parse(f'{{"a":{number}}}'.encode())


@given(OBJECTS, st.data())
def test_half_a_frame_is_the_end_not_a_frame(value: dict[str, Any], data: st.DataObject) -> None:
    """The child's own reader: the parent went away in the middle of a frame."""
    frame = encode(Kind.REQUEST, value)
    cut = data.draw(st.integers(0, len(frame) - 1))
    read, write = os.pipe()
    try:
        os.write(write, frame[:cut])
        os.close(write)
        assert Wire(read, -1).receive() is None
    finally:
        os.close(read)


@settings(max_examples=30)
@given(st.lists(OBJECTS, max_size=5), st.binary(max_size=100))
def test_frames_come_in_the_order_they_were_sent(values: list[dict[str, Any]], data: bytes) -> None:
    read, write = os.pipe()
    try:
        wire = Wire(read, write)
        for value in values:
            wire.send(Kind.PROGRESS, value)
        wire.send(Kind.ARTIFACT_DATA, data)
        assert [wire.receive() for _ in values] == [(Kind.PROGRESS, value) for value in values]
        assert wire.receive() == (Kind.ARTIFACT_DATA, data)
    finally:
        os.close(read)
        os.close(write)


def test_a_lone_surrogate_is_sent_as_a_question_mark() -> None:
    assert parse(encode(Kind.RESULT, {"a": "\ud800"})[HEADER.size :]) == {"a": "?"}

"""Frames: one type byte, an unsigned 32-bit little-endian length, the body.

Both sides use this module; it imports only the standard library, because it runs in a child before anything else
may be imported. JSON bodies hold one object, at most ``JSON_BYTES`` long and ``JSON_DEPTH`` deep, with no NaN and no
duplicate keys. Byte bodies are at most ``BYTES_BYTES`` long.

    READY         child → parent, once, JSON: what the child locked and which canaries it tried
    REQUEST       parent → child, JSON: ``{"id", "op", …}``
    DATA          parent → child, bytes that belong to the request before it
    CANCEL        parent → child, JSON: ``{"id"}``
    PROGRESS      child → parent, JSON: ``{"id", …}``; also the events of a stream
    ARTIFACT_HEAD child → parent, JSON: ``{"id", "name", "kind", "bytes"}``; the name is display text, never a path
    ARTIFACT_DATA child → parent, bytes of the artifact announced last
    RESULT        child → parent, JSON: ``{"id", …}``; ends a request
    ERROR         child → parent, JSON: ``{"id", "code", "message", "hint"}``; ends a request
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum

TYPE_CHECKING = False
if TYPE_CHECKING:  # importing typing costs a child as much as all its locks
    from typing import Any, NoReturn

HEADER = struct.Struct("<BI")
JSON_BYTES = 8 * 2**20
JSON_DEPTH = 32
BYTES_BYTES = 64 * 2**20


class Kind(IntEnum):
    READY = 1
    REQUEST = 2
    DATA = 3
    CANCEL = 4
    PROGRESS = 5
    ARTIFACT_HEAD = 6
    ARTIFACT_DATA = 7
    RESULT = 8
    ERROR = 9


BYTE_KINDS = frozenset({Kind.DATA, Kind.ARTIFACT_DATA})
FROM_CHILD = frozenset({Kind.READY, Kind.PROGRESS, Kind.ARTIFACT_HEAD, Kind.ARTIFACT_DATA, Kind.RESULT, Kind.ERROR})


class ProtocolError(ValueError):
    """The other side sent something that is not a frame."""


def check_header(header: bytes) -> tuple[Kind, int]:
    """Kind and body length of an ``HEADER.size`` bytes long header.

    Raises:
        ProtocolError: unknown kind or a length beyond its limit.
    """
    number, length = HEADER.unpack(header)
    try:
        kind = Kind(number)
    except ValueError:
        raise ProtocolError(f"unknown frame kind {number}") from None
    limit = BYTES_BYTES if kind in BYTE_KINDS else JSON_BYTES
    if length > limit:
        raise ProtocolError(f"{kind.name} frame of {length} bytes is over its limit of {limit}")
    return kind, length


def encode(kind: Kind, body: dict[str, Any] | bytes | memoryview) -> bytes:
    """One whole frame."""
    raw = dump(body) if isinstance(body, dict) else bytes(body)
    frame = HEADER.pack(kind, len(raw)) + raw
    check_header(frame[: HEADER.size])
    return frame


def dump(value: dict[str, Any]) -> bytes:
    """Compact JSON; refuses NaN and infinities; a lone surrogate becomes ``?``."""
    return ENCODER.encode(value).encode("utf-8", "replace")


def parse(body: bytes) -> dict[str, Any]:
    """The object in a JSON body.

    Raises:
        ProtocolError: not JSON, not an object, too deep, a duplicate key, NaN or an infinity.
    """
    try:
        value = DECODER.decode(body.decode("utf-8", "strict"))
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"not JSON: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise ProtocolError("a frame holds one object")
    _check_depth(value)
    return value


def _check_depth(value: dict[str, Any]) -> None:
    """Breadth first over containers only: strings and numbers are not walked."""
    level: list[Any] = [value]
    for _ in range(JSON_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return
    raise ProtocolError(f"nested deeper than {JSON_DEPTH}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _finite(text: str) -> float:
    """``1e999`` is JSON, and infinity to Python."""
    number = float(text)
    if number - number != 0:
        raise ValueError("a number beyond all bounds")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
"""Made once: making them costs as much as a short frame."""

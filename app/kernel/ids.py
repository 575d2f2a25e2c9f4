"""Identifiers: 32 hexadecimal digits, ordered by creation time (RFC 9562, version 7 layout)."""

from __future__ import annotations

import os
import time


def new_id() -> str:
    """A fresh id. Ids made later in the same process sort later, to the millisecond."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (2**48 - 1)) << 80 | random
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{value:032x}"

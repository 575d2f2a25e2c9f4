"""``audit.head``: the end of the chain of events, kept outside the database, so that an older or shorter chain is noticed.

The layout is in the README, "Storage format".
"""

from __future__ import annotations

import struct

from app.kernel.paths import Home
from app.vault.connection import explained
from app.vault.events_chain import End
from app.vault.files import write_whole

MAGIC = b"CARRELT1"
LAYOUT = struct.Struct(">8sQ32s32s")
DAMAGED = End(0, bytes(32), bytes(32))
"""What a file that is not whole reads as: an end nobody sealed."""


def read_anchor(home: Home) -> End | None:
    """What the file says; None when there is none. It says nothing until its seal was checked."""
    try:
        untrusted_bytes = (home.root / "audit.head").read_bytes()
    except FileNotFoundError:
        return None
    if len(untrusted_bytes) != LAYOUT.size:
        return DAMAGED
    magic, number, mac, seal = LAYOUT.unpack(untrusted_bytes)
    return End(number, mac, seal) if magic == MAGIC else DAMAGED


def write_anchor(home: Home, end: End) -> None:
    """Replace it; the old one or the new one is there whatever happens. Blocks.

    Raises:
        Known: ``carrel.disk.full``.
    """
    with explained(home.database):
        write_whole(home.root / "audit.head", LAYOUT.pack(MAGIC, end.number, end.mac, end.seal))

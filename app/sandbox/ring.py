"""The last bytes of an endless output: a child may print a gigabyte, we keep 64 KB."""

from __future__ import annotations

RING_BYTES = 64 * 1024


class Ring:
    """Keeps the end of what it is given.

    Attributes:
        dropped: how many bytes came before what is kept.
    """

    def __init__(self, size: int = RING_BYTES) -> None:
        self._size = size
        self._kept = bytearray()
        self.dropped = 0

    def add(self, data: bytes) -> None:
        self._kept += data
        over = len(self._kept) - self._size
        if over > 0:
            del self._kept[:over]
            self.dropped += over

    def text(self) -> str:
        """What was kept, after a line that says what was not; undecodable bytes are replaced. Untrusted."""
        kept = self._kept.decode("utf-8", "replace")
        return f"[{self.dropped} bytes before this were dropped]\n{kept}" if self.dropped else kept

"""Reading a file that may lie about its own lengths: every read is checked against the size of the file first."""

from __future__ import annotations

import os
import struct

U32 = struct.Struct("<I")
U64 = struct.Struct("<Q")
WINDOW_BYTES = 1 << 18


class Refused(ValueError):  # noqa: N818 - the outcome, as the card calls it
    """A model file that is not let in. Its text is the reason, a sentence without a full stop."""


class BoundedFile:
    """A forward reader of one open file. Memory stays below one window and the largest ``take``.

    Attributes:
        size: of the file, bytes, as it was when the reader was made.
        position: of the next byte.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.size = os.fstat(descriptor).st_size
        self.position = 0
        self._window = b""
        self._start = 0

    @property
    def left(self) -> int:
        return self.size - self.position

    def take(self, count: int, what: str) -> bytes:
        """The next ``count`` bytes; the caller has capped ``count``.

        Raises:
            Refused: the file ends before them.
        """
        self._require(count, what)
        at = self.position - self._start
        if at < 0 or at + count > len(self._window):
            self._fill(max(count, WINDOW_BYTES))
            at = 0
            if count > len(self._window):
                raise Refused("the file became shorter while it was read")
        self.position += count
        return self._window[at : at + count]

    def skip(self, count: int, what: str) -> None:
        """Go forward without reading."""
        self._require(count, what)
        self.position += count

    def u32(self, what: str) -> int:
        return int(U32.unpack(self.take(4, what))[0])

    def u64(self, what: str) -> int:
        return int(U64.unpack(self.take(8, what))[0])

    def skip_strings(self, count: int, longest: int, what: str) -> None:
        """Go past ``count`` strings of at most ``longest`` bytes, each a u64 length and its bytes.

        A vocabulary has hundreds of thousands of them, so the lengths are read straight from the window.
        """
        unpack = U64.unpack_from
        while count:
            self._require(8, what)
            if self.position + 8 > self._start + len(self._window) or self.position < self._start:
                self._fill(WINDOW_BYTES)
                if len(self._window) < 8:
                    raise Refused("the file became shorter while it was read")
            window, at, end = self._window, self.position - self._start, len(self._window) - 8
            while count and at <= end:
                (length,) = unpack(window, at)
                if length > longest:
                    raise Refused(f"an entry of {what} is {amount(length)} long; at most {amount(longest)} is allowed")
                at += 8 + length
                count -= 1
            self.position = self._start + at
            if self.position > self.size:
                raise Refused(f"the file ends inside {what}")

    def _require(self, count: int, what: str) -> None:
        if count > self.left:
            raise Refused(f"the file ends inside {what}")

    def _fill(self, count: int) -> None:
        self._start = self.position
        self._window = os.pread(self._descriptor, count, self.position)


def amount(count: int) -> str:
    """Bytes for a person, in the units a file manager shows: ``2.1 GB``."""
    value, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB", "PB", "EB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{count} bytes" if unit == "bytes" else f"{value:.1f} {unit}"

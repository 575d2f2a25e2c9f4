"""How the Documents and Models pages divide a window. Pure: widths in, widths out."""

from __future__ import annotations

from dataclasses import dataclass, replace

DETAILS_BESIDE_FROM = 1360
WIDE_FROM = 2000
COMPACT_BELOW, NARROW_LIST = 1100, 208


@dataclass(frozen=True)
class Room:
    """What is shown at a width.

    Attributes:
        beside: usual width of the details beside the list.
        listing: the list of places is there; only the person takes it away.
        details: the details are there; below ``DETAILS_BESIDE_FROM`` they cover the list.
        reading: details hold a page to read and take more room.
    """

    beside: int
    width: int = 1440
    listing: bool = True
    details: bool = True
    reading: bool = False

    @property
    def over(self) -> bool:
        return self.width < DETAILS_BESIDE_FROM

    def at_width(self, width: int) -> Room:
        """Crossing the bound takes the rule up again."""
        room = replace(self, width=width)
        if self.over != room.over:
            room = replace(room, details=not room.over)
        return room

    def sized(self, beside: int) -> Room:
        """The same with details of another usual width: text grew."""
        return replace(self, beside=beside)

    def with_list(self, *, shown: bool) -> Room:
        return replace(self, listing=shown)

    def with_details(self, *, shown: bool) -> Room:
        return replace(self, details=shown)

    def with_reading(self, *, on: bool) -> Room:
        return replace(self, reading=on)

    def _listing(self, usual: int) -> int:
        if not self.listing:
            return 0
        if self.width >= WIDE_FROM and usual:
            return 280
        return min(usual, NARROW_LIST) if self.width < COMPACT_BELOW else usual

    def sides(self, listing: int) -> tuple[int, int]:
        """Widths of the list, which is usually ``listing`` wide, and of the details."""
        left = self._listing(listing)
        right = self.beside
        if self.width >= WIDE_FROM:
            right = round(right * 1.3)
        if self.reading:
            right = max(right, min(round(self.width * 0.41), 906))
        return left, right if self.details else 0

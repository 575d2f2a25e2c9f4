"""How the Chats page divides a window. Pure: widths in, widths out."""

from __future__ import annotations

from dataclasses import dataclass, replace

LIST_BESIDE_FROM = 1360
COVER_BELOW = 960
WIDE_FROM = 2000
EVIDENCE_SHARE = 0.41
EVIDENCE_WIDEST = 906


@dataclass(frozen=True)
class Room:
    """What is shown at a width, and what the person asked for against the rule.

    Attributes:
        list_shown: conversations stand beside the transcript.
        evidence: the evidence pane is there; where ``covered`` it stands in place of the transcript.
    """

    width: int = 1440
    list_shown: bool = True
    evidence: bool = True

    @property
    def covered(self) -> bool:
        return self.width < COVER_BELOW

    @property
    def rail(self) -> int:
        return 56 if self.width < 1100 else 84

    def at_width(self, width: int) -> Room:
        """The same page at another width; crossing a bound takes the rule up again."""
        room = replace(self, width=width)
        if (self.width < LIST_BESIDE_FROM) != (width < LIST_BESIDE_FROM):
            room = replace(room, list_shown=width >= LIST_BESIDE_FROM)
        if (self.width < COVER_BELOW) != (width < COVER_BELOW):
            room = replace(room, evidence=width >= COVER_BELOW)
        return room

    def toggled_list(self) -> Room:
        return replace(self, list_shown=not self.list_shown)

    def toggled_evidence(self) -> Room:
        return replace(self, evidence=not self.evidence)


def divide(room: Room) -> tuple[int, int, int]:
    """Widths of list, transcript and evidence."""
    whole = room.width - room.rail
    listing = 0
    if room.list_shown:
        listing = 280 if room.width >= WIDE_FROM else 256
    evidence = 0
    if room.evidence:
        evidence = round(whole * EVIDENCE_SHARE) if room.width < LIST_BESIDE_FROM else 458
        if room.width >= WIDE_FROM:
            evidence = EVIDENCE_WIDEST
        elif room.width > 1440:
            evidence = 458 + round((room.width - 1440) * 0.4)
        if room.covered:
            evidence = whole - listing
    return listing, max(whole - listing - evidence, 0), evidence

"""How the Chats page divides a window. Pure: widths in, widths out."""

from __future__ import annotations

from dataclasses import dataclass, replace

LIST_BESIDE_FROM = 1360
COVER_BELOW = 960
COMPACT_RAIL_BELOW = 1100
WIDE_FROM = 2000
EVIDENCE_SHARE = 0.41
EVIDENCE_WIDEST = 906


@dataclass(frozen=True)
class Room:
    """What is shown at a width, and what the person asked for against the rule.

    Attributes:
        list_shown: conversations stand beside the transcript.
        evidence: the evidence pane is wanted; where ``covered`` it stands in place of the transcript. Below
            ``LIST_BESIDE_FROM`` there is no room for both it and the list: the list, while it is there, has its place.
        scale: text size; larger text needs its rules at larger widths.
    """

    width: int = 1440
    scale: float = 1.0
    list_shown: bool = True
    evidence: bool = True

    @property
    def covered(self) -> bool:
        return self.ems < COVER_BELOW

    @property
    def evidence_shown(self) -> bool:
        return self.evidence and not (self.list_shown and self.ems < LIST_BESIDE_FROM)

    @property
    def ems(self) -> float:
        """The width as it would be with text of the usual size."""
        return self.width / self.scale

    @property
    def narrow(self) -> bool:
        """Words that can be spared are."""
        return self.ems < COMPACT_RAIL_BELOW

    @property
    def rail(self) -> int:
        return 56 if self.narrow else round(68 * self.scale) + 16

    def at_width(self, width: int, scale: float = 1.0) -> Room:
        """The same page at another width; crossing a bound takes the rule up again."""
        room = replace(self, width=width, scale=scale)
        if (self.ems < LIST_BESIDE_FROM) != (room.ems < LIST_BESIDE_FROM):
            room = replace(room, list_shown=room.ems >= LIST_BESIDE_FROM)
        if (self.ems < COVER_BELOW) != (room.ems < COVER_BELOW):
            room = replace(room, evidence=room.ems >= COVER_BELOW)
        return room

    def toggled_list(self) -> Room:
        return replace(self, list_shown=not self.list_shown)

    def toggled_evidence(self) -> Room:
        if self.evidence and not self.evidence_shown:
            return replace(self, list_shown=False)
        return replace(self, evidence=not self.evidence)


def divide(room: Room) -> tuple[int, int, int]:
    """Widths of list, transcript and evidence."""
    whole = room.width - room.rail
    listing = 0
    if room.list_shown:
        listing = round((280 if room.ems >= WIDE_FROM else 256) * room.scale)
    evidence = 0
    if room.evidence_shown:
        evidence = round(whole * EVIDENCE_SHARE) if room.ems < LIST_BESIDE_FROM else 458
        if room.width >= WIDE_FROM:
            evidence = EVIDENCE_WIDEST
        elif room.width > 1440:
            evidence = 458 + round((room.width - 1440) * 0.4)
        if room.covered:
            evidence = whole - listing
    return listing, max(whole - listing - evidence, 0), evidence

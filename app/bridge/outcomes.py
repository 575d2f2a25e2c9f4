"""What became of a file, in words: outcome, reason, and the one remedy that can be done here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.domain.documents import Outcome, Source

Standing = Literal["", "same", "changed", "gone"]
Remedy = Literal["", "again", "folder", "original", "details", "delete"]

NEEDS_YOU = (Outcome.NEEDS_PASSWORD.value, Outcome.NO_TEXT.value)
NOT_READ = (Outcome.UNSUPPORTED.value, Outcome.REFUSED.value, Outcome.FAILED.value)
DUPLICATES = (Outcome.DUPLICATE.value,)
INDEXED = (Outcome.INDEXED.value, Outcome.UNCHANGED.value)

REMEDIES: dict[Remedy, str] = {
    "again": "Read again",
    "folder": "Open folder",
    "original": "Show original",
    "details": "Details",
    "delete": "Delete…",
}


@dataclass(frozen=True)
class SourceRow:
    """One line of the table.

    Attributes:
        source: None for a file that is being read for the first time.
        reading: it is being read now.
        standing: the file on disk against what was read; empty when nobody looked.
    """

    name: str
    source: Source | None = None
    reading: bool = False
    standing: Standing = ""


@dataclass(frozen=True)
class Verdict:
    """``icon`` and ``tone`` name tokens of the window; an empty icon is the ring."""

    icon: str
    tone: str
    words: str
    reason: str = ""
    remedy: Remedy = ""
    advice: str = ""

    @property
    def remedy_words(self) -> str:
        return REMEDIES.get(self.remedy, "")


def verdict(row: SourceRow) -> Verdict:
    """How a row stands, and what to do about it."""
    source = row.source
    if row.reading or source is None:
        return Verdict("", "ink", "Reading", "Being read now")
    if row.standing == "gone":
        advice = "Put the file back, or delete what was read from it."
        return Verdict("stop", "warn", "No longer on disk", "Answers still use what was read", "delete", advice)
    if row.standing == "changed":
        advice = "Read it again, so that answers quote the file as it is now."
        return Verdict("stale", "warn", "Changed on disk", f"Read {day(source)}", "again", advice)
    return _of_outcome(source)


def _of_outcome(source: Source) -> Verdict:
    reason = source.reason
    match source.outcome:
        case Outcome.INDEXED | Outcome.UNCHANGED:
            return Verdict("check", "vouch", "Indexed", amounts(source))
        case Outcome.DUPLICATE:
            return Verdict("copyof", "ink2", "Duplicate", reason, "original" if source.duplicate_of else "")
        case Outcome.NEEDS_PASSWORD:
            advice = "Save a copy without the password and put it in its place, then read it again."
            return Verdict("key", "warn", "Needs a password", "Nothing of it was read", "again", advice)
        case Outcome.NO_TEXT:
            advice = (
                "Only files with text can be searched and quoted. Put one with text in its place, then read it again."
            )
            return Verdict("eye", "warn", "No text", reason, "again", advice)
        case Outcome.UNSUPPORTED:
            advice = "Save it as PDF, Word or text, then add that file."
            return Verdict("unsupported", "ink2", "Format not read", reason, "folder", advice)
        case Outcome.REFUSED:
            advice = "Nothing of it was read. Look at the file before you trust it."
            return Verdict("stop", "stop", "Refused", reason, "details", advice)
        case Outcome.FAILED:
            advice = "Try it once more. If it fails again, save the file anew and add that."
            return Verdict("warn", "stop", "Not read", reason, "again", advice)


def amounts(source: Source) -> str:
    """``64 pages, 212 passages``."""
    passages = f"{source.chunks:,} passage{'' if source.chunks == 1 else 's'}"
    if source.pages is None:
        return passages
    return f"{source.pages:,} page{'' if source.pages == 1 else 's'}, {passages}"


def day(source: Source) -> str:
    local = source.read_at.astimezone()
    return f"{local.day} {local:%b %Y}"


def sentence(row: SourceRow) -> str:
    """The whole row in one sentence, for whoever cannot see it."""
    found = verdict(row)
    label = row.source.label.value if row.source is not None else ""
    return ", ".join(x for x in (row.name, label, found.words, found.reason.rstrip("."), found.remedy_words) if x)

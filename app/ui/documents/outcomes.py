"""How each outcome is shown: icon, tone, words, remedy."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.documents import Outcome, Source
from app.ui.figures import plural


@dataclass(frozen=True)
class Shown:
    """Attributes:
    counted: how a number of them is said: "2 need a password".
    remedy: the button of a row, empty when there is nothing to do.
    """

    icon: str
    tone: str
    words: str
    counted: str
    remedy: str = ""


SHOWN: dict[Outcome, Shown] = {
    Outcome.INDEXED: Shown("check", "vouch", "Indexed", "indexed"),
    Outcome.UNCHANGED: Shown("check", "vouch", "Indexed, unchanged", "unchanged"),
    Outcome.DUPLICATE: Shown("copyof", "ink2", "Duplicate", "duplicates"),
    Outcome.NEEDS_PASSWORD: Shown("key", "warn", "Needs a password", "need a password", "Read again"),
    Outcome.NO_TEXT: Shown("eye", "warn", "No text, pages are pictures", "are pictures", "Read again"),
    Outcome.UNSUPPORTED: Shown("unsupported", "ink2", "Format not read", "not read"),
    Outcome.REFUSED: Shown("stop", "stop", "Refused", "refused", "Try again"),
    Outcome.FAILED: Shown("warn", "stop", "Failed", "failed", "Try again"),
}


def detail(source: Source) -> str:
    """The line under the outcome: a reason, or counts."""
    if source.reason:
        return source.reason
    pages = plural(source.pages, "page") if source.pages else ""
    return ", ".join(x for x in (pages, plural(source.chunks, "chunk") if source.chunks else "") if x)


def kind_icon(kind: str) -> str:
    """The icon of a format."""
    kind = kind.lower().lstrip(".")
    if kind in {"csv", "tsv", "xlsx", "xls", "ods"}:
        return "table"
    return {"pdf": "pdf", "eml": "mail", "msg": "mail", "zip": "zip"}.get(kind, "documents")


def spoken(source: Source) -> str:
    """A row as one sentence."""
    shown = SHOWN[source.outcome]
    parts = (source.name, source.label.value, shown.words, detail(source), shown.remedy)
    return ", ".join(part.rstrip(".") for part in parts if part)

"""Deleting sources: first what would go, then the proof that it is gone."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.documents import DeletionReport, SameText, Source, holders
from app.ui.accessibility import announce, give_role
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, dress, fill, row
from app.ui.parts.words import Fact, Words


def subject(sources: tuple[Source, ...]) -> str:
    return sources[0].name if len(sources) == 1 else f"{len(sources):,} sources"


def what_goes(sources: tuple[Source, ...], kept: tuple[SameText, ...] = ()) -> str:
    """What deleting ``sources`` takes out, and what it leaves: the files, and text that others hold too."""
    one, shared = len(sources) == 1, {same.source for same in kept}
    chunks = sum(source.chunks for source in sources if source.id not in shared)
    stay = "The file itself stays where it is." if one else "The files themselves stay where they are."
    held = f"Kept: {holders(kept)}. " if kept else ""
    if chunks:
        parts = _parts((chunks, "passage"), (chunks, "vector"))
        return f"{'Its' if one else 'Their'} text with {parts} goes from every store. {held}{stay}"
    if kept:
        return f"{'Its entry goes, its' if one else 'Their entries go, their'} text does not. {held}{stay}"
    return f"Nothing was read from {'it' if one else 'them'}: only the entry here goes. {stay}"


def what_went(report: DeletionReport) -> str:
    kinds = (
        (report.chunks, "passage"),
        (report.vectors, "vector"),
        (report.artifacts, "artifact"),
        (report.quotes, "quote"),
    )
    gone = _parts(*kinds) or ("The entry" if report.kept else "Everything known of it")
    if report.remaining:
        return f"{gone} removed, but a search of every store still found {report.remaining:,}. Delete again."
    if report.kept:
        rest = "that" if len(report.kept) == 1 else "those"
        return f"{gone} removed. Kept: {holders(report.kept)}. Delete {rest} too and nothing is left."
    return f"{gone} removed. A search of every store found nothing left."


def _parts(*kinds: tuple[int, str]) -> str:
    words = [f"{number:,} {name}{'' if number == 1 else 's'}" for number, name in kinds if number]
    return ", ".join(words[:-1]) + f" and {words[-1]}" if len(words) > 1 else "".join(words)


class DeletionNote(QFrame):
    """Signals:
    confirmed: the sources to delete.
    closed: kept, or the report was read.
    """

    confirmed = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "note", (14, 12, 14, 12), 8)
        give_role(self, "alert")
        self._sources: tuple[Source, ...] = ()
        self._head = Fact("warn", "", "stop", "ui", 600, size=16, wrap=True)
        self._words = Words("", "small", 400, "ink2", wrap=True)
        self._delete = Button("Delete", pressed=lambda: self.confirmed.emit(self._sources))
        self._keep = Button("Keep", pressed=self.closed.emit)
        fill(self, self._head, self._words, row(self._keep, self._delete, STRETCH, space=6))
        self.hide()

    @property
    def asking(self) -> bool:
        return not self.isHidden() and not self._delete.isHidden()

    def ask(self, sources: tuple[Source, ...], kept: tuple[SameText, ...] = ()) -> None:
        """Say what would go. The keyboard is on Keep."""
        self._sources = sources
        self._dress("stop", "stop", f"Delete {subject(sources)}?", what_goes(sources, kept))
        self._delete.show()
        self._delete.setEnabled(True)
        self._keep.setText("Keep")
        self.show()
        self._keep.setFocus(Qt.FocusReason.PopupFocusReason)
        announce(self, self.accessibleName(), at_once=True)

    def working(self) -> None:
        self._delete.setEnabled(False)

    def report(self, report: DeletionReport) -> None:
        """Say what went, and the proof."""
        gone = not report.remaining
        verb = "is" if len(self._sources) == 1 else "are"
        words = f"{subject(self._sources)} {verb} {'gone' if gone else 'not wholly gone'}"
        self._dress("vouch" if gone else "stop", "check" if gone else "warn", words, what_went(report))
        self._delete.setVisible(not gone)
        self._delete.setEnabled(True)
        self._keep.setText("Close")
        self.show()
        announce(self, self.accessibleName())

    def _dress(self, tone: str, icon: str, title: str, words: str) -> None:
        self.setProperty("tone", tone)
        self.style().unpolish(self)
        self.style().polish(self)
        self._head.set_fact(icon, title, tone)
        self._words.setText(words)
        self.setAccessibleName(f"{title}{'' if title.endswith('?') else '.'} {words}")

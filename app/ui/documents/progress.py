"""The reading that goes on: how far, how long still, how each file ended, and how to pause or stop it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.documents import Outcome, ReadingProgress
from app.ui.accessibility import announce
from app.ui.figures import left, plural
from app.ui.parts.buttons import Button, IconButton
from app.ui.parts.layout import STRETCH, clear, dress, fill, row
from app.ui.parts.measures import ProgressLine, Ring
from app.ui.parts.words import Elided, Fact, Icon, Words

CALM = "Files already read can be asked about. Reading pauses while an answer is written."
_COUNTED = {
    Outcome.INDEXED: ("check", "vouch", "indexed"),
    Outcome.UNCHANGED: ("check", "vouch", "unchanged"),
    Outcome.DUPLICATE: ("copyof", "ink2", "duplicate"),
    Outcome.NEEDS_PASSWORD: ("key", "warn", "with a password"),
    Outcome.NO_TEXT: ("eye", "warn", "without text"),
    Outcome.UNSUPPORTED: ("unsupported", "ink2", "of a format not read"),
    Outcome.REFUSED: ("stop", "stop", "refused"),
    Outcome.FAILED: ("warn", "stop", "not read"),
}


def speed(progress: ReadingProgress) -> str:
    """``31 passages per second``; empty while nothing moves."""
    rate = progress.chunks_per_second
    if rate < 0.1 or progress.paused or progress.finished:
        return ""
    return f"{rate:.0f} passages per second" if rate >= 10 else f"{rate:.1f} passages per second"


def pace(progress: ReadingProgress) -> str:
    """``about 6 minutes left  ·  31 passages per second``, or why it rests."""
    if progress.finished:
        return ""
    if progress.paused:
        return progress.paused
    return "  ·  ".join(x for x in (left(progress.seconds_left), speed(progress)) if x)


def count(progress: ReadingProgress) -> str:
    """How far, in words."""
    of = f"{progress.done:,} of {plural(progress.total, 'file')}"
    if not progress.finished:
        rests = "Resting" if progress.yielding else "Paused" if progress.paused else ""
        return f"{rests} at {of}" if rests else f"Reading {of}"
    return f"Stopped after {of}" if progress.done < progress.total else f"Read {plural(progress.done, 'file')}"


def _held(progress: ReadingProgress) -> bool:
    """Paused by the person, not by a question."""
    return bool(progress.paused) and not progress.yielding


class RunNote(QFrame):
    """Counting, running, paused, done; hidden when there is nothing to say. The oldest run that goes on is shown.

    Signals:
        pause_wanted, resume_wanted, stop_wanted: run id.
        changed: something of it changed, also whether it is there.
    """

    pause_wanted = Signal(str)
    resume_wanted = Signal(str)
    stop_wanted = Signal(str)
    changed = Signal()

    def __init__(self, *, buttons: bool = True) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "note", (16, 12, 12, 13), 9)
        self.setAccessibleName("Reading")
        self._buttons = buttons
        self._runs: dict[str, ReadingProgress] = {}
        self._done: ReadingProgress | None = None
        self._counting = False
        self._quarter = 0
        self._ring = Ring(16)
        self._mark = Icon("check", "vouch", 16)
        self._head = Words("", "ui", 600)
        self._pace = Elided("", "ui", 400, "ink2")
        self.pause = Button("Pause", "small", pressed=self.toggle)
        self.stop = Button("Stop", "small", pressed=self._stop)
        self._close = IconButton("close", "Close", pressed=self._away)
        self.line = ProgressLine("Reading")
        self._facts = row(space=16)
        self._below = Elided(CALM, "small", 400, "ink2")
        top = row(self._ring, self._mark, self._head, self._pace, self.pause, self.stop, self._close, space=10)
        self._under = row(self.line, margins=(0, 0, 4, 0))
        fill(self, top, self._under, self._facts, self._below)
        self._show()

    @property
    def progress(self) -> ReadingProgress | None:
        """The run on show, while it goes on."""
        return next(iter(self._runs.values()), None)

    @property
    def running(self) -> bool:
        return bool(self._runs)

    def wait(self) -> None:
        """Files were handed over; nobody knows yet how many."""
        self._counting, self._done = True, None
        self._show()

    def give_up(self) -> None:
        """They were not taken."""
        self._counting = False
        self._show()

    def show_progress(self, progress: ReadingProgress) -> None:
        self._counting = False
        if progress.finished:
            self._runs.pop(progress.run, None)
            self._quarter = 0
            self._done = progress if progress.total else None
            announce(self, count(progress))
        else:
            self._done = None
            self._runs[progress.run] = progress
        self._show()

    def toggle(self) -> None:
        """Pause, or go on. What rests for a question is paused, so that it stays so after the answer."""
        now = self.progress
        if now is not None:
            (self.resume_wanted if _held(now) else self.pause_wanted).emit(now.run)

    def _stop(self) -> None:
        if self.progress is not None:
            self.stop_wanted.emit(self.progress.run)

    def _away(self) -> None:
        self._done = None
        self._show()

    def _show(self) -> None:
        now = self.progress
        shown = now or self._done
        going = now is not None or self._counting
        rests = now is not None and bool(now.paused)
        self.setVisible(shown is not None or self._counting)
        self._ring.setVisible(going and not rests)
        self._mark.setVisible(not going or rests)
        self.pause.setVisible(self._buttons and now is not None)
        self.stop.setVisible(self._buttons and now is not None)
        self._close.setVisible(self._buttons and not going)
        self._under.setVisible(going)
        self._below.setVisible(self._buttons and going)
        self._head.setText("Counting files" if shown is None else count(shown))
        self._pace.set_text("" if shown is None else pace(shown))
        self.line.show_progress(shown.done if shown else 0, shown.total if shown else 1)
        clear(self._facts)
        if shown is not None:
            self._fill(shown)
        self.changed.emit()

    def _fill(self, shown: ReadingProgress) -> None:
        whole = shown.finished and shown.done >= shown.total
        icon = "check" if whole else "halt" if shown.finished else "pause"
        self._mark.set_icon(icon, "vouch" if whole else "ink2")
        self.pause.setText("Resume" if _held(shown) else "Pause")
        self.line.setAccessibleName(count(shown))
        for outcome, (mark, tone, words) in _COUNTED.items():
            if shown.outcomes.get(outcome):
                fill(self._facts, Fact(mark, f"{shown.outcomes[outcome]:,} {words}", tone))
        fill(self._facts, STRETCH)
        self._facts.setVisible(bool(shown.outcomes))
        quarter = 4 * shown.done // max(shown.total, 1)
        if not shown.finished and quarter > self._quarter:
            self._quarter = quarter
            announce(self, ", ".join(x for x in (count(shown), pace(shown).replace("  ·  ", ", ")) if x))

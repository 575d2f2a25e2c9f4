"""A run of reading: how far, how long still, how each file ended so far."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.documents import Outcome, ReadingProgress
from app.ui import figures
from app.ui.accessibility import announce
from app.ui.documents.outcomes import SHOWN
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, clear, dress, fill, row
from app.ui.parts.measures import ProgressLine, Ring
from app.ui.parts.words import Elided, Fact, Words


class RunNote(QFrame):
    """Hidden when nothing is read.

    Signals:
        pause_wanted, resume_wanted, stop_wanted: run id.
    """

    pause_wanted = Signal(str)
    resume_wanted = Signal(str)
    stop_wanted = Signal(str)

    def __init__(self, *, buttons: bool = True) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "note", (16, 12, 12, 13), 9)
        self._progress: ReadingProgress | None = None
        self._ring = Ring(16)
        self._head = Words("", "ui", 600)
        self._rate = Words("", "ui", 400, "ink2")
        self._pause = Button("Pause", "small", pressed=self.toggle)
        self._stop = Button("Stop", "small", pressed=lambda: self._tell(self.stop_wanted))
        self._line = ProgressLine("Reading")
        self._facts = row(space=16)
        self._current = Elided("", "small", 400, "ink2", middle=True)
        self._quarter = 0
        for button in (self._pause, self._stop):
            button.setVisible(buttons)
        fill(self, row(self._ring, self._head, self._rate, STRETCH, self._pause, self._stop, space=10))
        fill(self, row(self._line, margins=(0, 0, 4, 0)), self._facts, self._current)
        self.hide()

    @property
    def running(self) -> bool:
        return self._progress is not None and not self._progress.finished

    def toggle(self) -> None:
        """Pause, or go on."""
        if self._progress is not None:
            self._tell(self.resume_wanted if self._progress.paused else self.pause_wanted)

    def show_progress(self, progress: ReadingProgress) -> None:
        self._progress = progress
        self.setVisible(not progress.finished)
        verb = "Paused at" if progress.paused else "Reading"
        self._head.setText(f"{verb} {progress.done:,} of {figures.plural(progress.total, 'file')}")
        rate = f"{progress.chunks_per_second:.0f} chunks per second" if progress.chunks_per_second >= 1 else ""
        told = progress.paused or "  ·  ".join(x for x in (figures.left(progress.seconds_left), rate) if x)
        self._rate.setText(told)
        self._ring.setVisible(not progress.paused)
        self._pause.setText("Go on" if progress.paused else "Pause")
        self._line.show_progress(progress.done, progress.total)
        self._current.set_text(progress.current)
        clear(self._facts)
        for outcome, count in sorted(progress.outcomes.items(), key=lambda pair: list(Outcome).index(pair[0])):
            shown = SHOWN[outcome]
            fill(self._facts, Fact(shown.icon, f"{count:,} {shown.counted}", shown.tone))
        fill(self._facts, STRETCH)
        quarter = 4 * progress.done // max(progress.total, 1)
        if quarter > self._quarter:
            announce(self, self._head.text())
        self._quarter = quarter

    def _tell(self, signal: object) -> None:
        if self._progress is not None:
            signal.emit(self._progress.run)  # type: ignore[attr-defined]

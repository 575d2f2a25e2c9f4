"""A model file on its way in."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.events import AdmissionChanged
from app.ui.accessibility import announce
from app.ui.parts.layout import dress, fill, row
from app.ui.parts.measures import ProgressLine, Ring
from app.ui.parts.words import Elided, Words

_STAGES = {
    "downloading": "Downloading",
    "copying": "Copying the file",
    "checking": "Checking the structure, without running it",
    "loading": "First load, shut off from everything",
    "done": "Admitted",
    "refused": "Refused",
}
_MEASURED = {"downloading", "copying"}


class AdmissionNote(QFrame):
    """Stage, name, progress. Hidden when nothing is on its way."""

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "note", (14, 10, 14, 12), 8)
        self.stage = Words("", "ui", 600)
        self._name = Elided("", "ui", 400, "ink2", middle=True)
        self._part = Words("", "small", 400, "ink2")
        self.line = ProgressLine("Admission")
        self._last = ""
        fill(self, row(Ring(16), self.stage, self._name, self._part, space=10), self.line)
        self.hide()

    def show_stage(self, event: AdmissionChanged) -> None:
        """Only stages that can tell how far they are show it."""
        words = _STAGES[event.stage]
        self.stage.setText(words)
        self._name.set_text(event.name)
        told = event.stage in _MEASURED
        self._part.setText(f"{event.fraction * 100:.0f} %" if told else "")
        self.line.setVisible(told)
        self.line.show_progress(event.fraction, 1.0)
        self.setAccessibleName(f"{event.name}: {words}")
        self.setVisible(event.stage not in {"done", "refused"})
        if event.stage != self._last:
            self._last = event.stage
            announce(self, f"{event.name}: {words}")

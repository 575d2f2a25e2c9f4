"""A model file on its way in."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.events import AdmissionChanged
from app.ui.accessibility import announce
from app.ui.parts.layout import STRETCH, dress, fill, row
from app.ui.parts.measures import ProgressLine, Ring
from app.ui.parts.words import Elided, Words

_STAGES = {
    "copying": "Copying the file",
    "checking": "Checking the file and its SHA-256",
    "loading": "First load, shut off from everything",
    "done": "Admitted",
    "refused": "Refused",
}


class AdmissionNote(QFrame):
    """Stage, name, progress. Hidden when nothing is on its way."""

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "note", (14, 10, 14, 12), 8)
        self._stage = Words("", "ui", 600)
        self._name = Elided("", "ui", 400, "ink2", middle=True)
        self._line = ProgressLine("Admission")
        self._last = ""
        fill(self, row(Ring(16), self._stage, self._name, STRETCH, space=10), self._line)
        self.hide()

    def show_stage(self, event: AdmissionChanged) -> None:
        self._stage.setText(_STAGES[event.stage])
        self._name.set_text(event.name)
        self._line.show_progress(event.fraction, 1.0)
        self.setVisible(event.stage not in {"done", "refused"})
        if event.stage != self._last:
            self._last = event.stage
            announce(self, f"{event.name}: {_STAGES[event.stage]}")

"""The model: the starter that lies ready, or a file of one's own; checked before it is ever used."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge, SetupState
from app.domain.events import AdmissionChanged
from app.domain.model import ModelCard, ModelState
from app.kernel.errors import Known
from app.ui.files import choose_files
from app.ui.first_run.key import show_failure
from app.ui.models.admission import AdmissionNote
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, clear, column, dress, fill, row
from app.ui.parts.words import Words

MODEL_FILES = "Model files (*.gguf)"


class ModelBody(QWidget):
    """Signals:
    done: a model is in use.
    skipped: later.
    """

    done = Signal()
    skipped = Signal()

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 12)
        self._bridge = bridge
        self._starter = ""
        self._said = Words("", "ui", 400, "ink2", wrap=True)
        self._use = Button("Use it", "act", pressed=self._use_or_choose)
        self._other = Button("Choose another…", pressed=self._choose)
        self._skip = Button("Skip", pressed=self.skipped.emit)
        self._note = AdmissionNote()
        self._problem = column()
        hint = Words(
            "The file is checked without being run, then loaded shut off from everything.",
            "small",
            400,
            "ink3",
            wrap=True,
        )
        fill(
            self, self._said, hint, self._note, self._problem, row(STRETCH, self._skip, self._other, self._use, space=8)
        )
        bridge.admission_changed.connect(self._moved)

    def show_state(self, state: SetupState) -> None:
        self._starter = state.starter_model
        name = Path(state.starter_model).stem
        ready = (
            f"A starter model lies ready: {name}."
            if state.starter_model
            else "Choose a model file (GGUF) that you have."
        )
        self._said.setText(ready)
        self._use.setText("Use it" if state.starter_model else "Choose a file…")
        self._other.setVisible(bool(state.starter_model))

    def _use_or_choose(self) -> None:
        if self._starter:
            self._add(Path(self._starter))
        else:
            self._choose()

    def _choose(self) -> None:
        choose_files(self, "Choose a model file", MODEL_FILES, lambda paths: self._add(paths[0]))

    def _add(self, path: Path) -> None:
        clear(self._problem)
        self._busy(on=True)
        self._note.show_stage(AdmissionChanged(name=path.name, stage="checking", fraction=0))
        self._bridge.add_model(path).then(self._added, self._failed)

    def _moved(self, event: AdmissionChanged) -> None:
        if not self._use.isEnabled():
            self._note.show_stage(event)

    def _added(self, card: ModelCard) -> None:
        if card.state is ModelState.REFUSED:
            why = Known("carrel.model.refused", f"Refused: {card.reason}", "Choose another file.")
            self._failed(why)
            return
        self._bridge.use_model(card.id).then(self._used, self._failed)

    def _used(self, _none: None) -> None:
        self._busy(on=False)
        self.done.emit()

    def _failed(self, why: Known) -> None:
        self._busy(on=False)
        show_failure(self._problem, why)

    def _busy(self, *, on: bool) -> None:
        for button in (self._use, self._other):
            button.setEnabled(not on)
        if not on:
            self._note.hide()

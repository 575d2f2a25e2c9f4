"""The folder: files are read in place and never changed; reading goes on behind."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.documents import Collection, Label
from app.domain.events import ReadingChanged
from app.kernel.errors import Known
from app.ui.documents.progress import RunNote
from app.ui.files import choose_folder
from app.ui.first_run.key import caption, show_failure
from app.ui.parts.buttons import Button
from app.ui.parts.choice import label_choice
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, row
from app.ui.parts.words import Words


class FolderBody(QWidget):
    """Signals:
    done: go on; the collection's id is ``collection``.
    skipped: later.
    """

    done = Signal()
    skipped = Signal()

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 12)
        self._bridge = bridge
        self._folder: Path | None = None
        self.collection = ""
        self._path = QLineEdit()
        self._path.setReadOnly(True)
        self._path.setPlaceholderText("No folder chosen")
        self._path.setAccessibleName("Folder")
        self._choose = Button("Choose…", pressed=self._ask)
        self._label = label_choice()
        self._run = RunNote(buttons=False)
        self._problem = column()
        self._hint = Words("", "small", 400, "ink2")
        self._go = Button("Read it", "act", pressed=self._go_on)
        self._skip = Button("Skip", pressed=self.skipped.emit)
        said = Words(
            "Choose a folder to ask about. Files are read in place and never changed.", "ui", 400, "ink2", wrap=True
        )
        where = row(caption("Folder"), Grow(self._path), self._choose, space=8)
        sets = Words("Sets who may see answers from it", "small", 400, "ink3")
        label = row(caption("Label"), self._label, STRETCH, sets, space=8)
        buttons = row(self._hint, STRETCH, self._skip, self._go, space=8)
        fill(self, said, where, label, self._run, self._problem, buttons)
        bridge.reading_changed.connect(self._moved)
        self._update()

    def _ask(self) -> None:
        choose_folder(self, "Choose a folder to ask about", self.take_folder)

    def take_folder(self, folder: Path) -> None:
        self._folder = folder
        self._path.setText(" / ".join(folder.parts[-2:]))
        self._path.setToolTip(str(folder))
        self._update()

    def _go_on(self) -> None:
        if self.collection:
            self.done.emit()
            return
        if self._folder is None:
            self._ask()
            return
        clear(self._problem)
        self._go.setEnabled(False)
        label = Label(self._label.value())
        self._bridge.new_collection(self._folder.name or "Documents", label).then(self._made, self._failed)

    def _made(self, collection: Collection) -> None:
        self.collection = collection.id
        if self._folder is not None:
            self._bridge.add_documents((self._folder,), collection.id, collection.label).or_else(self._failed)
        self._update()

    def _failed(self, why: Known) -> None:
        show_failure(self._problem, why)
        self._update()

    def _moved(self, event: ReadingChanged) -> None:
        if event.progress.collection == self.collection:
            self._run.show_progress(event.progress)
            self._run.show()

    def _update(self) -> None:
        started = bool(self.collection)
        for widget in (self._choose, self._label):
            widget.setEnabled(not started)
        self._go.setText("Continue" if started else "Read it")
        self._go.setEnabled(started or self._folder is not None)
        self._hint.setText("You can go on; reading continues behind." if started else "")

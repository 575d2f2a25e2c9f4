"""From files somebody points at to a run that reads them: ask where they go, make the collection, start."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QDropEvent

from app.bridge.desk import DeskBridge
from app.bridge.places import PlaceList
from app.domain.documents import Collection
from app.domain.events import Problem
from app.kernel.errors import Known
from app.ui.documents.add_sheet import Adding, AddSheet
from app.ui.documents.progress import RunNote


class Intake(QObject):
    """Signals:
    closed: the sheet went, whatever for.
    begun: id of the collection that files go into, or that was made.
    """

    closed = Signal()
    begun = Signal(str)

    def __init__(self, bridge: DeskBridge, places: PlaceList, sheet: AddSheet, run: RunNote) -> None:
        super().__init__()
        self._bridge, self._places, self._sheet, self._run = bridge, places, sheet, run
        sheet.accepted.connect(self._add)
        sheet.cancelled.connect(self.cancel)

    def offer(self, paths: tuple[Path, ...], collection: str) -> None:
        """Ask where ``paths`` go, ``collection`` first; without any, what a new collection is called."""
        self._sheet.open(paths, self._places.collections, collection)

    def cancel(self) -> None:
        self._sheet.hide()
        self.closed.emit()

    def _add(self, adding: Adding) -> None:
        if adding.collection:
            self._read(adding, adding.collection)
            return
        made = self._bridge.new_collection(adding.name, adding.label)
        made.then(lambda collection: self._made(collection, adding), owner=self)

    def _made(self, collection: Collection, adding: Adding) -> None:
        self._places.show_collections((*self._places.collections, collection))
        if adding.paths:
            self._read(adding, collection.id)
        else:
            self.cancel()
            self.begun.emit(collection.id)

    def _read(self, adding: Adding, collection: str) -> None:
        self.cancel()
        self.begun.emit(collection)
        self._run.wait()
        self._bridge.add_documents(adding.paths, collection, adding.label).or_else(self._not_read)

    def _not_read(self, why: Known) -> None:
        self._run.give_up()
        self._bridge.problem.emit(Problem(code=why.code, message=why.message, hint=why.hint))


def dropped(event: QDropEvent) -> tuple[Path, ...]:
    """The files and folders of a drop; anything else in it is left."""
    return tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())

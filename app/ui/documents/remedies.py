"""What can be done about a source: read it again, open its folder, show what it duplicates, delete it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.bridge.desk import DeskBridge
from app.bridge.outcomes import SourceRow, verdict
from app.domain.documents import Source
from app.ui.documents.progress import RunNote
from app.ui.documents.side import RightSide
from app.ui.documents.table import SourcesView


class Remedies(QObject):
    """Acts on the rows that are chosen in the table, or on the one whose remedy was pressed.

    Signals:
        right_wanted: there is something to read in the right column.
        details_wanted: the keyboard belongs there too.
    """

    right_wanted = Signal()
    details_wanted = Signal()

    def __init__(self, bridge: DeskBridge, table: SourcesView, right: RightSide, run: RunNote) -> None:
        super().__init__()
        self._bridge, self._table, self._right, self._run = bridge, table, right, run
        table.remedy_wanted.connect(self.apply)
        right.details.remedy_wanted.connect(self.apply)
        right.details.delete_wanted.connect(self.delete)

    def apply(self, row: SourceRow) -> None:
        """Do what the row offers."""
        source = row.source
        if source is None:
            return
        match verdict(row).remedy:
            case "again":
                self._again((source,))
            case "folder":
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(source.path).parent)))
            case "original":
                self._show_original(source)
            case "details":
                self.details_wanted.emit()
            case "delete":
                self._ask_delete((source,))

    def read_again(self) -> None:
        self._again(self._table.chosen())

    def delete(self) -> None:
        """The report first: what would go."""
        shown = self._right.source
        self._ask_delete(self._table.chosen() or ((shown,) if shown is not None else ()))

    def _again(self, sources: tuple[Source, ...]) -> None:
        for source in sources:
            self._bridge.read_again(source.id)
        if sources:
            self._run.wait()

    def _show_original(self, source: Source) -> None:
        at = self._table.row_of(source.duplicate_of or "")
        if at >= 0:
            self._table.choose(at)
        elif source.duplicate_of:
            found = self._bridge.source(source.duplicate_of)
            found.then(lambda original: self._right.show_row(SourceRow(original.name, original)), owner=self)
            self.right_wanted.emit()

    def _ask_delete(self, sources: tuple[Source, ...]) -> None:
        if sources:
            self.right_wanted.emit()
            self._right.ask_delete(sources)

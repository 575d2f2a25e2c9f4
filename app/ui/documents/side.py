"""The right column: details of a source, a passage on its page, and deletion with its report."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from app.bridge.desk import DeskBridge
from app.bridge.outcomes import SourceRow
from app.domain.documents import DeletionReport, Passage, SameText, Source
from app.domain.events import Problem, SourceChanged
from app.kernel.errors import Known
from app.ui.chats.evidence import Evidence
from app.ui.documents.details import Details


class RightSide(QStackedWidget):
    """Signals:
    closed: the person wants it away.
    deleted: sources are gone; the report is on show.
    """

    closed = Signal()
    deleted = Signal()

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._asked: tuple[Source, ...] = ()
        self.details = Details(bridge)
        self.evidence = Evidence(bridge)
        self.addWidget(self.details)
        self.addWidget(self.evidence)
        self.details.closed.connect(self.closed)
        self.evidence.closed.connect(self.closed)
        self.details.deletion.confirmed.connect(self._delete)
        bridge.source_changed.connect(self._source_changed)

    @property
    def empty(self) -> bool:
        """Nothing is on show."""
        return self.currentWidget() is self.details and self.details.empty

    @property
    def source(self) -> Source | None:
        return self.details.row.source if self.details.row is not None else None

    def show_row(self, row: SourceRow | None) -> None:
        self._asked = ()
        self.setCurrentWidget(self.details)
        self.details.show_row(row)

    def show_passage(self, passage: Passage) -> None:
        self.setCurrentWidget(self.evidence)
        self.evidence.show_passage(passage)

    def ask_delete(self, sources: tuple[Source, ...]) -> None:
        """The report first: what would go, and what others would keep."""
        self._asked = sources
        found = self._bridge.same_text(tuple(source.id for source in sources))
        found.then(lambda kept: self._ask(sources, kept), owner=self)

    def _ask(self, sources: tuple[Source, ...], kept: tuple[SameText, ...]) -> None:
        """Unless something else was wanted meanwhile."""
        if self._asked is sources:
            self.setCurrentWidget(self.details)
            self.details.deletion.ask(sources, kept)

    def forget(self) -> None:
        """Show nothing of any document."""
        self.details.deletion.hide()
        self.show_row(None)
        self.evidence.show_nothing()

    def leave_deletion(self) -> bool:
        """Keep what was to be deleted, or put the report away; True if there was either."""
        was = self.details.deletion.isVisible()
        self._asked = ()
        self.details.deletion.hide()
        if was:
            self.details.show_row(self.details.row)
        return was

    def _delete(self, sources: tuple[Source, ...]) -> None:
        self.details.deletion.working()
        deleted = self._bridge.delete_sources(tuple(source.id for source in sources))
        deleted.then(self._deleted, self._not_deleted)

    def _deleted(self, report: DeletionReport) -> None:
        self.details.deletion.report(report)
        self.details.show_row(None)
        self.deleted.emit()

    def _not_deleted(self, why: Known) -> None:
        self.details.deletion.hide()
        self._bridge.problem.emit(Problem(code=why.code, message=why.message, hint=why.hint))

    def _source_changed(self, event: SourceChanged) -> None:
        shown = self.source
        if shown is not None and shown.id == event.source.id:
            self.details.page.forget()
            self.details.show_row(SourceRow(event.source.name, event.source))

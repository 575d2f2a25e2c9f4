"""What stands in the middle: sources under their chips, passages that were found, or why there is nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.bridge.places import Place
from app.bridge.sources import SourceTable
from app.ui.documents.chips import Chips
from app.ui.documents.nothing import Nothing
from app.ui.documents.results import Results
from app.ui.documents.table import SourcesView
from app.ui.parts.layout import Grow, column

GAP = 10


class Middle(QStackedWidget):
    """One of three at a time."""

    def __init__(self, sources: SourceTable, add: Callable[[], object]) -> None:
        super().__init__()
        self._sources = sources
        self.chips = Chips()
        self.table = SourcesView(sources)
        self.results = Results()
        self.nothing = Nothing(add)
        self._list = column(self.chips, Grow(self.table))
        for part in (self._list, self.results, self.nothing):
            self.addWidget(part)

    @property
    def finding(self) -> bool:
        """Passages are on show."""
        return self.currentWidget() is self.results

    @property
    def listing(self) -> bool:
        """Sources are on show."""
        return self.currentWidget() is self._list

    @property
    def front(self) -> QWidget:
        """What takes the keyboard."""
        if self.finding:
            return self.results.view
        return self.table if self.listing else self.nothing

    def show_results(self) -> None:
        self.setCurrentWidget(self.results)

    def leave_results(self) -> None:
        self.setCurrentWidget(self._list)

    def settle(self, place: Place, *, checking: bool, reading: bool) -> None:
        """The table where there are rows, else why there are none; passages stay until they are left."""
        if self.finding:
            return
        chips = place.kind in {"all", "collection"}
        self.chips.setVisible(chips)
        self._list.setContentsMargins(0, 0 if chips else GAP, 0, 0)
        empty = not self._sources.rowCount() and not self._sources.fetching
        if empty:
            self.nothing.say(place, checking=checking, reading=reading)
        self.setCurrentWidget(self.nothing if empty else self._list)

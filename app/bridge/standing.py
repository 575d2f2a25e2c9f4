"""Look at every file once: is it still the one that was read?"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.bridge.desk import DeskBridge, SourcePage
from app.bridge.outcomes import SourceRow, Standing
from app.domain.documents import Source
from app.kernel.errors import Known

PAGE = 200
AT_ONCE = 8


class StandingCheck(QObject):
    """Goes through all sources, a few at a time, as long as it is wanted.

    Signals:
        went_on: files looked at, files in all.
        ended: the rows that are changed or gone.
    """

    went_on = Signal(int, int)
    ended = Signal(object)

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._round = 0
        self._reset()

    @property
    def running(self) -> bool:
        return self._running

    def _reset(self) -> None:
        self._waiting: list[Source] = []
        self._found: dict[str, SourceRow] = {}
        self._order: list[str] = []
        self._offset = self._total = self._looked = self._under_way = 0
        self._all_listed = self._running = False

    def start(self) -> None:
        """Begin anew."""
        self._round += 1
        self._reset()
        self._running = True
        self._list()

    def stop(self) -> None:
        self._round += 1
        self._reset()

    def _list(self) -> None:
        mine = self._round
        page = self._bridge.sources(None, None, "", self._offset, PAGE)
        page.then(lambda found: self._take(mine, found), lambda why: self._failed(mine, why), owner=self)

    def _take(self, mine: int, page: SourcePage) -> None:
        if mine != self._round:
            return
        self._offset += len(page.rows)
        self._total = page.total
        self._all_listed = self._offset >= page.total or not page.rows
        self._waiting += page.rows
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting and self._under_way < AT_ONCE:
            self._look(self._waiting.pop(0))
        if self._waiting or self._under_way:
            return
        if not self._all_listed:
            self._list()
            return
        self._running = False
        self.ended.emit(tuple(self._found[key] for key in self._order if key in self._found))

    def _look(self, source: Source) -> None:
        mine = self._round
        self._under_way += 1
        self._order.append(source.id)
        state = self._bridge.source_state(source.id)
        state.then(lambda how: self._seen(mine, source, how), lambda _why: self._seen(mine, source, "same"), owner=self)

    def _seen(self, mine: int, source: Source, how: Standing) -> None:
        if mine != self._round:
            return
        self._under_way -= 1
        self._looked += 1
        if how != "same" and source.sha256:
            self._found[source.id] = SourceRow(source.name, source, standing=how)
        self.went_on.emit(self._looked, self._total)
        self._go_on()

    def _failed(self, mine: int, _why: Known) -> None:
        if mine == self._round:
            self._all_listed = True
            self._go_on()

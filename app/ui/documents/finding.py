"""Search without asking: passages nearest to a few words. Of several searches only the last is heard."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from app.bridge.desk import DeskBridge
from app.bridge.places import Place
from app.domain.documents import Collection, SearchResult
from app.domain.messages import Scope

MOST = 20


class Search(QObject):
    """Signals:
    found: the words, the name of the place, the ``SearchResult``.
    """

    found = Signal(str, str, object)

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._asked = 0

    def look(self, words: str, place: Place, collections: tuple[Collection, ...]) -> None:
        """In the collection of ``place``, or in all ``collections`` where it is none."""
        self._asked += 1
        asked = self._asked
        within = (place.collection,) if place.collection else tuple(found.id for found in collections)
        name = place.name if place.collection else "all sources"
        result = self._bridge.search(words, Scope(collections=within), MOST)
        result.then(lambda answer: self._take(asked, words, name, answer), owner=self)

    def forget(self) -> None:
        """Whatever is on its way is not wanted any more."""
        self._asked += 1

    def _take(self, asked: int, words: str, place: str, result: SearchResult) -> None:
        if asked == self._asked:
            self.found.emit(words, place, result)

"""The bar over the sources: which place, its label, search without asking, and how to add."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.bridge.places import Place
from app.domain.documents import Label
from app.ui import theme
from app.ui.parts.buttons import Button, IconButton
from app.ui.parts.layout import STRETCH, dress, fill
from app.ui.parts.search import SearchBox
from app.ui.parts.words import Elided, Tag

SEARCH, SEARCH_NARROW, WIDE_FROM = 220, 160, 640


class SearchField(SearchBox):
    """Signals:
    entered: Enter or Down, with what stands in it.
    left: it was emptied.
    """

    entered = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__("Search without asking")
        self.textChanged.connect(lambda text: None if text.strip() else self.left.emit())

    def set_wide(self, *, wide: bool) -> None:
        """As wide as there is room; the words in the empty field are never cut."""
        self.setFixedWidth(theme.px(SEARCH if wide else SEARCH_NARROW))
        self.setPlaceholderText(self.accessibleName() if wide else "Search")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down} and self.text().strip():
            self.entered.emit(self.text().strip())
        else:
            super().keyPressEvent(event)


class DocumentsHeader(QWidget):
    def __init__(self, add_folder: Callable[[], object], add_files: Callable[[], object]) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "head", (20, 0, 18, 0), 8)
        self.setFixedHeight(52)
        self.title = Elided("All sources", "head", 600, grow=False)
        self._tag = Tag(Label.INTERNAL)
        self._tag.hide()
        self.search = SearchField()
        self._files = IconButton("attach", "Add files…", tone="ink2", pressed=add_files)
        self._add = Button("Add folder…", "act", "plus", pressed=add_folder)
        fill(self, self.title, 2, self._tag, STRETCH, self.search, self._files, self._add)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The name of the place comes before the width of the field."""
        super().resizeEvent(event)
        self.search.set_wide(wide=self.width() >= theme.px(WIDE_FROM))

    def show_place(self, place: Place) -> None:
        self.title.set_text(place.name)
        self._tag.setVisible(place.label is not None)
        if place.label is not None:
            self._tag.set_label(place.label)

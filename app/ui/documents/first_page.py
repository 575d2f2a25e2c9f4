"""The first page of a source, small: drawn where it has pages, laid out from its text where it has none."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.bridge.desk import DeskBridge
from app.domain.documents import PagePicture, Source
from app.kernel.errors import Known
from app.ui.chats.paper import Paper, sheet_of
from app.ui.chats.text_paper import lay_out, parts_of

WIDEST = 220
_SHAPE = 1.414


class FirstPage(QWidget):
    """As tall as an upright page, whatever the page is like; hidden where there is nothing to show."""

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._source = ""
        self._paper = Paper()
        self._paper.setParent(self)
        self.setFixedHeight(round(WIDEST * _SHAPE))
        self.hide()

    def show_source(self, source: Source) -> None:
        """Draw it; the answer of a source that is no longer on show is dropped."""
        if source.id == self._source:
            return
        self._source = source.id
        pages = source.kind == "pdf" and bool(source.pages)
        self.setVisible(pages or source.chunks > 0)
        if pages:
            self._paper.show_words("")
            self._bridge.page_picture(source.id, 0, round(WIDEST * self.devicePixelRatioF())).then(
                lambda picture: self._draw(source, picture), lambda why: self._cannot(source, why), owner=self
            )
        elif source.chunks:
            self._paper.show_words("")
            self._bridge.source_text(source.id).then(
                lambda text: self._lay_out(source, text), lambda why: self._cannot(source, why), owner=self
            )

    def forget(self) -> None:
        """Draw anew next time: the file was read again."""
        self._source = ""

    def _draw(self, source: Source, picture: PagePicture) -> None:
        if source.id == self._source:
            self._paper.show_sheet(sheet_of(picture, 0), f"First page of {source.name}")
            self._place()

    def _lay_out(self, source: Source, text: str) -> None:
        if source.id == self._source:
            ratio = max(WIDEST * self.devicePixelRatioF() / 760, 0.5)
            sheet = lay_out(text, parts_of(text)[0], (), 0, ratio, "1")
            self._paper.show_sheet(sheet, f"Beginning of {source.name}")
            self._place()

    def _cannot(self, source: Source, why: Known) -> None:
        if source.id == self._source:
            self._paper.show_words(why.message)
            self._place()

    def _place(self) -> None:
        high = self.height()
        wide = min(WIDEST, self.width())
        if self._paper.height_for(wide) > high:
            wide = max(round(wide * high / self._paper.height_for(wide)), 60)
        self._paper.setGeometry((self.width() - wide) // 2, 0, wide, min(self._paper.height_for(wide), high))
        self._paper.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

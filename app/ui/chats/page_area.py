"""The page in its scroll area: opens centred on the quote, zooms, and says how wide a picture it wants."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent

from app.ui.chats.paper import Paper, Sheet
from app.ui.parts.scroll import Scroll

ZOOMS = (1.0, 1.25, 1.5, 2.0, 2.5)
SIDE = 8
SETTLE_MS = 150


class PageArea(Scroll):
    """Signals:
    width_wanted: pictures of another width would be sharper, device pixels.
    """

    width_wanted = Signal(int)

    def __init__(self) -> None:
        self.paper = Paper()
        super().__init__(self.paper)
        self.setWidgetResizable(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Page")
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._zoom = 0
        self._centred = -1
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(lambda: self.width_wanted.emit(self.device_width()))

    @property
    def zoom(self) -> float:
        return ZOOMS[self._zoom]

    def device_width(self) -> int:
        """How wide a picture should be to be sharp here."""
        return max(200, round((self._paper_width() - 12) * self.devicePixelRatioF()))

    def zoom_by(self, step: int) -> None:
        """One step in or out; 0 fits the width."""
        seen = self._in_sight(self.viewport().height())
        self._zoom = min(max(self._zoom + step, 0), len(ZOOMS) - 1) if step else 0
        self._place(centre=seen)
        self._settle.start()

    def show_sheet(self, sheet: Sheet, name: str, *, centre: bool) -> None:
        """Show a page; ``centre`` brings the open quote to the middle."""
        self.paper.show_sheet(sheet, name)
        if centre:
            self._centred = sheet.current
        self._place(centre=centre)

    def _paper_width(self) -> int:
        return round((self.viewport().width() - 2 * SIDE) * self.zoom)

    def _place(self, *, centre: bool) -> None:
        wide = max(120, self._paper_width())
        self.paper.resize(wide, self.paper.height_for(wide))
        if centre:
            self._centre()

    def _quote(self) -> QRectF:
        """Where the open quote stands on the paper; nothing where it has none."""
        whole = QRectF()
        for box in self.paper.mark_boxes(max(self._centred, 0)):
            whole = whole.united(box)
        return whole

    def _in_sight(self, height: int) -> bool:
        """Some of the open quote is seen in a view of this height; else the person went elsewhere on the page."""
        quote, top = self._quote(), self.verticalScrollBar().value()
        return not quote.isEmpty() and quote.bottom() > top and quote.top() < top + height

    def _centre(self) -> None:
        whole = self._quote()
        middle = whole.center().y()
        self.verticalScrollBar().setValue(int(middle - self.viewport().height() / 2))
        self.horizontalScrollBar().setValue(int(whole.center().x() - self.viewport().width() / 2))

    def resizeEvent(self, event: QResizeEvent) -> None:
        seen = self._in_sight(event.oldSize().height())
        super().resizeEvent(event)
        self._place(centre=seen)
        if event.size().width() != event.oldSize().width():
            self._settle.start()

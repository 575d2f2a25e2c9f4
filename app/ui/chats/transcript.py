"""The transcript of one chat: its exchanges, the last forty built, the earlier ones on demand."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.messages import Exchange
from app.ui.chats.exchange import ExchangeView
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, Centred, column, dress, fill, measure
from app.ui.parts.scroll import Scroll

KEPT = 40


class Transcript(QWidget):
    """Signals:
    quote_opened: exchange id, number of the quote.
    passage_opened: exchange id, ``Passage``.
    copy_wanted, again_wanted, edit_wanted: exchange id.
    read_again: source id.
    """

    quote_opened = Signal(str, int)
    passage_opened = Signal(str, object)
    copy_wanted = Signal(str)
    again_wanted = Signal(str)
    edit_wanted = Signal(str)
    read_again = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self.setAccessibleName("Transcript")
        self.views: dict[str, ExchangeView] = {}
        self._earlier: list[Exchange] = []
        self._more = Button("Show earlier", "small", "up", pressed=self._show_earlier)
        self._column = column()
        self._top = column(Centred(self._more), margins=(0, 0, 0, 12))
        whole = column(self._top, self._column)
        inner = column(measure(whole), margins=(32, 20, 32, 12))
        box = inner.layout()
        if isinstance(box, QVBoxLayout):
            box.addStretch(1)
        self.area = Scroll(inner)
        fill(self, self.area)
        self._follow = True
        bar = self.area.verticalScrollBar()
        bar.rangeChanged.connect(self._range_changed)
        bar.valueChanged.connect(self._scrolled)
        self._top.hide()

    def show_exchanges(self, exchanges: tuple[Exchange, ...]) -> None:
        """Show another chat, from its end."""
        for view in self.views.values():
            view.hide()
            view.deleteLater()
        self.views.clear()
        self._earlier = list(exchanges[:-KEPT])
        self._follow = True
        for exchange in exchanges[-KEPT:]:
            self.add(exchange)
        self._top.setVisible(bool(self._earlier))
        QTimer.singleShot(0, self, self.area.to_end)

    def add(self, exchange: Exchange) -> ExchangeView:
        """Append one exchange."""
        view = self._view(exchange)
        fill(self._column, view)
        return view

    def drop_from(self, exchange: str) -> None:
        """Take out an exchange and all after it: it is answered anew."""
        ids = list(self.views)
        if exchange in ids:
            for gone in ids[ids.index(exchange) :]:
                view = self.views.pop(gone)
                view.hide()
                view.deleteLater()

    def last(self) -> ExchangeView | None:
        return next(reversed(self.views.values()), None)

    def follow(self) -> None:
        """Stay at the end from now on."""
        self._follow = True
        self.area.to_end()

    def _view(self, exchange: Exchange) -> ExchangeView:
        view = ExchangeView(exchange)
        mine = exchange.id
        view.quote_opened.connect(lambda number: self.quote_opened.emit(mine, number))
        view.passage_opened.connect(lambda passage: self.passage_opened.emit(mine, passage))
        view.copy_wanted.connect(lambda: self.copy_wanted.emit(mine))
        view.again_wanted.connect(lambda: self.again_wanted.emit(mine))
        view.edit_wanted.connect(lambda: self.edit_wanted.emit(mine))
        view.read_again.connect(self.read_again)
        self.views[mine] = view
        return view

    def _show_earlier(self) -> None:
        some, self._earlier = self._earlier[-KEPT:], self._earlier[:-KEPT]
        layout = self._column.layout()
        after = dict(self.views)
        self.views.clear()
        if isinstance(layout, QVBoxLayout):
            for at, exchange in enumerate(some):
                layout.insertWidget(at, self._view(exchange))
        self.views.update(after)
        self._top.setVisible(bool(self._earlier))

    def _range_changed(self, _low: int, high: int) -> None:
        if self._follow:
            self.area.verticalScrollBar().setValue(high)

    def _scrolled(self, value: int) -> None:
        self._follow = value >= self.area.verticalScrollBar().maximum() - 40

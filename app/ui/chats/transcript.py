"""The transcript of one chat: its last forty exchanges, the newest built at once, older ones as time allows."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.messages import Exchange
from app.ui.chats.artifact import Toolroom
from app.ui.chats.exchange import ExchangeView
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, Centred, column, dress, fill, measure
from app.ui.parts.scroll import Scroll

KEPT = 40
AT_ONCE = 3


class Transcript(QWidget):
    """Signals:
    quote_opened: exchange id, number of the quote.
    passage_opened: exchange id, ``Passage``.
    copy_wanted, again_wanted, edit_wanted, go_on_wanted: exchange id.
    reply_chosen, reply_wanted: to the question back that is the last of this chat.
    read_again: source id.
    """

    quote_opened = Signal(str, int)
    passage_opened = Signal(str, object)
    copy_wanted = Signal(str)
    again_wanted = Signal(str)
    edit_wanted = Signal(str)
    read_again = Signal(str)
    reply_chosen = Signal(str)
    reply_wanted = Signal()
    go_on_wanted = Signal(str)

    def __init__(self, room: Toolroom | None = None) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self.setAccessibleName("Transcript")
        self._room = room
        self.views: dict[str, ExchangeView] = {}
        self._earlier: list[Exchange] = []
        self._coming: list[Exchange] = []
        self._held, self._placing = ("", 0), False
        self._build = QTimer(self)
        self._build.setInterval(0)
        self._build.timeout.connect(self._build_next)
        self._more = Button("Show earlier", "small", "up", pressed=self._show_earlier)
        self._column = column()
        self._top = column(Centred(self._more), margins=(0, 0, 0, 12))
        whole = column(self._top, self._column)
        inner = self._inner = column(measure(whole), margins=(32, 20, 32, 12))
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
        self._follow = True
        self._earlier, self._coming = list(exchanges[:-KEPT]), list(exchanges[-KEPT:-AT_ONCE])
        for exchange in exchanges[-AT_ONCE:]:
            self.add(exchange)
        self._top.setVisible(bool(self._earlier))
        self._build.start()
        QTimer.singleShot(0, self, self.area.to_end)

    @property
    def building(self) -> bool:
        """Older exchanges are still to come."""
        return bool(self._coming)

    def add(self, exchange: Exchange) -> ExchangeView:
        """Append one exchange."""
        self._set_last(on=False)
        view = self._view(exchange)
        fill(self._column, view)
        return view

    def drop_from(self, exchange: str) -> None:
        """Take out an exchange and all after it: it is answered anew."""
        while self._coming and exchange not in self.views:
            self._build_next()
        ids = list(self.views)
        if exchange in ids:
            for gone in ids[ids.index(exchange) :]:
                view = self.views.pop(gone)
                view.hide()
                view.deleteLater()
        self._set_last(on=True)

    def file_changed(self, source: str) -> None:
        """Quotes of a source whose file is another by now say so, and offer to read it again."""
        for view in self.views.values():
            view.file_changed(source)

    def last(self) -> ExchangeView | None:
        return next(reversed(self.views.values()), None)

    def follow(self) -> None:
        """Stay at the end from now on."""
        self._follow = True
        self.area.to_end()

    def _set_last(self, *, on: bool) -> None:
        last = self.last()
        if last is not None:
            last.set_last(on=on)

    def _view(self, exchange: Exchange) -> ExchangeView:
        view = ExchangeView(exchange, self._room)
        mine = exchange.id
        view.quote_opened.connect(lambda number: self.quote_opened.emit(mine, number))
        view.passage_opened.connect(lambda passage: self.passage_opened.emit(mine, passage))
        view.copy_wanted.connect(lambda: self.copy_wanted.emit(mine))
        view.again_wanted.connect(lambda: self.again_wanted.emit(mine))
        view.edit_wanted.connect(lambda: self.edit_wanted.emit(mine))
        view.read_again.connect(self.read_again)
        view.reply_chosen.connect(self.reply_chosen)
        view.reply_wanted.connect(self.reply_wanted)
        view.go_on_wanted.connect(lambda: self.go_on_wanted.emit(mine))
        self.views[mine] = view
        return view

    def _show_earlier(self) -> None:
        self._coming, self._earlier = self._earlier[-KEPT:], self._earlier[:-KEPT]
        self._follow = False
        self._take_hold()
        self._build.start()

    def _build_next(self) -> None:
        """One older exchange, above the others; what is being read stays where it is."""
        layout = self._column.layout()
        if not self._coming or not isinstance(layout, QVBoxLayout):
            self._build.stop()
            if self._more.hasFocus():
                self.area.setFocus()  # hidden with the focus, it would hand it on and the area would scroll after it
            self._top.setVisible(bool(self._earlier))
            return
        after = dict(self.views)
        self.views.clear()
        view = self._view(self._coming.pop())
        view.set_last(on=False)
        self.views.update(after)
        layout.insertWidget(0, view)

    def _range_changed(self, _low: int, high: int) -> None:
        if self._follow:
            self._go_to(high)
        else:
            QTimer.singleShot(0, self, self._hold)

    def _scrolled(self, value: int) -> None:
        if not self._placing:
            self._follow = value >= self.area.verticalScrollBar().maximum() - 40
            self._take_hold()

    def _take_hold(self) -> None:
        """Remember what is being read and where it stands."""
        at = self.area.verticalScrollBar().value()
        for key, view in self.views.items():
            top = self._top_of(view)
            if top + view.height() > at:
                self._held = (key, top - at)
                return

    def _hold(self) -> None:
        """Whatever grew above or below: bring what was being read back to where it stood."""
        key, offset = self._held
        if not self._follow and key in self.views:
            self._go_to(self._top_of(self.views[key]) - offset)

    def _go_to(self, value: int) -> None:
        self._placing = True
        self.area.verticalScrollBar().setValue(value)
        self._placing = False

    def _top_of(self, view: ExchangeView) -> int:
        return view.mapTo(self._inner, QPoint(0, 0)).y()

"""Evidence: the page a quote stands on, whether the file is still the one that was read, and all that was read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.documents import Label, PagePicture, Passage, Source, Span
from app.domain.messages import Exchange, Quote, QuoteState
from app.kernel.errors import Known
from app.ui.chats.answer_text import kept_quotes
from app.ui.chats.page_area import PageArea
from app.ui.chats.paper import sheet_of
from app.ui.chats.quote import with_stale
from app.ui.chats.reading_list import ReadingList
from app.ui.chats.tabs import Tabs
from app.ui.chats.text_paper import lay_out, part_with, parts_of
from app.ui.parts.buttons import Button, IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, head, hr, row
from app.ui.parts.notes import Empty
from app.ui.parts.words import Elided, Fact, Icon, Tag, Words

_STATES = {
    "same": ("verified", "Same as the file on disk", "vouch"),
    "changed": ("stale", "File changed after it was read", "warn"),
    "gone": ("stop", "The file is no longer there", "warn"),
}


@dataclass(frozen=True)
class Spot:
    """One place in a source: a quote or a passage."""

    source: str
    path: str
    title: str
    page: int | None
    span: Span
    text: str
    label: Label
    number: int = 0


def spot_of(found: Quote | Passage) -> Spot:
    number = found.number if isinstance(found, Quote) else 0
    return Spot(found.source, found.path, found.title, found.page, found.span, found.text, found.label, number)


class Evidence(QWidget):
    """Signals:
    quote_shown: exchange id, number of the quote on show, 0 for a passage.
    file_changed: the source on show, whose file is another than was read.
    closed: the person wants it away.
    """

    quote_shown = Signal(str, int)
    file_changed = Signal(str)
    closed = Signal()

    def __init__(self, bridge: DeskBridge, tabs: Tabs | None = None) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self.setAccessibleName("Evidence")
        self._bridge = bridge
        self._exchange: Exchange | None = None
        self._spot: Spot | None = None
        self._source: Source | None = None
        self._text: tuple[str, str] = ("", "")
        self._page = 0
        self._asked = 0
        self._centre = True
        self._which = Words("", "small", 400, "ink2")
        self._before = IconButton("left", "Previous quote", tone="ink", pressed=lambda: self.step(-1))
        self._after = IconButton("right", "Next quote", tone="ink", pressed=lambda: self.step(1))
        self._close = IconButton("close", "Close evidence", pressed=self.closed.emit)
        self._name = Elided("", "ui", 600, middle=True)
        self._tag = Tag(Label.INTERNAL)
        self._place = Words("", "small", 400, "ink2")
        self._state = Fact("wait", "", "ink2", weight=500)
        self._fit = Words("Fit width", "small", 400, "ink2")
        out = IconButton("zoomout", "Zoom out", pressed=lambda: self.zoom(-1))
        into = IconButton("zoomin", "Zoom in", pressed=lambda: self.zoom(1))
        first = row(Icon("pdf"), Grow(self._name), self._tag, space=8)
        second = row(self._place, Words("·", "small", 400, "ink3"), self._state, STRETCH, out, self._fit, into, space=6)
        self._info = column(first, second, margins=(18, 12, 14, 6), space=3)
        self.area = PageArea()
        self.area.width_wanted.connect(lambda _width: self._redraw())
        self._list = ReadingList()
        self._list.opened.connect(self.show_passage)
        self._owner = Elided("", "small", 400, "ink3")
        self._open = Button("Open file", "quiet", "open", pressed=self.open_file)
        self._foot = row(Grow(self._owner), self._open, margins=(18, 4, 10, 6), space=8)
        self._empty = column(
            STRETCH,
            Empty(
                "eye",
                "Nothing is open",
                "Press a quote or a passage, and its page is shown here with the words marked.",
                ground="clear",
            ),
            STRETCH,
            margins=(24, 0, 24, 0),
        )
        top = head(
            tabs or Words("Evidence", "ui", 600),
            STRETCH,
            self._which,
            self._before,
            self._after,
            self._close,
            margins=(18, 0, 8, 0),
        )
        self._rules = (hr(), hr())
        body = column(self.area, margins=(6, 0, 6, 0))
        self._body = column(self._info, Grow(body), self._rules[0], self._list, self._rules[1], self._foot)
        fill(self, top, Grow(self._empty), Grow(self._body))
        self.show_nothing()

    # -- what is shown
    def show_nothing(self) -> None:
        self._exchange = self._spot = None
        self._body.hide()
        self._empty.show()
        self._which.setText("")
        self._before.setEnabled(False)
        self._after.setEnabled(False)

    def show_quote(self, exchange: Exchange, number: int) -> None:
        """Open a quote on its page."""
        quotes = exchange.answer.quotes if exchange.answer is not None else ()
        for quote in quotes:
            if quote.number == number and quote.state is not QuoteState.REMOVED:
                self._exchange = exchange
                self._show(spot_of(quote))

    def show_passage(self, passage: Passage, exchange: Exchange | None = None) -> None:
        """Open a passage that was read; if it gave a quote, that quote."""
        if exchange is not None:
            self._exchange = exchange
        answer = self._exchange.answer if self._exchange is not None else None
        for quote in answer.quotes if answer is not None else ():
            if quote.chunk == passage.chunk and self._exchange is not None:
                self.show_quote(self._exchange, quote.number)
                return
        self._show(spot_of(passage))

    def step(self, by: int) -> None:
        """The next or previous quote of the same answer."""
        numbers = [quote.number for quote in self._quotes()]
        if not numbers or self._exchange is None:
            return
        now = self._spot.number if self._spot is not None else 0
        at = numbers.index(now) + by if now in numbers else 0
        self.show_quote(self._exchange, numbers[at % len(numbers)])

    def turn_page(self, by: int) -> None:
        """Another page of the same document."""
        if self._spot is None:
            return
        last = self._last_page()
        wanted = min(max(self._page + by, 0), last)
        if wanted != self._page:
            self._page, self._centre = wanted, False
            self.area.verticalScrollBar().setValue(0)
            self._redraw()

    def zoom(self, step: int) -> None:
        self.area.zoom_by(step)
        self._fit.setText("Fit width" if self.area.zoom == 1.0 else f"{self.area.zoom:.0%}".replace("%", " %"))

    def open_file(self) -> None:
        """Hand the file to the program that opens such files."""
        if self._spot is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._spot.path))))

    def _quotes(self) -> tuple[Quote, ...]:
        answer = self._exchange.answer if self._exchange is not None else None
        return kept_quotes(answer) if answer is not None else ()

    def _show(self, spot: Spot) -> None:
        self._spot, self._source, self._centre = spot, None, True
        self._page = spot.page or 0
        self._empty.hide()
        self._body.show()
        numbers = [quote.number for quote in self._quotes()]
        many = len(numbers) > 1
        where = f"Quote {numbers.index(spot.number) + 1} of {len(numbers)}" if spot.number in numbers else "Passage"
        self._which.setText(where)
        self._before.setEnabled(many)
        self._after.setEnabled(many)
        self._name.set_text(spot.title)
        self._tag.set_label(spot.label)
        self._state.set_fact("wait", "Comparing with the file", "ink2")
        self._owner.set_text("")
        self._list.show_answer(self._exchange.answer if self._exchange is not None else None, spot.number)
        self._rules[1].setVisible(self._list.isVisibleTo(self))
        self.area.paper.show_words("Drawing the page")
        self._say_place()
        mine = spot
        self._bridge.source(spot.source).then(lambda found: self._take_source(mine, found), self._no_source, owner=self)
        state = self._bridge.source_state(spot.source)
        state.then(lambda how: self._take_state(mine, how), self._no_state, owner=self)
        self._redraw()
        if self._exchange is not None:
            self.quote_shown.emit(self._exchange.id, spot.number)

    def _take_source(self, spot: Spot, source: Source) -> None:
        if spot is not self._spot:
            return
        self._source = source
        self._say_place()
        read = source.read_at.astimezone()
        owner = f"Owner: {source.owner}  ·  " if source.owner else ""
        verb = "read" if owner else "Read"
        self._owner.set_text(f"{owner}{verb} {read.day} {read:%b %Y, %H:%M}")

    def _no_source(self, problem: Known) -> None:
        self._owner.set_text(problem.message)

    def _take_state(self, spot: Spot, state: str) -> None:
        if spot is self._spot:
            self._state.set_fact(*_STATES[state])
            self._open.setEnabled(state != "gone")
            if state == "changed":
                self._no_longer_vouched(spot)

    def _no_longer_vouched(self, spot: Spot) -> None:
        exchange = self._exchange
        if exchange is not None and exchange.answer is not None:
            answer = with_stale(exchange.answer, spot.source)
            self._exchange = exchange.model_copy(update={"answer": answer})
            self._list.show_answer(answer, spot.number)
        self.file_changed.emit(spot.source)

    def _no_state(self, problem: Known) -> None:
        self._state.set_fact("warn", problem.message, "warn")

    # -- drawing
    def _last_page(self) -> int:
        if self._spot is not None and self._spot.page is None:
            return len(parts_of(self._text[1])) - 1
        return (self._source.pages or 1) - 1 if self._source is not None else self._page

    def _say_place(self) -> None:
        count = self._last_page() + 1
        word = "Page" if self._spot is not None and self._spot.page is not None else "Part"
        known = self._source is not None and count > 1
        self._place.setText(f"{word} {self._page + 1} of {count}" if known else f"{word} {self._page + 1}")

    def _redraw(self) -> None:
        if self._spot is None:
            return
        self._asked += 1
        asked, spot = self._asked, self._spot
        if spot.page is None:
            if self._text[0] == spot.source:
                self._draw_text(asked, self._text[1])
            else:
                text = self._bridge.source_text(spot.source)
                text.then(lambda found: self._draw_text(asked, found), self._cannot_draw, owner=self)
            return
        marked = tuple(q for q in self._quotes() if q.source == spot.source and q.page == self._page)
        texts = tuple(q.text for q in marked) or ((spot.text,) if self._page == spot.page else ())
        current = next((at for at, q in enumerate(marked) if q.number == spot.number), -1 if marked else 0)
        if current < 0 and self._page == spot.page:
            texts, current = (*texts, spot.text), len(texts)
        picture = self._bridge.page_picture(spot.source, self._page, self.area.device_width(), texts)
        picture.then(lambda found: self._draw(asked, found, current), self._cannot_draw, owner=self)

    def _draw(self, asked: int, picture: PagePicture, current: int) -> None:
        if asked == self._asked and self._spot is not None:
            self.area.show_sheet(sheet_of(picture, current), self._page_name(), centre=self._centre)
            self._centre = False
            self._say_place()

    def _draw_text(self, asked: int, text: str) -> None:
        spot = self._spot
        if asked != self._asked or spot is None:
            return
        parts = parts_of(text)
        if self._text[0] != spot.source or self._centre:
            self._page = part_with(parts, spot.span.start)
        self._text = (spot.source, text)
        marked = [q for q in self._quotes() if q.source == spot.source]
        spans = tuple(q.span for q in marked) or (spot.span,)
        current = next((at for at, q in enumerate(marked) if q.number == spot.number), -1 if marked else 0)
        if current < 0:
            spans, current = (*spans, spot.span), len(spans)
        ratio = max(self.area.device_width() / 760, 1.0)
        sheet = lay_out(text, parts[self._page], spans, current, ratio, f"{self._page + 1}")
        self.area.show_sheet(sheet, self._page_name(), centre=self._centre)
        self._centre = False
        self._say_place()

    def _cannot_draw(self, problem: Known) -> None:
        self.area.paper.show_words(f"{problem.message} {problem.hint}")

    def _page_name(self) -> str:
        spot = self._spot
        if spot is None:
            return "Page"
        quoted = f"Quote: {spot.text}" if self._page == (spot.page or self._page) else ""
        return f"{spot.title}, {self._place.text()}. {quoted}"

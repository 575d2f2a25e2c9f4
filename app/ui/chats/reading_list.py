"""What was read for an answer: each passage, which quotes it gave, where it stands."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.documents import Passage
from app.domain.messages import Answer
from app.ui.chats.quote import mark_state
from app.ui.figures import plural
from app.ui.parts.buttons import RowButton
from app.ui.parts.layout import STRETCH, Gap, Grow, clear, column, dress, fill, row
from app.ui.parts.marks import Mark
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Elided, Icon, Words

ROWS_SHOWN = 4
ROW = 28
WIDEST_PLACE = 176


class ReadingList(QWidget):
    """Signals:
    opened: a ``Passage``.
    """

    opened = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", (8, 8, 8, 6), 0)
        self.setAccessibleName("Read for this answer")
        self._count = Words("", "caption", 400, "ink3")
        title = row(Words("Read for this answer", "caption", 600, "ink3"), STRETCH, self._count, margins=(10, 0, 14, 4))
        self._rows = column()
        self._area = Scroll(self._rows)
        fill(self, title, self._area)

    def show_answer(self, answer: Answer | None, open_quote: int) -> None:
        """List what was read; the passage of the open quote stands out."""
        read = answer.read if answer is not None else ()
        self.setVisible(bool(read))
        clear(self._rows)
        if answer is None:
            return
        given = {quote.chunk for quote in answer.quotes}
        ordered = sorted(read, key=lambda passage: passage.chunk not in given)
        self._count.setText(f"{len(given)} of {plural(len(read), 'passage')} quoted")
        for passage in ordered:
            fill(self._rows, self._row(answer, passage, open_quote))
        self._area.setFixedHeight(min(len(read), ROWS_SHOWN) * ROW)

    def _row(self, answer: Answer, passage: Passage, open_quote: int) -> RowButton:
        quotes = [quote for quote in answer.quotes if quote.chunk == passage.chunk]
        marks: list[QWidget] = [Mark(q.number, mark_state(q, opened=q.number == open_quote)) for q in quotes]
        on = any(quote.number == open_quote for quote in quotes)
        heading = passage.heading_path[-1] if passage.heading_path else " ".join(passage.text.split())[:90]
        where = f", p. {passage.page + 1}" if passage.page is not None else ""
        place = Elided(passage.title, "small", 400, "ink2", middle=True, grow=False, tail=where, right=True)
        place.setMaximumWidth(WIDEST_PLACE)
        left = row(*marks, space=3) if marks else Gap(17, 17)
        title = Elided(heading, "small", 500 if on else 400, "ink")
        spoken = f"Quotes {', '.join(str(q.number) for q in quotes)}, " if quotes else ""
        state = None
        if quotes:
            stale = any(mark_state(quote) == "stale" for quote in quotes)
            state = Icon("stale" if stale else "verified", "warn" if stale else "vouch", 14)
        name = f"{spoken}{heading}, {passage.title}{where}"
        return RowButton(
            left,
            Grow(title),
            place,
            state or Gap(14, 14),
            name=name,
            height=ROW,
            margins=(8, 0, 12, 0),
            pressed=lambda: self.opened.emit(passage),
        )

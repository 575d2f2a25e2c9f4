"""Searching without asking: passages, nothing written by a model."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.documents import Passage, SearchResult
from app.ui import theme
from app.ui.figures import plural
from app.ui.parts.buttons import Button, RowButton
from app.ui.parts.layout import NONE, STRETCH, Grow, block, clear, column, dress, fill, row
from app.ui.parts.scroll import Scroll
from app.ui.parts.text import TextBlock, escaped
from app.ui.parts.words import Tag, Words, citation

SHOWN_CHARACTERS = 420


class Hits(QWidget):
    """Signals:
    opened: a ``Passage``.
    closed: back to the list.
    """

    opened = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self._said = Words("", "ui", 600)
        self._rows = column(margins=(20, 4, 20, 12), space=8)
        back = Button("Back to the list", "small", pressed=self.closed.emit)
        whole = column(self._rows, STRETCH)
        fill(self, row(self._said, STRETCH, back, margins=(20, 12, 20, 8), space=8), Grow(Scroll(whole)))

    def show_result(self, query: str, found: SearchResult) -> None:
        clear(self._rows)
        count = plural(len(found.hits), "passage")
        self._said.setText(
            f"{count} for “{query}”, {found.seconds.total * 1000:.0f} ms"
            if found.hits
            else f"Nothing found for “{query}”."
        )
        for passage in found.hits:
            fill(self._rows, self._hit(passage))

    def _hit(self, passage: Passage) -> QWidget:
        text = " ".join(passage.text.split())
        cut = text[:SHOWN_CHARACTERS] + (" …" if len(text) > SHOWN_CHARACTERS else "")
        words = TextBlock(f"<p>{escaped(cut)}</p>", family=theme.SERIF, line=22, name="Passage")
        place = f", page {passage.page + 1}" if passage.page is not None else ""
        line = RowButton(
            citation(passage.title, passage.page),
            Tag(passage.label),
            name=f"Open {passage.title}{place}",
            kind="line",
            height=24,
            pressed=lambda: self.opened.emit(passage),
        )
        return block(words, line, name="card", margins=(14, 10, 12, 8), space=4)

"""A page that is one column under a head: Tools, Activity, Settings."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.page import Page
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, head, measure
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Words

WIDEST = 820


class PlainPage(Page):
    """Attributes:
    body: the column.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self.said = Words("", "ui", 400, "ink2")
        self.body = column(space=8)
        inner = column(measure(self.body, WIDEST, centred=False), STRETCH, margins=(28, 18, 28, 16))
        top = head(Words(title, "head", 600), self.said, STRETCH, margins=(28, 0, 18, 0))
        fill(self, top, Grow(Scroll(inner)))

    def panes(self) -> tuple[QWidget, ...]:
        return (self.body,)

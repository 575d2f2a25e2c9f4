"""Lines of figures under one another: titles, figures and what they are counted against each begin at one edge."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.ui import theme
from app.ui.activity.measured import Line
from app.ui.parts.layout import NONE, dress
from app.ui.parts.words import Elided, Words

TITLE_WIDTH, FIGURE_WIDTH = 172, 64


class FigureTable(QWidget):
    """A line is read out whole: its title's name says figure, count and meaning."""

    def __init__(self, lines: list[Line]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        dress(self, grid, "clear", NONE, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(2, 1)
        self._grid = grid
        self.retheme()
        for at, line in enumerate(lines):
            title = Words(line.title, "small", 400, "ink2")
            title.setAccessibleName(f"{line.title}: {line.figure}, {line.against}. Counted: {line.meaning}")
            figure = Words(line.figure, "small", 600)
            figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for words in (title, figure):
                words.setToolTip(line.meaning)
            grid.addWidget(title, at, 0)
            grid.addWidget(figure, at, 1)
            grid.addWidget(Elided(line.against, "small", 400, "ink3"), at, 2)

    def retheme(self) -> None:
        self._grid.setColumnMinimumWidth(0, theme.px(TITLE_WIDTH))
        self._grid.setColumnMinimumWidth(1, theme.px(FIGURE_WIDTH))


class EventTable(QWidget):
    """When, what, and its particulars."""

    def __init__(self, rows: list[tuple[str, str, str]]) -> None:
        super().__init__()
        grid = QGridLayout(self)
        dress(self, grid, "clear", NONE, 0)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(2, 2)
        for at, (when, what, particulars) in enumerate(rows):
            time = Words(when, "small", 400, "ink3")
            time.setAccessibleName(f"{when}: {what}. {particulars}".strip())
            grid.addWidget(time, at, 0)
            grid.addWidget(Elided(what, "small", 500), at, 1)
            grid.addWidget(Elided(particulars, "small", 400, "ink3"), at, 2)

"""What runs now and what went wrong since the window was opened."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.events import Problem, Status, StatusChanged, StatusItem
from app.ui.parts.layout import NONE, STRETCH, Grow, block, clear, column, dress, fill, row
from app.ui.parts.words import Caption, Elided, Fact, Words
from app.ui.status import LOOKS

KEPT = 100
_ITEMS = {
    "model": "Model",
    "memory": "Memory",
    "index": "Documents",
    "network": "Network",
    "sandbox": "Sandbox",
    "encryption": "Encryption",
}


class NowPane(QWidget):
    """Problems are kept in memory only; nothing of their words is written. Out of sight it does no work but keep them."""

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 8)
        self._bridge = bridge
        self._problems: list[tuple[datetime, Problem]] = []
        self._now = column(space=6)
        self._lines = {name: column() for name in _ITEMS}
        self._items: dict[str, StatusItem] = {}
        self._past = column(space=6)
        now = block(Words("Now", "ui", 600), self._now, name="card", margins=(16, 13, 14, 13), space=8)
        past = block(
            Words("Problems since the start", "ui", 600), self._past, name="card", margins=(16, 13, 14, 13), space=8
        )
        fill(self, now, past, STRETCH)
        fill(self._now, *self._lines.values())
        bridge.status_changed.connect(self._changed)
        bridge.problem.connect(self._heard)
        self._show_problems()

    def renew(self) -> None:
        self._items = {}
        self._bridge.status().then(self._take)

    def _changed(self, event: StatusChanged) -> None:
        if self.isVisible():
            self._take(event.status)

    def _take(self, status: Status) -> None:
        """Only the lines that read differently are made anew."""
        for name, words in _ITEMS.items():
            item: StatusItem = getattr(status, name)
            if self._items.get(name) != item:
                self._items[name] = item
                clear(self._lines[name])
                fill(self._lines[name], _line(words, item))

    def _heard(self, problem: Problem) -> None:
        self._problems = [(datetime.now().astimezone(), problem), *self._problems][:KEPT]
        self._show_problems()

    def _show_problems(self) -> None:
        clear(self._past)
        if not self._problems:
            fill(self._past, Words("None.", "small", 400, "ink2"))
        for when, problem in self._problems:
            at = Words(f"{when:%H:%M}", "small", 400, "ink3")
            said = Words(f"{problem.message} {problem.hint}", "small", 400, "ink", wrap=True)
            said.setToolTip(problem.code)
            fill(self._past, row(at, Grow(said), space=8))


def _line(name: str, item: StatusItem) -> QWidget:
    icon, tone = LOOKS[item.state]
    detail = Elided(item.detail, "small", 400, "ink3") if item.detail else None
    return row(Caption(name, 96), Fact(icon, item.text, "ink", icon_tone=tone), 12, Grow(detail) if detail else STRETCH)

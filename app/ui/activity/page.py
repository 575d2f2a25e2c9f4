"""The Activity page: Reliability, Audit, Now."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.ui.activity.audit import AuditPane
from app.ui.activity.now import NowPane
from app.ui.activity.reliability import ReliabilityPane
from app.ui.page import Page
from app.ui.parts.choice import Choice
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, head, measure
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Words
from app.ui.plain_page import WIDEST

SECTIONS = (("reliability", "Reliability"), ("audit", "Audit"), ("now", "Now"))


class ActivityPage(Page):
    """What is in front is renewed when it is shown; nothing is polled."""

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self._panes: dict[str, ReliabilityPane | AuditPane | NowPane] = {
            "reliability": ReliabilityPane(bridge),
            "audit": AuditPane(bridge),
            "now": NowPane(bridge),
        }
        self.section = Choice("Show", SECTIONS, "reliability")
        self.section.chosen.connect(self.show_section)
        self._stack = QStackedWidget()
        for pane in self._panes.values():
            inner = column(measure(pane, WIDEST, centred=False), STRETCH, margins=(28, 18, 28, 16))
            self._stack.addWidget(Scroll(inner))
        top = head(Words("Activity", "head", 600), STRETCH, self.section, margins=(28, 0, 28, 0))
        fill(self, top, Grow(self._stack))

    def show_section(self, name: str) -> None:
        """Bring a section to the front."""
        self.section.set_value(name)
        self._stack.setCurrentIndex(list(self._panes).index(name))
        self._panes[name].renew()

    def panes(self) -> tuple[QWidget, ...]:
        return (self.section, self._panes[self.section.value()])

    def shown(self) -> None:
        self._panes[self.section.value()].renew()

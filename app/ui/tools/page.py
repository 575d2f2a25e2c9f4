"""The Tools page: what is installed, what each may reach, how it did, where it may act unasked, its switch; the stop."""

from __future__ import annotations

from PySide6.QtCore import QTimer

from app.bridge.desk import DeskBridge
from app.domain.events import ListsChanged, Status, StatusChanged
from app.domain.metrics import Metrics
from app.domain.tool import StandingConsent, ToolSpec, ToolSwitches
from app.ui import figures
from app.ui.accessibility import announce
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, block, clear, column, fill, row
from app.ui.parts.notes import Empty, Note
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Fact, Words
from app.ui.plain_page import PlainPage
from app.ui.status import LOOKS
from app.ui.tools.card import ToolEntry
from app.ui.tools.installing import Installing

DAYS = 30


class ToolsPage(PlainPage):
    """Attributes:
    entries: what is shown, by the name of the tool.
    """

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__("Tools")
        self._bridge = bridge
        self._tools: tuple[ToolSpec, ...] = ()
        self._switches = ToolSwitches(stopped=False, off=())
        self._metrics = Metrics()
        self._consents: tuple[StandingConsent, ...] = ()
        self._fresh = ""
        self._due = QTimer(self)
        self._due.setSingleShot(True)
        self._due.setInterval(0)
        self._due.timeout.connect(self._show)
        self.entries: dict[str, ToolEntry] = {}
        self._halt = column()
        self._sandbox = column()
        self._list = column(space=8)
        self.installing = Installing(bridge)
        self.installing.installed.connect(self._installed)
        fill(self.body, self._halt, self._sandbox, self.installing, self._list)
        bridge.lists_changed.connect(self._lists_changed)
        bridge.status_changed.connect(self._status_changed)

    def shown(self) -> None:
        self._fetch()
        self._bridge.status().then(self._take_status)
        self._bridge.metrics(DAYS).then(self._take_metrics)

    def _fetch(self) -> None:
        self._bridge.tools().then(self._take)
        self._bridge.standing_consents().then(self._take_consents)

    def _lists_changed(self, event: ListsChanged) -> None:
        if event.what == "tools" and self.isVisible():
            self._fetch()

    def _status_changed(self, event: StatusChanged) -> None:
        self._take_status(event.status)

    def _take_status(self, status: Status) -> None:
        clear(self._sandbox)
        item = status.sandbox
        _, tone = LOOKS[item.state]
        fact = Fact("sandbox", item.text, tone, "ui", 600, size=16)
        usual = "Tools and readers of documents run shut off from files and network."
        told = Words(item.detail or usual, "small", 400, "ink2", wrap=True)
        note = block(fact, told, name="note", margins=(14, 12, 14, 12), space=4)
        note.setProperty("tone", tone if tone in {"warn", "stop"} else "plain")
        fill(self._sandbox, note)

    def _take(self, tools: tuple[ToolSpec, ...]) -> None:
        """Switches are asked for once the tools are known: one just taken in is off, and never shown otherwise."""
        self._bridge.tool_switches().then(lambda switches: self._take_switched(tools, switches))

    def _take_switched(self, tools: tuple[ToolSpec, ...], switches: ToolSwitches) -> None:
        if (tools, switches) != (self._tools, self._switches):
            self._tools, self._switches = tools, switches
            self._due.start()

    def _take_consents(self, consents: tuple[StandingConsent, ...]) -> None:
        if consents != self._consents:
            self._consents = consents
            self._due.start()

    def _take_metrics(self, metrics: Metrics) -> None:
        if metrics != self._metrics:
            self._metrics = metrics
            self._due.start()

    def _show(self) -> None:
        """Everything anew, once for all that came together; the tool that had the keyboard keeps it."""
        focused = self.window().focusWidget()
        held = next((name for name, one in self.entries.items() if focused and one.isAncestorOf(focused)), "")
        off = self._switches.off
        some = f", {len(off)} off" if off else ""
        self.said.setText(f"{figures.plural(len(self._tools), 'tool')} installed{some}")
        self._show_halt()
        clear(self._list)
        self.entries.clear()
        if not self._tools:
            fill(self._list, Empty("tools", "No tools", "None is installed."))
        found = {each.tool: each for each in self._metrics.tools}
        for tool in self._tools:
            consents = tuple(consent for consent in self._consents if consent.tool == tool.name)
            stopped = self._switches.stopped
            entry = ToolEntry(tool, found.get(tool.name), consents, on=tool.name not in off, stopped=stopped)
            entry.switched.connect(self._switch)
            entry.taken_back.connect(self._take_back)
            entry.removed.connect(self._remove)
            self.entries[tool.name] = entry
            fill(self._list, entry)
        if self._fresh in self.entries:
            held, self._fresh = self._fresh, ""
            QTimer.singleShot(0, self, lambda: self._bring(held))
        if held in self.entries:
            self.entries[held].switch.setFocus()

    def _bring(self, name: str) -> None:
        """Scroll to what was taken in, whole."""
        area = self.findChild(Scroll)
        if isinstance(area, Scroll) and name in self.entries:
            area.ensureWidgetVisible(self.entries[name])

    def _show_halt(self) -> None:
        clear(self._halt)
        if self._switches.stopped:
            said, remedy = "All tools are stopped.", "None begins until you let them run again, also after a restart."
            fill(self._halt, Note(said, remedy, "stop", action="Let tools run", pressed=self.release))
            return
        told = Words("Ends every call that runs and lets none begin.", "small", 400, "ink2")
        stop = Button("Stop all tools", "small", "halt", tone="stop", pressed=self.stop)
        fill(self._halt, row(told, STRETCH, stop, space=8))

    def stop(self) -> None:
        """The emergency stop; no question is asked first."""
        self._bridge.stop_tools().then(self._stopped)

    def _stopped(self, ended: int) -> None:
        announce(self, f"All tools are stopped. {figures.plural(ended, 'call')} ended.", at_once=True)

    def release(self) -> None:
        self._bridge.release_tools()

    def _switch(self, name: str, on: bool) -> None:
        self._bridge.switch_tool(name, on=on).or_else(lambda _why: self._due.start(), owner=self)

    def _take_back(self, conversation: str, name: str) -> None:
        self._bridge.take_back(conversation, name)

    def _remove(self, name: str) -> None:
        title = next((tool.title for tool in self._tools if tool.name == name), name)
        self._bridge.remove_tool(name).then(lambda _none: announce(self, f"{title} is removed"), owner=self)

    def _installed(self, name: str) -> None:
        """Bring the keyboard to the switch of what was taken in, as soon as it is listed."""
        self._fresh = name
        self._due.start()

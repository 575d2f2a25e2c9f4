"""The Tools page: what is installed, what each may do, how each is confined."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bridge.desk import DeskBridge
from app.domain.events import ListsChanged, Status, StatusChanged
from app.domain.tool import ToolKind, ToolSpec
from app.ui import figures
from app.ui.parts.layout import STRETCH, block, clear, column, fill, row
from app.ui.parts.notes import Empty
from app.ui.parts.words import Fact, Words
from app.ui.plain_page import PlainPage
from app.ui.theme import MONO


class ToolsPage(PlainPage):
    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__("Tools")
        self._bridge = bridge
        self._sandbox = column()
        self._list = column(space=8)
        fill(self.body, self._sandbox, self._list)
        bridge.lists_changed.connect(self._lists_changed)
        bridge.status_changed.connect(self._status_changed)

    def shown(self) -> None:
        self._bridge.tools().then(self._take)
        self._bridge.status().then(self._take_status)

    def _lists_changed(self, event: ListsChanged) -> None:
        if event.what == "tools" and self.isVisible():
            self._bridge.tools().then(self._take)

    def _status_changed(self, event: StatusChanged) -> None:
        self._take_status(event.status)

    def _take_status(self, status: Status) -> None:
        clear(self._sandbox)
        item = status.sandbox
        tone = {"good": "vouch", "busy": "ink2", "attention": "warn", "bad": "stop"}[item.state]
        fact = Fact("sandbox", item.text, tone, "ui", 600, size=16)
        told = Words(
            item.detail or "Tools and readers of documents run shut off from files and network.",
            "small",
            400,
            "ink2",
            wrap=True,
        )
        note = block(fact, told, name="note", margins=(14, 12, 14, 12), space=4)
        note.setProperty("tone", tone if tone in {"warn", "stop"} else "plain")
        fill(self._sandbox, note)

    def _take(self, tools: tuple[ToolSpec, ...]) -> None:
        clear(self._list)
        self.said.setText(f"{figures.plural(len(tools), 'tool')} installed")
        if not tools:
            fill(self._list, Empty("tools", "No tools", "None is installed."))
        for tool in tools:
            fill(self._list, self._card(tool))

    def _card(self, tool: ToolSpec) -> QWidget:
        asks = Fact("check", "Only reads", "ink2")
        if tool.kind is ToolKind.ACTION:
            asks = Fact("warn", "Changes something: asks first", "warn")
        confined = Fact(
            "sandbox", "In the sandbox" if tool.confined else "Inside Carrel", "vouch" if tool.confined else "ink2"
        )
        memory = f", {figures.size(tool.memory_bytes)}" if tool.confined else ""
        limits = f"{tool.timeout_seconds:.0f} s{memory}"
        top = row(Words(tool.title, "head", 600), Words(tool.name, "small", 400, "ink3", MONO), STRETCH, space=8)
        facts = row(asks, confined, Fact("wait", limits, "ink2"), STRETCH, space=16)
        said = Words(tool.description, "small", 400, "ink2", wrap=True)
        return block(top, said, facts, name="card", margins=(16, 13, 14, 13), space=7)

"""One tool: what it is for, what it may reach, how it did, and its switch."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout

from app.domain.metrics import Rate, ToolMetrics
from app.domain.tool import ToolKind, ToolSpec
from app.ui import figures
from app.ui.parts.layout import STRETCH, Grow, dress, fill, row
from app.ui.parts.words import Fact, Words
from app.ui.theme import MONO

_REACH = {
    "documents": "the documents of the chat",
    "files": "copies of attached files",
    "folders": "attached folders",
    "artifacts": "leaves files in the chat",
    "packages": "Python's libraries",
}


def reach(tool: ToolSpec) -> str:
    """What a tool may reach, in a sentence. There is no tool that reaches the network."""
    reached = [_REACH[name] for name in ("documents", "files", "folders", "artifacts") if name in tool.reaches]
    return f"Reaches {', '.join(reached)}. No network." if reached else "Reaches only what it is given. No network."


def _percent(rate: Rate) -> str:
    return f"{rate.share:.0%}".replace("%", " %") if rate.share is not None else ""


def reliability(found: ToolMetrics | None) -> tuple[str, ...]:
    """How calls of the last days ended; of nothing there is no rate."""
    if found is None or not found.tool_call.count:
        return ("Not called in the last 30 days",)
    told = [figures.plural(found.tool_call.count, "call")]
    if found.tool_success.of:
        told.append(f"{_percent(found.tool_success)} succeeded")
    if found.call_valid.of:
        told.append(f"{_percent(found.call_valid)} written validly")
    if found.timeout.count:
        told.append(f"{found.timeout.count:,} timed out")
    if found.denied.count:
        told.append(f"{found.denied.count:,} denied")
    if found.tool_seconds.p50 is not None and found.tool_seconds.p95 is not None:
        told.append(f"half within {found.tool_seconds.p50:.1f} s, most within {found.tool_seconds.p95:.1f} s")
    return tuple(told)


class ToolEntry(QFrame):
    """Signals:
    switched: name of the tool, and whether it is to be on.
    """

    switched = Signal(str, bool)

    def __init__(self, tool: ToolSpec, found: ToolMetrics | None, *, on: bool, stopped: bool) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", (16, 13, 14, 13), 7)
        self.switch = QCheckBox("On" if on else "Off")
        self.switch.setAccessibleName(f"{tool.title}: may be called")
        self.switch.setChecked(on)
        self.switch.setEnabled(not stopped)
        self.switch.toggled.connect(lambda wanted: self.switched.emit(tool.name, wanted))
        tone = "ink" if on and not stopped else "ink3"
        name = row(Words(tool.title, "head", 600, tone), Words(tool.name, "small", 400, "ink3", MONO), space=8)
        kind = Fact("check", "Query: only reads", "ink2")
        if tool.kind is ToolKind.ACTION:
            kind = Fact("warn", "Action: asks first", "warn")
        confined = Fact("sandbox", "In the sandbox", "vouch") if tool.confined else Fact("carrel", "In Carrel", "ink2")
        memory = f", {figures.size(tool.memory_bytes)}" if tool.confined else ""
        limits = Fact("wait", f"At most {tool.timeout_seconds:.0f} s{memory}", "ink2")
        fill(
            self,
            row(name, STRETCH, self.switch),
            Words(tool.description, "small", 400, "ink2", wrap=True),
            row(kind, confined, limits, STRETCH, space=16),
            row(Grow(Fact("nonet", reach(tool), "ink2", wrap=True))),
            row(Grow(Fact("activity", " · ".join(reliability(found)), "ink2", wrap=True))),
        )

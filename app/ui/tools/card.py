"""One tool: what it is for, what it may reach, how it did, where it may act without asking, and its switch."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.metrics import Rate, ToolMetrics
from app.domain.tool import StandingConsent, ToolKind, ToolSpec
from app.ui import figures
from app.ui.parts.buttons import Button
from app.ui.parts.check import Check
from app.ui.parts.layout import STRETCH, Grow, column, dress, fill, hr, row
from app.ui.parts.words import Elided, Fact, Icon, Words
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
    half, most = found.tool_seconds.p50, found.tool_seconds.p95
    if half is not None and most is not None:
        one = found.tool_seconds.count == 1
        told.append(
            f"took {figures.took(half)}"
            if one
            else f"half within {figures.took(half)}, most within {figures.took(most)}"
        )
    return tuple(told)


class ToolEntry(QFrame):
    """Signals:
    switched: name of the tool, and whether it is to be on.
    taken_back: conversation and name of the tool: it is to ask there again.
    removed: name of an installed tool that is to go.
    """

    switched = Signal(str, bool)
    taken_back = Signal(str, str)
    removed = Signal(str)

    def __init__(
        self,
        tool: ToolSpec,
        found: ToolMetrics | None,
        consents: tuple[StandingConsent, ...] = (),
        *,
        on: bool,
        stopped: bool,
    ) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", (16, 13, 14, 13), 7)
        self._tool = tool
        self.switch = Check("On" if on else "Off", as_wide_as=("On", "Off"))
        self.switch.setAccessibleName(f"{tool.title}: may be called")
        self.switch.setChecked(on)
        self.switch.setEnabled(not stopped)
        self.switch.toggled.connect(lambda wanted: self.switched.emit(tool.name, wanted))
        tone = "ink" if on and not stopped else "ink3"
        name = row(Words(tool.title, "head", 600, tone), Words(tool.name, "small", 400, "ink3", MONO), space=8)
        fill(
            self,
            row(name, STRETCH, self.switch),
            Words(tool.about or tool.description, "small", 400, "ink2", wrap=True),
            self._limits(),
            row(Grow(Fact("nonet", reach(tool), "ink2", wrap=True))),
            row(Grow(Fact("activity", " · ".join(reliability(found)), "ink2", wrap=True))),
            *(self._consent(consent) for consent in consents),
        )
        if tool.digest:
            self._installed()

    def _limits(self) -> QWidget:
        """What kind it is, where it runs, what it may use."""
        tool = self._tool
        kind = Fact("check", "Query: only reads", "ink2")
        if tool.kind is ToolKind.ACTION:
            kind = Fact("warn", "Action: asks first", "warn")
        confined = Fact("sandbox", "In the sandbox", "vouch") if tool.confined else Fact("carrel", "In Carrel", "ink2")
        memory = f", {tool.memory_bytes // 2**20:,} MB" if tool.confined else ""
        limits = Fact("wait", f"At most {tool.timeout_seconds:.0f} s{memory}", "ink2")
        return row(kind, confined, limits, STRETCH, space=16)

    def _consent(self, consent: StandingConsent) -> QWidget:
        """A chat in which it may act without asking, and the button that ends this."""
        back = Button(
            "Ask again",
            "small",
            pressed=lambda: self.taken_back.emit(consent.conversation, consent.tool),
            name=f"{self._tool.title}: ask again in {consent.title}",
        )
        said = Elided(f"May act in “{consent.title}” without asking", "small", 400, "warn")
        return row(Icon("warn", "warn", 14), Grow(said), back, space=5)

    def _installed(self) -> None:
        """Who brought it, what it is known by, and how it goes: asked once more, in the same place."""
        remove = Button("Remove…", "small", pressed=self._ask, name=f"Remove {self._tool.title}…")
        said = f"Installed by you, SHA-256 {self._tool.digest[:12]}…"
        self._offer = row(Icon("zip", "ink2", 14), Grow(Elided(said, "small", 400, "ink2")), remove, space=5)
        self._keep = Button("Keep", "small", pressed=self._keep_it, name=f"Keep {self._tool.title}")
        gone = Button("Remove", "small", tone="stop", pressed=lambda: self.removed.emit(self._tool.name))
        gone.setAccessibleName(f"Remove {self._tool.title} with its code")
        why = Words("Its code goes; what it made in chats stays.", "small", 500, "warn")
        self._sure = row(Icon("warn", "warn", 14), Grow(why), self._keep, gone, space=6)
        fill(self, column(hr(), margins=(0, 3, 0, 1)), self._offer, self._sure)
        self._sure.hide()

    def _ask(self) -> None:
        self._offer.hide()
        self._sure.show()
        self._keep.setFocus()

    def _keep_it(self) -> None:
        self._sure.hide()
        self._offer.show()
        self.switch.setFocus()

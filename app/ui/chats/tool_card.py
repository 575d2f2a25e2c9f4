"""A tool call as a card: what it is, where it stands, and unfolded what went in and came out."""

from __future__ import annotations

import time
from typing import Literal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.messages import ToolCall
from app.domain.tool import ErrorType, ToolError, ToolSpec
from app.ui import figures
from app.ui.accessibility import announce
from app.ui.chats.artifact import Toolroom
from app.ui.chats.remedy import BUTTONS, remedy
from app.ui.chats.tool_result import is_id, result_views, taken_apart, worded
from app.ui.chats.tool_text import ToolText, end
from app.ui.chats.unfinished import so_far
from app.ui.parts.buttons import Button, RowButton
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, hr, row
from app.ui.parts.measures import Ring
from app.ui.parts.words import Elided, Fact, Icon, Words
from app.ui.theme import MONO

CallState = Literal[
    "written", "waiting", "running", "done", "failed", "denied", "refused", "cut", "timed_out", "stopped"
]
_SHOWN: dict[CallState, tuple[str, str, str]] = {
    "written": ("pencil", "ink2", "Being written"),
    "waiting": ("wait", "warn", "Waiting for your answer"),
    "running": ("run", "ink", "Running"),
    "done": ("check", "vouch", "Done"),
    "failed": ("warn", "stop", "Failed"),
    "denied": ("stop", "ink2", "Denied"),
    "refused": ("stop", "warn", "Not allowed"),
    "cut": ("halt", "warn", "Not run"),
    "timed_out": ("wait", "stop", "Timed out"),
    "stopped": ("halt", "ink2", "Stopped"),
}
_BY_YOU = "carrel.tool.denied"
_BOUNDS = frozenset({"carrel.tool.loop", "carrel.tool.limit", "carrel.tool.turn_time"})
"""Of a turn: what comes after them is not run."""
TICK_MS = 1000


def state_of(call: ToolCall) -> CallState:
    """Where a call that is over ended."""
    if call.error is None:
        return "done"
    match call.error.error_type:
        case ErrorType.PERMISSION:
            return "denied" if call.error.error_code == _BY_YOU else "refused"
        case ErrorType.TIMEOUT:
            return "timed_out"
        case ErrorType.CANCELLED:
            return "stopped"
        case _:
            return "cut" if call.error.error_code in _BOUNDS and not call.seconds else "failed"


def _meta(state: CallState, seconds: float) -> str:
    """How long it took, or who ended it."""
    after = f"after {figures.took(seconds)}" if seconds else ""
    match state:
        case "done":
            return f"in {figures.took(seconds)}"
        case "failed" | "timed_out":
            return after
        case "stopped":
            return f"by you {after}" if after else ""
        case "denied":
            return "by you"
        case _:
            return ""


class ToolCard(QFrame):
    """Signals:
    folded: it was folded or unfolded.
    """

    folded = Signal()

    def __init__(self, tool: str, room: Toolroom | None = None) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", NONE, 0)
        self._room = room or Toolroom()
        self._title = self._room.title(tool)
        self._spec = self._room.specs.get(tool)
        self._call = ""
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._say_running)
        self.state: CallState = "written"
        self._arguments = ""
        self._written: ToolText | None = None
        self._meta = ""
        self._icon = Icon("pencil", "ink2", 14)
        self._ring = Ring(14)
        self._words = Words("", "small", 500, "ink2")
        self._arrow = Icon("right", "ink3", 14)
        mark = row(self._icon, self._ring, self._words, space=6)
        mono = Elided(tool, "small", 400, "ink3", MONO)
        parts = (Icon("tools", "ink2"), Words(self._title, "ui", 600), Grow(mono), mark, self._arrow)
        self.head = RowButton(*parts, name="", height=38, margins=(12, 0, 12, 0), pressed=self._toggle)
        self.stop = Button("Stop", "small", "halt", tone="ink", pressed=self._stop, name=f"Stop {self._title}")
        self._body = column(margins=(12, 10, 12, 12), space=8)
        self._rule = hr()
        self._beside = row(self.stop, margins=(0, 0, 8, 0))
        fill(self, row(Grow(self.head), self._beside), self._rule, self._body)
        self._unfold(on=False)
        self.set_state("written")

    def grow_arguments(self, text: str) -> None:
        """Arguments as they are written: shown, never run."""
        self._arguments += text
        if self._written is None:
            self._written = ToolText("", "What is being written")
            clear(self._body)
            fill(self._body, self._written)
            self._unfold(on=True)
        if known := worded(so_far(self._arguments)):
            self._written.text.show_text(end(known))

    def set_state(self, state: CallState, meta: str = "") -> None:
        self.state, self._meta = state, meta
        icon, tone, words = _SHOWN[state]
        running = state == "running"
        self._ring.setVisible(running)
        self._icon.setVisible(not running)
        self._icon.set_icon(icon, tone)
        self._words.setText(f"{words}  {meta}".strip())
        self._words.set_tone(tone)
        for part in (self.stop, self._beside):
            part.setVisible(running and self._room.stop is not None)
        self.stop.setEnabled(True)
        if running:
            self._room.begun.setdefault(self._call, time.monotonic())
            self._say_running()
            self._tick.start()
        else:
            self._tick.stop()
        self._speak()

    def _say_running(self) -> None:
        """How long it runs; not spoken, the head's name stays as it is."""
        ran = int(time.monotonic() - self._room.begun[self._call])
        most = f" of {self._spec.timeout_seconds:g} s" if self._spec is not None else " s"
        self._words.setText(f"{_SHOWN['running'][2]}  {ran:,}{most}")

    def _stop(self) -> None:
        self.head.setFocus()
        self.stop.setEnabled(False)
        if self._room.stop is not None:
            self._room.stop(self._call)

    def show_call(self, call: ToolCall, *, over: bool, waits: bool = False) -> None:
        """A call with its arguments: ``over`` with what came of it, else it runs, or ``waits`` for the person."""
        self._call = call.id
        state = state_of(call) if over else "waiting" if waits else "running"
        self.set_state(state, _meta(state, call.seconds))
        clear(self._body)
        self._written = None
        fill(self._body, *_argument_views(call, self._spec))
        shown = taken_apart(call) if call.result is not None else None
        if call.error is not None:
            fill(self._body, *self._error_views(call.error))
        elif shown is not None:
            fill(self._body, *result_views(shown, self._room))
        wrong = state in {"failed", "timed_out", "refused", "cut"}
        self._unfold(on=wrong or (shown is not None and bool(shown.artifacts)))
        if wrong and call.error is not None and self.isVisible():  # while it happens, not each time a chat is opened
            announce(self.head, f"{self.head.accessibleName()}. {call.error.user_message}", at_once=True)

    def _toggle(self) -> None:
        self._unfold(on=self._body.isHidden())
        self.folded.emit()

    def _unfold(self, *, on: bool) -> None:
        on = on and self._unfolds
        self._body.setVisible(on)
        self._rule.setVisible(on)
        self._arrow.setVisible(self._unfolds)
        self._arrow.set_icon("down" if on else "right", "ink3")
        self._speak()

    @property
    def _unfolds(self) -> bool:
        """There is something in it."""
        layout = self._body.layout()
        return layout is not None and layout.count() > 0

    def _speak(self) -> None:
        words = f"{_SHOWN[self.state][2]} {self._meta}".strip().lower()
        fold = ("folded" if self._body.isHidden() else "unfolded") if self._unfolds else ""
        self.head.setAccessibleName(", ".join(x for x in (self._title, words, fold) if x))

    def _error_views(self, error: ToolError) -> tuple[QWidget, ...]:
        """What happened and what to do, with a button where it is done elsewhere."""
        sentence, place = remedy(error)
        views: list[QWidget] = [Words(error.user_message, "ui", 600, wrap=True)]
        if sentence:
            views.append(Words(sentence, "small", 400, "ink2", wrap=True))
        if place is not None and self._room.go is not None:
            go = self._room.go
            views.append(row(Button(BUTTONS[place], "small", pressed=lambda: go(place)), STRETCH))
        return tuple(views)


def _argument_views(call: ToolCall, spec: ToolSpec | None) -> tuple[QWidget, ...]:
    """A program as it is, with its files by name below; any other arguments as lines."""
    fields = spec.parameters.get("properties", {}) if spec is not None else {}
    arguments = {
        name: value.replace("_", " ") if isinstance(value, str) and "enum" in fields.get(name, {}) else value
        for name, value in call.arguments.items()
        if not is_id(name, value)
    }
    files = arguments.pop("files", None) if "code" in arguments else None
    name = "Program" if "code" in arguments else "Arguments"
    views: list[QWidget] = [ToolText(words, name)] if (words := worded(arguments)) else []
    if isinstance(files, list) and files:
        views.append(Fact("table", f"Read: {', '.join(str(file) for file in files)}", "ink2", wrap=True))
    return tuple(views)


def card_of(call: ToolCall, room: Toolroom | None = None) -> ToolCard:
    """The card of a stored call."""
    made = ToolCard(call.tool, room)
    made.show_call(call, over=True)
    return made

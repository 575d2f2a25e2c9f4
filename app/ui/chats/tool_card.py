"""A tool call as a card: what it is, where it stands, and unfolded what went in and came out."""

from __future__ import annotations

import time
from typing import Literal

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.messages import ToolCall
from app.domain.tool import ErrorType, ToolError
from app.ui.accessibility import announce
from app.ui.chats.artifact import Toolroom
from app.ui.chats.tool_result import result_views, sunken, taken_apart, worded
from app.ui.chats.unfinished import so_far
from app.ui.parts.buttons import Button, RowButton
from app.ui.parts.layout import NONE, Grow, block, clear, column, dress, fill, hr, row
from app.ui.parts.measures import Ring
from app.ui.parts.words import Elided, Fact, Icon, Words
from app.ui.theme import MONO

CallState = Literal["written", "waiting", "running", "done", "failed", "denied", "refused", "timed_out", "stopped"]
_SHOWN: dict[CallState, tuple[str, str, str]] = {
    "written": ("pencil", "ink2", "Being written"),
    "waiting": ("wait", "warn", "Waiting for your answer"),
    "running": ("run", "ink", "Running"),
    "done": ("check", "vouch", "Done"),
    "failed": ("warn", "stop", "Failed"),
    "denied": ("stop", "ink2", "Denied"),
    "refused": ("stop", "warn", "Not allowed"),
    "timed_out": ("wait", "stop", "Stopped: too long"),
    "stopped": ("halt", "ink2", "Stopped"),
}
_BY_YOU = "carrel.tool.denied"
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
            return "failed"


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
        self._written: Words | None = None
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
        fill(self, row(Grow(self.head), self.stop, 8), self._rule, self._body)
        self._unfold(on=False)
        self.set_state("written")

    def grow_arguments(self, text: str) -> None:
        """Arguments as they are written: shown, never run."""
        self._arguments += text
        if self._written is None:
            self._written = Words("", "small", 400, "ink2", MONO, wrap=True)
            clear(self._body)
            fill(self._body, block(self._written, name="sunken", margins=(12, 8, 12, 8)))
            self._unfold(on=True)
        if known := worded(so_far(self._arguments)):
            self._written.setText(known)

    def set_state(self, state: CallState, meta: str = "") -> None:
        self.state, self._meta = state, meta
        icon, tone, words = _SHOWN[state]
        running = state == "running"
        self._ring.setVisible(running)
        self._icon.setVisible(not running)
        self._icon.set_icon(icon, tone)
        self._words.setText(f"{words}  {meta}".strip())
        self._words.set_tone(tone)
        self.stop.setVisible(running and self._room.stop is not None)
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
        after = f"after {call.seconds:.1f} s"
        meta = {"done": f"in {call.seconds:.1f} s", "failed": after, "timed_out": after, "stopped": f"by you {after}"}
        if state == "stopped" and call.seconds == 0:
            meta["stopped"] = ""
        self.set_state(state, meta.get(state, "by you" if state == "denied" else ""))
        clear(self._body)
        self._written = None
        fill(self._body, *_argument_views(call))
        shown = taken_apart(call) if call.result is not None else None
        if call.error is not None and state != "denied":
            fill(self._body, *_error_views(call.error))
        elif shown is not None:
            fill(self._body, *result_views(shown, self._room))
        wrong = state in {"failed", "timed_out", "refused"}
        self._unfold(on=wrong or (shown is not None and bool(shown.artifacts)))
        if wrong and call.error is not None and self.isVisible():  # while it happens, not each time a chat is opened
            announce(self.head, f"{self.head.accessibleName()}. {call.error.user_message}", at_once=True)

    def _toggle(self) -> None:
        self._unfold(on=self._body.isHidden())
        self.folded.emit()

    def _unfold(self, *, on: bool) -> None:
        layout = self._body.layout()
        on = on and layout is not None and layout.count() > 0
        self._body.setVisible(on)
        self._rule.setVisible(on)
        self._arrow.set_icon("down" if on else "right", "ink3")
        self._speak()

    def _speak(self) -> None:
        words = f"{_SHOWN[self.state][2]} {self._meta}".strip().lower()
        fold = "folded" if self._body.isHidden() else "unfolded"
        self.head.setAccessibleName(f"{self._title}, {words}, {fold}")


def _argument_views(call: ToolCall) -> tuple[QWidget, ...]:
    """A program as it is, with its files by name below; any other arguments as lines."""
    arguments = dict(call.arguments)
    files = arguments.pop("files", None) if "code" in arguments else None
    views: list[QWidget] = [sunken(words)] if (words := worded(arguments)) else []
    if isinstance(files, list) and files:
        views.append(Fact("table", f"Read: {', '.join(str(name) for name in files)}", "ink2", wrap=True))
    return tuple(views)


def _error_views(error: ToolError) -> tuple[QWidget, ...]:
    """What happened and what to do. What is wrong with arguments is for the model, which wrote them, to mend."""
    hint = error.hints[0] if error.hints and error.error_type is not ErrorType.VALIDATION else ""
    said = Words(error.user_message, "ui", 600, wrap=True)
    return (said, Words(hint, "small", 400, "ink2", wrap=True)) if hint else (said,)


def card_of(call: ToolCall, room: Toolroom | None = None) -> ToolCard:
    """The card of a stored call."""
    made = ToolCard(call.tool, room)
    made.show_call(call, over=True)
    return made

"""A tool call as a card: what it is, where it stands, and unfolded what went in and came out."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QElapsedTimer, QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.messages import ToolCall
from app.ui.accessibility import announce
from app.ui.chats.tool_file import Toolroom
from app.ui.chats.tool_result import result_views, sunken, taken_apart, worded
from app.ui.parts.buttons import RowButton
from app.ui.parts.layout import NONE, Grow, block, clear, column, dress, fill, hr, row
from app.ui.parts.measures import Ring
from app.ui.parts.words import Elided, Icon, Words
from app.ui.theme import MONO

CallState = Literal["written", "waiting", "running", "done", "failed", "denied", "timed_out"]
_SHOWN: dict[CallState, tuple[str, str, str]] = {
    "written": ("pencil", "ink2", "Being written"),
    "waiting": ("wait", "warn", "Waiting for your answer"),
    "running": ("run", "ink", "Running"),
    "done": ("check", "vouch", "Done"),
    "failed": ("warn", "stop", "Failed"),
    "denied": ("stop", "ink2", "Denied"),
    "timed_out": ("wait", "stop", "Stopped: too long"),
}
TICK_MS = 1000


def words_of(tool: str) -> str:
    """``search_documents`` as a person reads it."""
    return tool.replace("_", " ").capitalize()


def state_of(call: ToolCall) -> CallState:
    """Where a stored call ended."""
    if call.error is None:
        return "done"
    return {"permission": "denied", "timeout": "timed_out"}.get(call.error.error_type.value, "failed")  # type: ignore[return-value]


class ToolCard(QFrame):
    """Signals:
    folded: it was folded or unfolded.
    """

    folded = Signal()

    def __init__(self, tool: str, room: Toolroom | None = None) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", NONE, 0)
        self._room = room or Toolroom()
        self._title = self._room.titles.get(tool, words_of(tool))
        self._ran = QElapsedTimer()
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._say_running)
        self._state: CallState = "written"
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
        self._body = column(margins=(12, 10, 12, 12), space=8)
        self._rule = hr()
        fill(self, self.head, self._rule, self._body)
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
        self._written.setText(self._arguments)

    def set_state(self, state: CallState, meta: str = "") -> None:
        self._state, self._meta = state, meta
        icon, tone, words = _SHOWN[state]
        running = state == "running"
        self._ring.setVisible(running)
        self._icon.setVisible(not running)
        self._icon.set_icon(icon, tone)
        self._words.setText(f"{words}  {meta}".strip())
        self._words.set_tone(tone)
        if running and not self._tick.isActive():
            self._ran.start()
            self._tick.start()
        elif not running:
            self._tick.stop()
        self._speak()

    def _say_running(self) -> None:
        """How long it runs; not spoken, the head's name stays as it is."""
        self._words.setText(f"{_SHOWN['running'][2]}  {self._ran.elapsed() // 1000} s")

    def show_call(self, call: ToolCall, state: CallState) -> None:
        """A call that runs or is over, with its arguments and what came of it."""
        after = f"{call.seconds:.1f} s"
        meta = {"done": f"in {after}", "failed": f"after {after}", "timed_out": f"after {after}", "denied": "by you"}
        self.set_state(state, meta.get(state, ""))
        clear(self._body)
        self._written = None
        arguments = worded(call.arguments)
        fill(self._body, sunken(arguments) if call.arguments else None)
        shown = taken_apart(call.result) if call.result is not None else None
        if call.error is not None and state != "denied":
            hint = call.error.hints[0] if call.error.hints else ""
            fill(self._body, Words(call.error.user_message, "ui", 600, wrap=True))
            fill(self._body, Words(hint, "small", 400, "ink2", wrap=True) if hint else None)
        elif shown is not None:
            fill(self._body, *result_views(shown, self._room))
        failed = state in {"failed", "timed_out"}
        self._unfold(on=failed or (shown is not None and shown.rich))
        if failed:
            announce(self.head, self.head.accessibleName())

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
        words = f"{_SHOWN[self._state][2]} {self._meta}".strip().lower()
        fold = "folded" if self._body.isHidden() else "unfolded"
        self.head.setAccessibleName(f"{self._title}, {words}, {fold}")


def card_of(call: ToolCall, room: Toolroom | None = None) -> QWidget:
    """The card of a stored call."""
    made = ToolCard(call.tool, room)
    made.show_call(call, state_of(call))
    return made

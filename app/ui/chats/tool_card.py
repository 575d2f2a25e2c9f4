"""A tool call as a card: what it is, where it stands, and unfolded what went in and came out."""

from __future__ import annotations

import json
from typing import Any, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.messages import ToolCall
from app.ui.accessibility import announce
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
MOST_SHOWN = 4000


def words_of(tool: str) -> str:
    """``search_documents`` as a person reads it."""
    return tool.replace("_", " ").capitalize()


def state_of(call: ToolCall) -> CallState:
    """Where a stored call ended."""
    if call.error is None:
        return "done"
    return {"permission": "denied", "timeout": "timed_out"}.get(call.error.error_type.value, "failed")  # type: ignore[return-value]


def _shown(value: Any) -> str:
    """Plain names and values as lines, one text as it is, everything else as JSON."""
    if isinstance(value, dict) and value and not any(isinstance(inner, dict | list) for inner in value.values()):
        inners = tuple(value.items())
        lines = [_words(inner) if len(inners) == 1 else f"{name}: {_words(inner)}" for name, inner in inners]
        text = "\n".join(lines)
    else:
        text = _words(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + " …"


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


class ToolCard(QFrame):
    """Signals:
    folded: it was folded or unfolded.
    """

    folded = Signal()

    def __init__(self, tool: str, title: str = "") -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", NONE, 0)
        self._tool, self._title = tool, title or words_of(tool)
        self._state: CallState = "written"
        self._arguments = ""
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
        self._fill_body((("", self._arguments),))
        self._unfold(on=True)

    def set_state(self, state: CallState, meta: str = "") -> None:
        self._state, self._meta = state, meta
        icon, tone, words = _SHOWN[state]
        running = state == "running"
        self._ring.setVisible(running)
        self._icon.setVisible(not running)
        self._icon.set_icon(icon, tone)
        self._words.setText(f"{words}  {meta}".strip())
        self._words.set_tone(tone)
        self._speak()

    def show_call(self, call: ToolCall, state: CallState) -> None:
        """A call that runs or is over, with its arguments and what came of it."""
        after = f"{call.seconds:.1f} s"
        meta = {"done": f"in {after}", "failed": f"after {after}", "timed_out": f"after {after}", "denied": "by you"}
        self.set_state(state, meta.get(state, ""))
        parts = [("", _shown(call.arguments))]
        if call.error is not None and state != "denied":
            hint = call.error.hints[0] if call.error.hints else ""
            parts.append(("stop", f"{call.error.user_message} {hint}".strip()))
        elif call.result is not None:
            parts.append(("Result", _shown(call.result)))
        self._fill_body(tuple(parts))
        self._unfold(on=state in {"failed", "timed_out"})
        if state in {"failed", "timed_out"}:
            announce(self.head, self.head.accessibleName())

    def _fill_body(self, parts: tuple[tuple[str, str], ...]) -> None:
        clear(self._body)
        for caption, untrusted_text in parts:
            if caption == "stop":
                fill(self._body, Words(untrusted_text, "ui", 500, wrap=True))
                continue
            if caption:
                fill(self._body, Words(caption, "caption", 600, "ink3"))
            code = Words(untrusted_text, "small", 400, "ink2", MONO, wrap=True)
            fill(self._body, block(code, name="sunken", margins=(12, 8, 12, 8)))

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


def card_of(call: ToolCall) -> QWidget:
    """The card of a stored call."""
    made = ToolCard(call.tool)
    made.show_call(call, state_of(call))
    return made

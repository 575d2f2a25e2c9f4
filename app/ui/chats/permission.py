"""The permission sheet: in place of the composer, focus on Deny, no default button."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.events import PermissionAsked
from app.ui import theme
from app.ui.accessibility import announce, give_role
from app.ui.chats.preview import Preview
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, Grow, block, column, dress, fill, row
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Elided, Fact, Icon, Words

FACTS_SHARE = 0.3
MAIL = "save_email"
_CAPTION, _GAP = 84, 10
_INSIDE = 2 * 12 + _GAP
_ABOVE, _BETWEEN = 10, 5
Decision = Literal["once", "conversation", "deny"]


class Facts(Scroll):
    """All of what would be done can be read: as high as its words need, scrolled beyond a share of the window."""

    def __init__(self, untrusted_facts: tuple[tuple[str, str], ...]) -> None:
        self._values: list[Words] = []
        lines = (self._line(name, value) for name, value in untrusted_facts)
        super().__init__(column(*lines, margins=(12, _ABOVE, 12, _ABOVE), space=_BETWEEN))
        self.setAccessibleName("What would be done")

    def _line(self, name: str, untrusted_value: str) -> QWidget:
        caption = Words(name, "small", 400, "ink3")
        caption.setFixedWidth(theme.px(_CAPTION))
        value = Words(untrusted_value, "small", 400, "ink", wrap=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._values.append(value)
        line = row(caption, Grow(value), space=_GAP)
        layout = line.layout()
        if layout is not None:
            layout.setAlignment(caption, Qt.AlignmentFlag.AlignTop)
        return line

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.viewport().width() - _INSIDE - theme.px(_CAPTION)
        needed = 2 * _ABOVE + _BETWEEN * (len(self._values) - 1)
        for value in self._values:
            value.setMinimumHeight(0)  # a label never asks for less than its minimum, which an earlier width left
            value.setFixedHeight(value.heightForWidth(wide))
            needed += value.height()
        most = round(self.window().height() * FACTS_SHARE)
        self.setFixedHeight(min(needed, most))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if needed > most else Qt.FocusPolicy.NoFocus)


class PermissionSheet(QFrame):
    """What is to be done, on what, and why it is asked. Closed or left alone it means no.

    Signals:
        decided: request id; ``once``, ``conversation`` or ``deny``.
    """

    decided = Signal(str, str)

    def __init__(self, asked: PermissionAsked) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "sheet", (18, 14, 18, 14), 10)
        give_role(self, "dialog")
        self.asked = asked
        told = ". ".join(f"{name}: {value}" for name, value in asked.facts)
        self.setAccessibleName(f"Permission: {asked.title} {told} {asked.why}")
        title = Elided(asked.title, "head", 600)
        facts = block(Facts(asked.facts), name="note")
        self.deny = Button("Deny", "", pressed=lambda: self.decide("deny"))
        self._chat = Button("Allow in this chat", "", pressed=lambda: self.decide("conversation"))
        self._chat.setEnabled(asked.always_allowed)
        self._once = Button("Allow once", "act", pressed=lambda: self.decide("once"))
        buttons = row(Words("Esc denies", "small", 400, "ink3"), STRETCH, self.deny, self._chat, self._once, space=8)
        sheet = asked.sheet
        preview = Preview(sheet.preview, sheet.preview_kind) if sheet is not None and sheet.preview else None
        shown = block(preview, name="sunken", margins=(1, 1, 1, 1)) if preview is not None else None
        why = Fact("warn", asked.why, "warn", wrap=True) if asked.why else None
        mail = asked.tool == MAIL
        calm = Words("Nothing is sent. Carrel has no network.", "small", 400, "ink2") if mail else None
        top = row(Icon("mail" if mail else "tools", "ink", 18), Grow(title), calm, space=8)
        fill(self, top, facts if asked.facts else None, shown, why, buttons)

    def arrive(self) -> None:
        """Take the focus on Deny and say it aloud."""
        self.deny.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.accessibleName(), at_once=True)

    def decide(self, decision: Decision) -> None:
        """Say it once; what is not on offer is not said."""
        if decision == "conversation" and not self._chat.isEnabled():
            return
        for button in (self.deny, self._chat, self._once):
            button.setEnabled(False)
        self.decided.emit(self.asked.request, decision)

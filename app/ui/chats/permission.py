"""The permission sheet: in place of the composer, focus on Deny, no default button."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.domain.events import PermissionAsked
from app.ui.accessibility import announce, give_role
from app.ui.chats.mail import draft
from app.ui.chats.preview import Preview
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, Grow, block, column, dress, fill, row
from app.ui.parts.plain import FittedText, seen
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Caption, Elided, Fact, Icon, Words
from app.ui.theme import SANS

FACTS_SHARE = 0.3
MAIL = "save_email"
_CAPTION, _GAP = 84, 8
_ABOVE, _BETWEEN = 8, 2
Decision = Literal["once", "conversation", "deny"]
Facts = tuple[tuple[str, str], ...]


class FactList(Scroll):
    """All of what would be done can be read: as high as its words need, scrolled beyond a share of the window."""

    def __init__(self, untrusted_facts: Facts) -> None:
        self.values: list[FittedText] = []
        lines = (self._line(name, value) for name, value in untrusted_facts)
        super().__init__(column(*lines, margins=(12, _ABOVE, 12, _ABOVE), space=_BETWEEN))
        self.setAccessibleName("What would be done")

    def _line(self, name: str, untrusted_value: str) -> QWidget:
        caption = column(Caption(name, _CAPTION), margins=(0, 2, 0, 0))
        value = FittedText(untrusted_value, name, SANS, inside=0, kind="value")
        value.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        value.fitted.connect(self._fit)
        self.values.append(value)
        line = row(caption, Grow(value), space=_GAP)
        layout = line.layout()
        if layout is not None:
            layout.setAlignment(caption, Qt.AlignmentFlag.AlignTop)
        return line

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        needed = 2 * _ABOVE + _BETWEEN * (len(self.values) - 1) + sum(value.minimumHeight() for value in self.values)
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
        self._decided = False
        title, facts, preview = _told(asked)
        told = ". ".join(f"{name}: {seen(value)}" for name, value in facts)
        self.setAccessibleName(f"Permission: {title} {told}. {_why(asked)}")
        self.deny = Button("Deny", "", pressed=lambda: self.decide("deny"))
        self._chat = Button("Allow in this chat", "", pressed=lambda: self.decide("conversation"))
        self._chat.setEnabled(asked.always_allowed)
        self._once = Button("Allow once", "act", pressed=lambda: self.decide("once"))
        buttons = row(Words("Esc denies", "small", 400, "ink3"), STRETCH, self.deny, self._chat, self._once, space=8)
        listed = FactList(facts)
        shown = block(preview, name="sunken", margins=(1, 1, 1, 1)) if preview is not None else None
        named = any(text.named for text in (*listed.values, *((preview,) if preview is not None else ())))
        unseen = Fact("warn", "It holds signs that cannot be seen; each is named, as ⟨U+202E⟩.", "warn", wrap=True)
        why = Fact("warn" if asked.why else "pencil", _why(asked), "warn" if asked.why else "ink2", wrap=True)
        mail = asked.tool == MAIL
        calm = Words("Nothing is sent. Carrel has no network.", "small", 400, "ink2") if mail else None
        head = Elided(seen(title), "head", 600, middle=True)
        top = row(Icon("mail" if mail else "tools", "ink", 18), Grow(head), calm, space=8)
        fill(self, top, block(listed, name="note") if facts else None, shown, unseen if named else None, why, buttons)

    def arrive(self) -> None:
        """Take the focus on Deny and say it aloud."""
        self.deny.setFocus(Qt.FocusReason.OtherFocusReason)
        announce(self, self.accessibleName(), at_once=True)

    def decide(self, decision: Decision) -> None:
        """Say it once; what is not on offer is not said."""
        if decision == "conversation" and not self._chat.isEnabled():
            return
        if self._decided:
            return
        self._decided = True
        self.decided.emit(self.asked.request, decision)
        for button in (self.deny, self._chat, self._once):
            button.setEnabled(False)


def _why(asked: PermissionAsked) -> str:
    """Why it is asked: each time, or because it acts."""
    if not asked.why:
        return "Asked first, because it writes to one of your folders."
    return f"Asked every time: {asked.why[:1].lower()}{asked.why[1:]}"


def _told(asked: PermissionAsked) -> tuple[str, Facts, Preview | None]:
    """Title, facts and what would be written; a new e-mail as an e-mail, anything else as it is."""
    sheet = asked.sheet
    if sheet is None or not sheet.preview:
        return asked.title, asked.facts, None
    letter = draft(sheet.preview) if asked.tool == MAIL and sheet.preview_kind == "text" else None
    if letter is None:
        return asked.title, asked.facts, Preview(sheet.preview, sheet.preview_kind)
    saved = tuple(("Saved to" if name == "New file" else name, value) for name, value in asked.facts)
    return "Save this e-mail draft?", (*letter.facts, *saved), Preview(letter.text, "text", SANS)

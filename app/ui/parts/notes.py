"""A sentence with its remedy, and a place with nothing in it yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.ui.parts.buttons import Button
from app.ui.parts.layout import Centred, Grow, column, dress, fill
from app.ui.parts.words import Balanced, Icon, Words

NoteTone = Literal["plain", "warn", "stop", "vouch"]
_ICONS: dict[NoteTone, str] = {"plain": "wait", "warn": "warn", "stop": "stop", "vouch": "check"}


class Note(QFrame):
    """What happened, then what to do, then one button that does it.

    Signals:
        action_pressed: the button.
    """

    action_pressed = Signal()

    def __init__(
        self,
        sentence: str,
        remedy: str = "",
        tone: NoteTone = "warn",
        *,
        icon: str = "",
        action: str = "",
        pressed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "note", (12, 10, 10, 10), 10)
        self.setProperty("tone", tone)
        self.setAccessibleName(f"{sentence} {remedy}".strip())
        word_tone = "ink" if tone == "plain" else tone
        mark = Icon(icon or _ICONS[tone], word_tone, 16)
        words = column(
            Words(sentence, "ui", 600, word_tone, wrap=True),
            Words(remedy, "small", 400, "ink", wrap=True) if remedy else None,
            space=2,
        )
        button = Button(action, "small", pressed=self.action_pressed.emit) if action else None
        if pressed is not None:
            self.action_pressed.connect(pressed)
        fill(self, mark, Grow(words), button)
        layout = self.layout()
        if layout is not None:
            layout.setAlignment(mark, Qt.AlignmentFlag.AlignTop)


class Empty(QFrame):
    """Nothing here yet: what would be, why not, and the button that changes it."""

    def __init__(
        self,
        icon: str,
        title: str,
        sentence: str,
        action: str = "",
        pressed: Callable[[], object] | None = None,
        *,
        action_icon: str = "",
        ground: str = "note",
    ) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), ground, (16, 26, 16, 26), 6)
        self.setAccessibleName(f"{title}. {sentence}")
        fill(self, Centred(Icon(icon, "ink3", 28)), Centred(Words(title, "head", 600)), Balanced(sentence), 4)
        if action:
            fill(self, Centred(Button(action, "act", action_icon, pressed=pressed)))

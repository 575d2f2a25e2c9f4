"""A question back to the person: what may be meant as buttons, and the composer for any other words."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.messages import Clarification
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, column, dress, fill, row
from app.ui.parts.text import TextBlock, escaped
from app.ui.parts.words import Fact, Words


class AskingBack(QFrame):
    """What the model wrote is text, in the question and on the buttons.

    Signals:
        chosen: the words of a choice.
        own_words_wanted: the person wants to write the answer.
    """

    chosen = Signal(str)
    own_words_wanted = Signal()

    def __init__(self, untrusted_asked: Clarification) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "note", (14, 10, 14, 12), 8)
        question, choices = untrusted_asked.question, untrusted_asked.choices
        self.setAccessibleName(f"Question to you: {question}")
        self.choices = [self._choice(words) for words in choices]
        own = "Something else" if choices else "Write the answer"
        self.own = Button(own, "quiet", "pencil", pressed=self.own_words_wanted.emit, name=f"{own}: {question}")
        self._over = Words("Answered below.", "small", 400, "ink2")
        fill(
            self,
            row(Fact("chats", "A question to you", "warn", weight=600), STRETCH),
            TextBlock(f"<p>{escaped(question)}</p>", line=22, name=question),
            column(*(row(choice, STRETCH) for choice in self.choices), space=6) if choices else None,
            row(self.own, STRETCH),
            self._over,
        )
        self.set_open(on=True)

    def set_open(self, *, on: bool) -> None:
        """Whether it can be answered here; else something was said after it."""
        for button in self.choices:
            button.setEnabled(on)
        self.own.setVisible(on)
        self._over.setVisible(not on)

    def _choice(self, words: str) -> Button:
        shown = words.replace("&", "&&")  # else Qt takes the next letter for a key
        return Button(shown, pressed=lambda: self.chosen.emit(words), name=f"Answer: {words}")

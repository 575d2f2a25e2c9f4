"""What an action would write, before it is allowed: plain text in the type of programs, of a change its lines coloured."""

from __future__ import annotations

from typing import Literal

from PySide6.QtGui import QFont, QFontMetricsF, QResizeEvent, QSyntaxHighlighter, QTextCharFormat
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from app.ui import theme
from app.ui.theme import MONO

SHARE = 0.26
_INSIDE = 8
_TONES = (("@@", "ink3"), ("+", "vouch"), ("-", "stop"))
_NAMES = 2  # the first lines of a diff: what is now, what would be


class _Lines(QSyntaxHighlighter):
    """Colours the lines of a diff; their + and - say the same without colour."""

    def highlightBlock(self, text: str) -> None:
        tone = next((tone for start, tone in _TONES if text.startswith(start)), "")
        tone = "ink3" if self.currentBlock().blockNumber() < _NAMES else tone
        if tone:
            shape = QTextCharFormat()
            shape.setForeground(theme.colour(tone))
            self.setFormat(0, len(text), shape)


class Preview(QPlainTextEdit):
    """As high as its lines, up to a share of the window; beyond that it is scrolled, by keyboard too."""

    def __init__(self, untrusted_text: str, kind: Literal["text", "diff"]) -> None:
        super().__init__()
        self.setObjectName("preview")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self.document().setDocumentMargin(_INSIDE)
        self.setPlainText(untrusted_text)
        self.setAccessibleName("What would be changed" if kind == "diff" else "What would be written")
        self._lines = _Lines(self.document()) if kind == "diff" else None
        self.retheme()

    def retheme(self) -> None:
        plain = theme.font("small", 400, MONO)
        plain.setFeature(QFont.Tag("calt"), 0)  # two signs are never drawn as one: here each is looked at
        self.setFont(plain)
        if self._lines is not None:
            self._lines.rehighlight()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        line = QFontMetricsF(self.font()).lineSpacing()
        wanted = round(self.document().size().height() * line) + 2 * _INSIDE + 8
        self.setFixedHeight(min(wanted, max(round(self.window().height() * SHARE), round(3 * line))))

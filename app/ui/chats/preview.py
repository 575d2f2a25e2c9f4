"""What an action would write, before it is allowed: plain text in the type of programs, of a change its lines coloured."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QSyntaxHighlighter, QTextCharFormat

from app.ui import theme
from app.ui.parts.plain import PlainText
from app.ui.theme import MONO

SHARE = 0.26
_LEAST = 64
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


class Preview(PlainText):
    """As high as its lines, up to a share of the window; beyond that it is scrolled, by keyboard too."""

    def __init__(self, untrusted_text: str, kind: Literal["text", "diff"], family: tuple[str, ...] = MONO) -> None:
        name = "What would be changed" if kind == "diff" else "What would be written"
        self._lines: _Lines | None = None
        super().__init__(untrusted_text.replace("\r\n", "\n").removesuffix("\n"), name, family)
        if kind == "diff":
            self._lines = _Lines(self.document())
            self._lines.rehighlight()

    def retheme(self) -> None:
        super().retheme()
        if self._lines is not None:
            self._lines.rehighlight()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        most = max(self.window().height() * SHARE, theme.px(_LEAST))
        wanted = self.wanted(most)
        over = Qt.ScrollBarPolicy.ScrollBarAsNeeded if wanted > most else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(over)
        self.setFixedHeight(round(min(wanted, most)))

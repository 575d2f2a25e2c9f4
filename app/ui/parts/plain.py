"""Text from outside as it is: never markup, broken where it must be, and with a name for every sign that cannot be seen."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent, QTextOption, QWheelEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit

from app.domain import unseen
from app.ui import theme
from app.ui.theme import MONO

_NAMED = re.compile("⟨U\\+[0-9A-F]{4,6}⟩")
_EDGE = 2  # the sheet's border, in which the focus is shown


def seen(untrusted_text: str) -> str:
    """``⟨U+202E⟩`` in place of what would turn, hide or control the words around it; line ends as one sign."""
    return unseen.shown(untrusted_text.replace("\r\n", "\n"))


class PlainText(QPlainTextEdit):
    """Selected and copied by mouse and keyboard. A program reads from the left whatever its comments are written in.

    Signals:
        fitted: it took another height.

    Attributes:
        named: a sign of the text could not be seen, and is named in it.
    """

    fitted = Signal()

    def __init__(
        self,
        untrusted_text: str,
        name: str,
        family: tuple[str, ...] = MONO,
        *,
        inside: int = 8,
        kind: str = "preview",
    ) -> None:
        super().__init__()
        self.setObjectName(kind)
        self._family = family
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(name)
        self.document().setDocumentMargin(inside)
        if family is MONO:
            option = QTextOption(self.document().defaultTextOption())
            option.setTextDirection(Qt.LayoutDirection.LeftToRight)
            self.document().setDefaultTextOption(option)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.named = False
        self.show_text(untrusted_text)
        self.retheme()

    def show_text(self, untrusted_text: str) -> None:
        """Show another text in its place."""
        text = seen(untrusted_text)
        self.named = _NAMED.search(text) is not None
        self.setPlainText(text)

    def retheme(self) -> None:
        plain = theme.font("small", 400, self._family)
        plain.setFeature(QFont.Tag("calt"), 0)  # two signs are never drawn as one: here each is looked at
        self.setFont(plain)

    def wanted(self, most: float) -> int:
        """The height all of it needs at the width it has, in pixels; it is not measured much beyond ``most``."""
        high, block = self.document().documentMargin() + 2.0 * _EDGE, self.document().begin()  # the last has its margin
        while block.isValid() and high < most:
            high += self.blockBoundingRect(block).height()
            block = block.next()
        return round(high)


class FittedText(PlainText):
    """As high as its text; the page around it scrolls."""

    def __init__(
        self, untrusted_text: str, name: str, family: tuple[str, ...] = MONO, *, inside: int = 8, kind: str = "preview"
    ) -> None:
        super().__init__(untrusted_text, name, family, inside=inside, kind=kind)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()

    def show_text(self, untrusted_text: str) -> None:
        super().show_text(untrusted_text)
        self._fit()

    def retheme(self) -> None:
        super().retheme()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def _fit(self) -> None:
        high = self.wanted(float("inf"))
        if high != self.minimumHeight():
            self.setFixedHeight(high)
            self.fitted.emit()

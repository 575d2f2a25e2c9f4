"""The block that is being written. Words are appended, never rendered again: a long answer costs what its words cost."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QTextBlockFormat, QTextCharFormat, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit

from app.ui import theme

CARET = "▍"


class Emphasis:
    """Reads ``**`` and backticks as they arrive, so that the signs themselves are not shown.

    A lone ``*`` or a backtick at the end of what has come is held back until it is known what it is.
    """

    def __init__(self) -> None:
        self.bold = False
        self.code = False
        self._held = ""

    def take(self, text: str) -> list[tuple[str, bool, bool]]:
        """Runs of words, each with whether it is bold and whether it is code."""
        runs: list[tuple[str, bool, bool]] = []
        text = self._held + text
        self._held = ""
        if text.endswith("*") and not text.endswith("**"):
            text, self._held = text[:-1], "*"
        words = ""
        at = 0
        while at < len(text):
            if text.startswith("**", at) and not self.code:
                runs.append((words, self.bold, self.code))
                words, self.bold, at = "", not self.bold, at + 2
            elif text[at] == "`":
                runs.append((words, self.bold, self.code))
                words, self.code, at = "", not self.code, at + 1
            else:
                words, at = words + text[at], at + 1
        runs.append((words, self.bold, self.code))
        return [run for run in runs if run[0]]


class OpenText(QTextEdit):
    """Words as they come, with a caret at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("QTextEdit { background: transparent; border: none; }")
        self.setAccessibleName("Answer, being written")
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self._fit())
        self._emphasis = Emphasis()
        self._caret = False
        self.words = 0
        self.retheme()

    def retheme(self) -> None:
        self.document().setDefaultFont(theme.font("read"))
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(self._shape())

    def append_words(self, text: str) -> None:
        """Add to the end; nothing before it is touched."""
        self.words += len(text.split())
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        if self._caret:
            cursor.deletePreviousChar()
        for words, bold, code in self._emphasis.take(text):
            shape = QTextCharFormat()
            shape.setFont(
                theme.font("13" if code else "read", 600 if bold else 400, theme.MONO if code else theme.SANS)
            )
            cursor.insertText(words, shape)
        cursor.insertText(CARET, QTextCharFormat())
        self._caret = True
        cursor.endEditBlock()

    def _shape(self) -> QTextBlockFormat:
        shape = QTextBlockFormat()
        shape.setLineHeight(theme.px(23), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        return shape

    def _fit(self) -> None:
        wanted = int(self.document().size().height()) + 1
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The transcript scrolls, not its blocks."""
        event.ignore()

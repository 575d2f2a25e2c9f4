"""A finished block of words: rendered once, as tall as its text, in which only quote marks are links."""

from __future__ import annotations

import html
import re

from PySide6.QtCore import QMimeData, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QResizeEvent, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from app.ui import theme
from app.ui.parts.marks import MarkState, mark_image
from app.ui.theme import MONO, SANS

_MARK = re.compile(r"⟦(\d+)⟧")
_OBJECT = "\ufffc"


def escaped(untrusted_text: str) -> str:
    """Text from outside as markup that shows exactly that text; line ends stay line ends."""
    return html.escape(untrusted_text).replace("\n", "<br>")


class TextBlock(QTextBrowser):
    """Markup made by us around escaped text. ``⟦n⟧`` in it becomes mark n.

    Signals:
        mark_pressed: the number of a mark.
    """

    mark_pressed = Signal(int)

    def __init__(
        self,
        markup: str,
        *,
        step: str = "read",
        family: tuple[str, ...] = SANS,
        tone: str = "ink",
        line: int = 23,
        marks: dict[int, MarkState] | None = None,
        name: str = "",
    ) -> None:
        super().__init__()
        self._markup, self._type, self._tone, self._line = markup, (step, 400, family), tone, line
        self._marks = dict(marks or {})
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._pressed)
        if name:
            self.setAccessibleName(name)
        self.retheme()

    def set_markup(self, markup: str, marks: dict[int, MarkState] | None = None) -> None:
        self._markup, self._marks = markup, dict(marks or {})
        self.retheme()

    def set_marks(self, marks: dict[int, MarkState]) -> None:
        """Repaint marks in another state; the text stays as it was rendered."""
        if marks != self._marks:
            self._marks = dict(marks)
            self.retheme()

    def retheme(self) -> None:
        document = self.document()
        document.setDefaultFont(theme.font(*self._type))
        ink, mono = theme.hex_of(self._tone), ",".join(f"'{name}'" for name in MONO)
        document.setDefaultStyleSheet(
            f"body, p, li, td, th {{ color: {ink}; }} p {{ margin: 0 0 10px 0; }} a {{ color: {ink}; }}"
            f" ul, ol {{ margin: 0 0 10px 0; }} h1, h2, h3, h4 {{ color: {ink}; font-size: {theme.px(15)}px;"
            f" font-weight: 600; margin: 4px 0 6px 0; }} th {{ font-weight: 600; }}"
            f" b, strong {{ font-weight: 600; }} code, pre {{ font-family: {mono}; font-size: {theme.px(13)}px; color: {ink}; }}"
        )
        for number, state in self._marks.items():
            picture = mark_image(number, state, max(self.devicePixelRatioF(), 2.0))
            document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(f"mark:{number}"), picture)
        self.setHtml(_MARK.sub(self._mark, self._markup))
        cursor = QTextCursor(document)
        cursor.select(QTextCursor.SelectionType.Document)
        height = QTextBlockFormat()
        height.setLineHeight(theme.px(self._line), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(height)
        self._close_up(document)
        self.fit()

    def _mark(self, found: re.Match[str]) -> str:
        n = int(found[1])
        if n not in self._marks:
            return ""
        return f'&nbsp;<a href="mark:{n}"><img src="mark:{n}" style="vertical-align: middle"></a>'

    def _close_up(self, document: QTextDocument) -> None:
        """No space below the last paragraph."""
        last = QTextCursor(document.lastBlock())
        shape = last.blockFormat()
        shape.setBottomMargin(0)
        last.setBlockFormat(shape)

    def _pressed(self, link: QUrl) -> None:
        if link.scheme() == "mark" and link.path().isdigit():
            self.mark_pressed.emit(int(link.path()))

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Nothing is ever fetched: only marks that were added are found."""
        if isinstance(name, QUrl) and name.scheme() == "mark":
            return super().loadResource(kind, name)
        return None

    def fit(self) -> None:
        document = self.document()
        document.setTextWidth(max(60, self.viewport().width()))
        wanted = int(document.size().height()) + 1
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def sizeHint(self) -> QSize:
        return QSize(400, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def wheelEvent(self, event: object) -> None:
        """The transcript scrolls, not its blocks."""
        event.ignore()  # type: ignore[attr-defined]

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copied text says ``[1]`` where a mark stands."""
        data = QMimeData()
        data.setText(self.plain(self.textCursor()))
        return data

    def plain(self, cursor: QTextCursor) -> str:
        """The selected words with marks written out."""
        numbers = []
        for at in range(cursor.selectionStart(), cursor.selectionEnd()):
            if self.document().characterAt(at) == _OBJECT:
                probe = QTextCursor(self.document())
                probe.setPosition(at + 1)
                numbers.append(probe.charFormat().toImageFormat().name().removeprefix("mark:"))
        words = cursor.selectedText().replace("\u2029", "\n").replace("\u2028", "\n").replace("\u00a0", " ")
        for number in numbers:
            words = words.replace(_OBJECT, f"[{number}]", 1)
        return words

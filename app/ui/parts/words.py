"""Words in a row: plain, shortened, with an icon, as a label."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.domain.documents import Label
from app.ui import icons, theme
from app.ui.parts.layout import row, set_property
from app.ui.theme import SANS


class Words(QLabel):
    """A label of one type step, weight and tone. Text is plain: nothing in it is ever read as markup."""

    def __init__(
        self,
        text: str = "",
        step: str = "ui",
        weight: int = 400,
        tone: str = "ink",
        family: tuple[str, ...] = SANS,
        *,
        wrap: bool = False,
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._type = (step, weight, family)
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if wrap:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.retheme()

    def retheme(self) -> None:
        self.setFont(theme.font(*self._type))

    def set_tone(self, tone: str) -> None:
        set_property(self, "tone", tone)

    def set_weight(self, weight: int) -> None:
        self._type = (self._type[0], weight, self._type[2])
        self.retheme()


class Caption(Words):
    """The name before a value: names under one another are of one width, which grows with the text."""

    def __init__(self, text: str, wide: int, step: str = "small", tone: str = "ink3") -> None:
        self._wide = wide
        super().__init__(text, step, 400, tone)

    def retheme(self) -> None:
        super().retheme()
        self.setFixedWidth(theme.px(self._wide))


class Balanced(Words):
    """Words in the middle of a column, in lines of about one length: no last word stands alone."""

    def __init__(self, text: str, step: str = "small", weight: int = 400, tone: str = "ink2") -> None:
        super().__init__(text, step, weight, tone, wrap=True)

    def paintEvent(self, _event: QPaintEvent) -> None:
        how = int(Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextWordWrap)
        metrics = QFontMetrics(self.font())

        def high(wide: int) -> int:
            return metrics.boundingRect(0, 0, wide, self.height(), how, self.text()).height()

        least, wide = 0, self.width()
        allowed = high(wide)
        while wide - least > 1:  # the narrowest that takes no further line
            middle = (least + wide) // 2
            fits = high(middle) <= allowed and metrics.boundingRect(0, 0, middle, 0, how, self.text()).width() <= middle
            least, wide = (least, middle) if fits else (middle, wide)
        painter = QPainter(self)
        painter.setPen(theme.colour(str(self.property("tone"))))
        painter.drawText(QRect((self.width() - wide) // 2, 0, wide, self.height()), how, self.text())


class Elided(QWidget):
    """One line that is shortened to its room; the whole of it is its tooltip and its name. ``tail`` never is."""

    def __init__(
        self,
        text: str = "",
        step: str = "ui",
        weight: int = 400,
        tone: str = "ink",
        family: tuple[str, ...] = SANS,
        *,
        middle: bool = False,
        grow: bool = True,
        tail: str = "",
        right: bool = False,
    ) -> None:
        super().__init__()
        self._type = (step, weight, family)
        self._tone, self._tail = tone, tail
        self._side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        policy = QSizePolicy.Policy.Expanding if grow else QSizePolicy.Policy.Preferred
        self.setSizePolicy(policy, QSizePolicy.Policy.Fixed)
        self._text = ""
        self.retheme()
        self.set_text(text)

    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        self._text = " ".join(text.splitlines()).strip()
        self.setAccessibleName(self._text + self._tail)
        self.updateGeometry()
        self.update()

    def set_tail(self, tail: str) -> None:
        self._tail = tail
        self.set_text(self._text)

    def retheme(self) -> None:
        self.setFont(theme.font(*self._type))
        self.setFixedHeight(round(QFontMetricsF(self.font()).height()) + 1)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(ceil(QFontMetricsF(self.font()).horizontalAdvance(self._text + self._tail)), self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.height())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self._text + self._tail if self.sizeHint().width() > self.width() else "")
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(theme.colour(self._tone))
        metrics = QFontMetricsF(self.font())
        room = self.width() + 1 - metrics.horizontalAdvance(self._tail)
        shown = metrics.elidedText(self._text, self._mode, room) + self._tail
        box = QRectF(0, 0, self.width() + (0 if self._side is Qt.AlignmentFlag.AlignRight else 2), self.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | self._side, shown)


class Icon(QWidget):
    """A drawn icon. It says nothing by itself: a word always stands beside it."""

    def __init__(self, name: str, tone: str = "ink2", size: int = 16, *, flush: bool = False) -> None:
        super().__init__()
        self._name, self._tone, self._drawn, self._flush = name, tone, size, flush
        self.retheme()

    def retheme(self) -> None:
        """It grows with the words it stands beside."""
        self._size = theme.px(self._drawn)
        self._left = (
            -self._size // 8 if self._flush else 0
        )  # the grid's own margin, where it stands under a text's edge
        self.setFixedSize(self._size + self._left, self._size)

    def set_icon(self, name: str, tone: str) -> None:
        self._name, self._tone = name, tone
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).drawPixmap(
            self._left, 0, icons.pixmap(self._name, self._tone, self._size, self.devicePixelRatioF())
        )


class Fact(QWidget):
    """An icon and a word: never colour alone."""

    def __init__(
        self,
        icon: str,
        text: str,
        tone: str = "ink2",
        step: str = "small",
        weight: int = 400,
        *,
        icon_tone: str = "",
        size: int = 14,
        gap: int = 5,
        wrap: bool = False,
    ) -> None:
        super().__init__()
        self._icon = Icon(icon, icon_tone or tone, size)
        self.words = Words(text, step, weight, tone, wrap=wrap)
        inner = row(self._icon, self.words, space=gap)
        layout = inner.layout()
        if layout is not None:
            self.setLayout(layout)
            if wrap:
                layout.setAlignment(self._icon, Qt.AlignmentFlag.AlignTop)

    def set_fact(self, icon: str, text: str, tone: str, icon_tone: str = "") -> None:
        self._icon.set_icon(icon, icon_tone or tone)
        self.words.setText(text)
        self.words.set_tone(tone)


class Tag(Fact):
    """A classification: shape, word and colour."""

    def __init__(self, label: Label, step: str = "small") -> None:
        super().__init__(label.value, label.value.capitalize(), label.value, step, 500, size=12, gap=4)

    def set_label(self, label: Label) -> None:
        self.set_fact(label.value, label.value.capitalize(), label.value)


def citation(title: str, page: int | None, tone: str = "ink2") -> QWidget:
    """Where a quote stands. A file name may be shortened in the middle; the page number never is."""
    tail = f", page {page + 1}" if page is not None else ""
    return Elided(title, "small", 400, tone, middle=True, tail=tail)

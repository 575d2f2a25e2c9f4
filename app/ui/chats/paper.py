"""A page on the desk: its picture, and quotes laid over it as with a marker pen."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.domain.documents import Box, PagePicture
from app.ui import theme
from app.ui.accessibility import give_role
from app.ui.tokens import OTHER_QUOTE_ON_PAGE, QUOTE_ON_PAGE

EDGE = 6
_SHADOWS = ((5.0, 0.035), (3.0, 0.05), (1.5, 0.07))
VEIL = QColor(10, 14, 12, 23)


@dataclass(frozen=True)
class Sheet:
    """A page ready to paint.

    Attributes:
        image: at device pixels.
        marks: for each text, its rectangles as shares of the page (0..1), origin top left.
        current: which of them is open.
    """

    image: QImage
    marks: tuple[tuple[QRectF, ...], ...] = ()
    current: int = 0


def sheet_of(picture: PagePicture, current: int) -> Sheet:
    """From a picture and boxes in points (origin bottom left) to a sheet."""
    wide, high = picture.points
    stride = picture.width * 3
    image = QImage(picture.pixels, picture.width, picture.height, stride, QImage.Format.Format_RGB888).copy()
    return Sheet(image, tuple(tuple(_share(box, wide, high) for box in boxes) for boxes in picture.boxes), current)


def _share(box: Box, wide: float, high: float) -> QRectF:
    left, right = box.left / wide, box.right / wide
    return QRectF(left, 1 - box.top / high, right - left, (box.top - box.bottom) / high)


class Paper(QWidget):
    """Never inverted; in the dark it lies under a veil. While it is drawn, and when it cannot be, it says so."""

    def __init__(self) -> None:
        super().__init__()
        give_role(self, "graphic")
        self._sheet: Sheet | None = None
        self._ratio = 1.414
        self._words = ""
        self.setAccessibleName("Page")

    @property
    def sheet(self) -> Sheet | None:
        return self._sheet

    def show_words(self, words: str) -> None:
        """An empty page with a sentence on it."""
        self._sheet, self._words = None, words
        self.setAccessibleName(words)
        self.update()

    def show_sheet(self, sheet: Sheet, name: str) -> None:
        self._sheet, self._words = sheet, ""
        self._ratio = sheet.image.height() / max(sheet.image.width(), 1)
        self.setAccessibleName(name)
        self.updateGeometry()
        self.update()

    def height_for(self, width: int) -> int:
        return round((width - 2 * EDGE) * self._ratio) + 2 * EDGE

    def sizeHint(self) -> QSize:
        return QSize(self.width(), self.height_for(self.width()))

    def page_box(self) -> QRectF:
        wide = self.width() - 2 * EDGE
        return QRectF(EDGE, EDGE - 2, wide, wide * self._ratio)

    def mark_boxes(self, which: int) -> tuple[QRectF, ...]:
        """Where a quote stands in this widget."""
        if self._sheet is None or which >= len(self._sheet.marks):
            return ()
        page = self.page_box()
        return tuple(_placed(box, page) for box in self._sheet.marks[which])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        page = self.page_box()
        dark = theme.look().dark
        for reach, alpha in _SHADOWS:
            path = QPainterPath()
            path.addRoundedRect(page.adjusted(-reach / 2, 0, reach / 2, reach), 3, 3)
            painter.fillPath(path, QColor(0, 0, 0, int(255 * alpha * (2.2 if dark else 1))))
        painter.fillRect(page, QColor("#FFFFFF"))
        if self._sheet is not None:
            painter.drawImage(page, self._sheet.image)
            self._mark(painter, page, self._sheet)
        if dark:
            painter.fillRect(page, VEIL)
        if self._words:
            painter.setFont(theme.font("small"))
            painter.setPen(QColor("#5D665F"))
            flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(page.adjusted(40, 80, -40, -40), int(flags), self._words)
        painter.setPen(QPen(theme.colour("line"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(page)

    def _mark(self, painter: QPainter, page: QRectF, sheet: Sheet) -> None:
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
        order = sorted(range(len(sheet.marks)), key=lambda which: which == sheet.current)
        for which in order:
            path = QPainterPath()
            path.setFillRule(Qt.FillRule.WindingFill)
            for box in sheet.marks[which]:
                path.addRoundedRect(_placed(box, page).adjusted(-2, -1, 2, 1), 3, 3)
            painter.fillPath(path, QColor(QUOTE_ON_PAGE if which == sheet.current else OTHER_QUOTE_ON_PAGE))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)


def _placed(share: QRectF, page: QRectF) -> QRectF:
    corner = QPointF(page.x() + share.x() * page.width(), page.y() + share.y() * page.height())
    return QRectF(corner.x(), corner.y(), share.width() * page.width(), share.height() * page.height())

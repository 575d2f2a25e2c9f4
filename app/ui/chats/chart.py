"""A picture that a program drew: as large as its place, never inverted; in the dark it lies under a thin veil."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.ui import theme
from app.ui.accessibility import give_role
from app.ui.parts.scroll import Scroll

TALLEST = 420
VEIL = 0.09
ZOOMS = (1.0, 1.5, 2.0, 3.0, 4.0)
_SIDE = 12


class Chart(QWidget):
    """The picture in the middle of its place, on white."""

    def __init__(self, picture: QImage, name: str) -> None:
        super().__init__()
        self.picture = picture
        give_role(self, "graphic")
        self.setAccessibleName(name)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        ground = QPainterPath()
        ground.addRoundedRect(QRectF(self.rect()), 7, 7)
        painter.setClipPath(ground)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        keep, ratio = Qt.AspectRatioMode.KeepAspectRatio, self.devicePixelRatioF()
        shown = self.picture.scaled(self.size() * ratio, keep, Qt.TransformationMode.SmoothTransformation)
        wide, high = shown.width() / ratio, shown.height() / ratio
        painter.drawImage(QRectF((self.width() - wide) / 2, (self.height() - high) / 2, wide, high), shown)
        if theme.look().dark:
            painter.fillRect(self.rect(), theme.colour("#000000", VEIL))


class CardChart(Chart):
    """In a card: as wide as the card, no larger than it was drawn, and no taller than ``TALLEST``."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        scale = min(self.width() / self.picture.width(), theme.px(TALLEST) / self.picture.height(), 1.0)
        self.setFixedHeight(max(round(self.picture.height() * scale), 24))


class ChartArea(Scroll):
    """Shown large: the whole of it in the area, then larger step by step, scrolled by keyboard too."""

    def __init__(self, picture: QImage, name: str) -> None:
        self.chart = Chart(picture, name)
        super().__init__(self.chart)
        self.setWidgetResizable(False)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        give_role(self, "graphic")
        self.setAccessibleName(name)
        self._zoom = 0

    @property
    def zoom(self) -> float:
        return ZOOMS[self._zoom]

    def zoom_by(self, step: int) -> None:
        """One step in or out, the middle kept; 0 fits the area."""
        bars = (self.horizontalScrollBar(), self.verticalScrollBar())
        middles = [(bar.value() + bar.pageStep() / 2) / max(bar.maximum() + bar.pageStep(), 1) for bar in bars]
        self._zoom = min(max(self._zoom + step, 0), len(ZOOMS) - 1) if step else 0
        self._place()
        for bar, middle in zip(bars, middles, strict=True):
            bar.setValue(round(middle * (bar.maximum() + bar.pageStep()) - bar.pageStep() / 2))

    def _place(self) -> None:
        room = self.viewport().size() - QSize(_SIDE, _SIDE)
        fit = self.chart.picture.size().scaled(room.expandedTo(QSize(80, 80)), Qt.AspectRatioMode.KeepAspectRatio)
        self.chart.resize(fit * self.zoom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

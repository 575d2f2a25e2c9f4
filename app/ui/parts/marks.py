"""The numbered mark: in the text of an answer, beside its quote, in the list of what was read."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.ui import theme
from app.ui.tokens import ON_MARKER

MarkState = Literal["verified", "open", "stale"]


def paint_mark(painter: QPainter, number: int, state: MarkState, height: float) -> None:
    """Paint the mark into a square of ``height`` at the origin; fill and outline carry the state."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    side = height - 2.5
    box = QRectF(1.5, 0.75, side, side)
    if state == "stale":
        painter.setPen(QPen(theme.colour("edge"), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        painter.setPen(QPen(theme.colour("marker_edge"), 1))
        painter.setBrush(theme.colour("marker" if state == "open" else "marker_tint"))
    painter.drawRoundedRect(box, 4, 4)
    painter.setFont(theme.font("caption", 600))
    painter.setPen(theme.colour({"open": ON_MARKER, "verified": "ink", "stale": "ink2"}[state]))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(number))


def mark_size() -> int:
    return theme.px(17)


def mark_image(number: int, state: MarkState, ratio: float = 2.0) -> QImage:
    """The mark as a picture for text."""
    side = mark_size()
    image = QImage(round(side * ratio), round(side * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    painter = QPainter(image)
    paint_mark(painter, number, state, side)
    painter.end()
    return image


class Mark(QWidget):
    """The mark as a widget; the button it stands in speaks for it."""

    def __init__(self, number: int, state: MarkState = "verified") -> None:
        super().__init__()
        self._number, self._state = number, state
        self.retheme()

    def retheme(self) -> None:
        self.setFixedSize(mark_size(), mark_size())
        self.update()

    def set_state(self, state: MarkState) -> None:
        self._state = state
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint_mark(QPainter(self), self._number, self._state, mark_size())

"""Icons: one stroke, one grid of 20, any tone, drawn at device pixels."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.kernel.paths import resources
from app.ui import theme

GAP = 3  # clear pixels between an icon and its word, which a style sheet cannot set


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (resources() / "window" / "icons" / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=1024)
def _drawn(name: str, hex_colour: str, size: int, ratio: float, gap: int) -> QPixmap:
    pixmap = QPixmap(round((size + gap) * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    svg = _source(name).replace("currentColor", hex_colour).encode()
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def pixmap(name: str, tone: str = "ink2", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of ``size`` logical pixels."""
    return _drawn(name, theme.hex_of(tone), size, ratio, 0)


def icon(name: str, tone: str = "ink2", size: int = 16, ratio: float = 1.0, *, gap: bool = False) -> QIcon:
    """The icon for a button; ``gap`` leaves room before the button's word."""
    return QIcon(_drawn(name, theme.hex_of(tone), size, ratio, GAP if gap else 0))

"""Things that show an amount or that something runs: memory bar, ring, progress line."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QPainter, QPainterPath, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from app.ui import theme
from app.ui.accessibility import give_role

RING_STEP_MS = 100


@dataclass(frozen=True)
class Share:
    """A part of a bar: solid is used, hatched would be."""

    amount: float
    tone: str
    would_be: bool = False


class Meter(QWidget):
    """A stacked bar. Its name is the amount in words."""

    def __init__(self, height: int = 8, width: int = 0) -> None:
        super().__init__()
        give_role(self, "meter")
        self._total, self._shares = 1.0, ()  # type: tuple[float, tuple[Share, ...]]
        self.setFixedHeight(height)
        if width:
            self.setFixedWidth(width)

    def show_shares(self, total: float, shares: tuple[Share, ...], words: str) -> None:
        self._total, self._shares = max(total, 1.0), shares
        self.setAccessibleName(words)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        high = float(self.height())
        whole = QPainterPath()
        whole.addRoundedRect(QRectF(0, 0, self.width(), high), high / 2, high / 2)
        painter.setClipPath(whole)
        painter.fillRect(self.rect(), theme.colour("line"))
        at = 0.0
        for share in self._shares:
            wide = min(self.width() * share.amount / self._total, self.width() - at)
            part = QRectF(at, 0, wide, high)
            if share.would_be:
                self._hatch(painter, part, share.tone)
            else:
                painter.fillRect(part, theme.colour(share.tone))
            at += wide
            if 0 < at < self.width():
                painter.fillRect(QRectF(at - 0.5, 0, 1.5, high), theme.colour("paper"))

    def _hatch(self, painter: QPainter, part: QRectF, tone: str) -> None:
        painter.save()
        painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
        painter.fillRect(part, theme.colour(tone, 0.25))
        painter.setPen(QPen(theme.colour(tone), 1.2))
        x = part.left() - part.height()
        while x < part.right():
            painter.drawLine(QPointF(x, part.bottom()), QPointF(x + part.height(), part.top()))
            x += 4
        painter.restore()


class Ring(QWidget):
    """Something runs: an open ring that turns in steps, or stands where motion is off."""

    def __init__(self, size: int = 14, tone: str = "ink") -> None:
        super().__init__()
        self._size, self._tone, self._step = size, tone, 0
        self.setFixedSize(theme.px(size), theme.px(size))
        self._timer = QTimer(self)
        self._timer.setInterval(RING_STEP_MS)
        self._timer.timeout.connect(self._turn)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if theme.look().motion:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)

    def retheme(self) -> None:
        self.setFixedSize(theme.px(self._size), theme.px(self._size))
        if theme.look().motion and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()

    def _turn(self) -> None:
        self._step = (self._step + 1) % 12
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(2, 2, self.width() - 4, self.height() - 4)
        painter.setPen(QPen(theme.colour("line"), 2))
        painter.drawEllipse(box)
        pen = QPen(theme.colour(self._tone), 2)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(box, (90 - 30 * self._step) * 16, -110 * 16)


class ProgressLine(QProgressBar):
    """Four pixels of progress; the count stands beside it in words."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName(name)

    def show_progress(self, done: float, total: float) -> None:
        self.setRange(0, 1000)
        self.setValue(round(1000 * done / total) if total else 0)

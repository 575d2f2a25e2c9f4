"""A scroll area whose bar lies over the right margin: nothing reflows when it comes or goes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QScrollBar, QWidget


class Scroll(QScrollArea):
    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        real = self.verticalScrollBar()
        real.setSingleStep(24)
        real.rangeChanged.connect(self._follow)
        real.valueChanged.connect(self._bar.setValue)
        self._bar.valueChanged.connect(real.setValue)
        self._bar.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Of what is scrolled; its new height is known before Qt makes room for it."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self._measure()
        return super().eventFilter(watched, event)

    def _measure(self) -> None:
        """As high as its words need at the width they have. Qt's own least height is that at their least width: below
        wrapped words it leaves room that nothing fills."""
        inner = self.widget()
        layout = inner.layout() if inner is not None and self.widgetResizable() else None
        if inner is None or layout is None:
            return
        least = layout.totalMinimumSize()
        wide = max(self.viewport().width(), least.width())
        high = layout.totalHeightForWidth(wide) if layout.hasHeightForWidth() else least.height()
        inner.setMinimumHeight(max(high, 1))

    def at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 40

    def to_end(self) -> None:
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _follow(self, low: int, high: int) -> None:
        real = self.verticalScrollBar()
        self._bar.setPageStep(real.pageStep())
        self._bar.setRange(low, high)
        self._bar.setValue(real.value())
        self._bar.setVisible(high > low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()
        super().resizeEvent(event)
        self._bar.setGeometry(self.width() - 11, 2, 10, self.height() - 4)
        real = self.verticalScrollBar()
        self._follow(real.minimum(), real.maximum())

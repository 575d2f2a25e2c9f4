"""A scroll bar that lies over the right margin of a list: nothing reflows when it comes or goes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractItemView, QScrollBar

WIDTH, GAP = 10, 2


class OverBar(QScrollBar):
    """Takes the place of the vertical bar of ``view``, below its header ``top`` pixels high."""

    def __init__(self, view: QAbstractItemView, top: int = 0) -> None:
        super().__init__(Qt.Orientation.Vertical, view)
        self._view, self._top = view, top
        view.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        real = view.verticalScrollBar()
        real.rangeChanged.connect(self._follow)
        real.valueChanged.connect(self.setValue)
        self.valueChanged.connect(real.setValue)
        view.installEventFilter(self)
        self._follow()

    def _follow(self, _low: int = 0, _high: int = 0) -> None:
        real = self._view.verticalScrollBar()
        self.setPageStep(real.pageStep())
        self.setSingleStep(real.singleStep())
        self.setRange(real.minimum(), real.maximum())
        self.setValue(real.value())
        self.setVisible(real.maximum() > real.minimum())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            high = self._view.height() - self._top - 2 * GAP
            self.setGeometry(self._view.width() - WIDTH - 1, self._top + GAP, WIDTH, high)
            self._follow()
        return super().eventFilter(watched, event)

"""A page's three columns: a list, what it is about, and details that stand beside it or lie over it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.focus import first_focusable
from app.ui.parts.layout import vr

LEAST_UNCOVERED = 56
HEAD = 52  # the bar of the middle stays whole


class Sides(QWidget):
    """Widths in logical pixels; 0 hides a column. Details that lie over leave a strip of what is below in sight."""

    def __init__(self, left: QWidget | None, middle: QWidget, right: QWidget) -> None:
        super().__init__()
        self._left, self._middle, self._right = left, middle, right
        self._widths = (0, 0)
        self._over = False
        self._rules = (vr(), vr())
        for pane in (left, middle, right, *self._rules):
            if pane is not None:
                pane.setParent(self)

    def divide(self, left: int, right: int, *, over: bool) -> None:
        """``over``: the right column covers part of the middle instead of standing beside it."""
        self._widths, self._over = (left if self._left is not None else 0, right), over
        self._place()

    def focus_right(self) -> None:
        """Put the keyboard on the first thing of the right column that takes it."""
        first_focusable(self._right).setFocus(Qt.FocusReason.OtherFocusReason)

    def _place(self) -> None:
        wide, high = self.width(), self.height()
        left, right = self._widths
        right = min(right, max(wide - left - LEAST_UNCOVERED, 0))
        first, second = self._rules
        at = 0
        if self._left is not None:
            self._left.setVisible(left > 0)
            self._left.setGeometry(0, 0, left, high)
        first.setVisible(left > 0)
        if left:
            first.setGeometry(left, 0, 1, high)
            at = left + 1
        beside = right + 1 if right and not self._over else 0
        self._middle.setGeometry(at, 0, wide - at - beside, high)
        focused = QApplication.focusWidget()
        if not right and focused is not None and self._right.isAncestorOf(focused):
            first_focusable(
                self._middle
            ).setFocus()  # hidden with the keyboard in it, it would hand it to whatever comes next
        self._right.setVisible(right > 0)
        second.setVisible(right > 0)
        top = HEAD if self._over else 0
        self._right.setGeometry(wide - right, top, right, high - top)
        second.setGeometry(wide - right - 1, top, 1, high - top)
        self._right.raise_()
        second.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

"""Where the keyboard goes when a part of the window is entered."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def first_focusable(pane: QWidget) -> QWidget:
    """The pane itself, or the first thing in it that can take the focus."""
    if pane.focusPolicy() != Qt.FocusPolicy.NoFocus and pane.isEnabled():
        return pane
    for inner in pane.findChildren(QWidget):
        if inner.isVisible() and inner.isEnabled() and inner.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return inner
    return pane

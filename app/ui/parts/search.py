"""A field to search in: a glass before its words."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLineEdit

from app.ui import icons


class SearchBox(QLineEdit):
    """What it searches is its name, and stands in it while it is empty."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("soft")
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self._glass = self.addAction(icons.icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self.retheme()

    def retheme(self) -> None:
        self._glass.setIcon(icons.icon("search", "ink3", 16, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.retheme()

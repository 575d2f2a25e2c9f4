"""The rail: six places, one of them current."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from app.ui import icons, theme
from app.ui.parts.layout import STRETCH, Centred, dress, fill, set_property
from app.ui.parts.words import Icon

PLACES = ("chats", "documents", "models", "tools", "activity", "settings")


class Place(QToolButton):
    """One place. Not checkable, which would read as a check box: ``on`` is a property and part of the name."""

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place
        self.setObjectName("nav")
        self.setText(place.capitalize())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._on, self._note = False, ""
        self.set_compact(compact=False)
        self.set_on(on=False)

    def set_compact(self, *, compact: bool) -> None:
        style = Qt.ToolButtonStyle.ToolButtonIconOnly if compact else Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        self.setToolButtonStyle(style)
        self.setFixedSize(40, 44) if compact else self.setFixedSize(theme.px(68), theme.px(32) + 20)
        self.setToolTip(self.text() if compact else "")

    def set_on(self, *, on: bool) -> None:
        self._on = on
        set_property(self, "on", "true" if on else "false")
        self._speak()
        self.retheme()

    def set_note(self, note: str) -> None:
        """What is waiting there, in words: "6 need you"."""
        self._note = note
        self._speak()

    def _speak(self) -> None:
        self.setAccessibleName(", ".join(x for x in (self.text(), "current" if self._on else "", self._note) if x))

    def retheme(self) -> None:
        self.setFont(theme.font("caption", 600 if self._on else 500))
        size = theme.px(20)
        self.setIconSize(QSize(size, size))
        self.setIcon(icons.icon(self.place, "ink" if self._on else "ink2", size, self.devicePixelRatioF()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)


class Rail(QWidget):
    """Signals:
    chosen: the name of a place.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "rail", (8, 12, 7, 10), 4)
        self.setAccessibleName("Places")
        self._places = {place: Place(place) for place in PLACES}
        upper = [self._places[place] for place in PLACES[:-1]]
        fill(self, Centred(Icon("carrel", "ink", 24)), 12, *upper, STRETCH, self._places["settings"])
        for place, button in self._places.items():
            button.clicked.connect(lambda _checked, name=place: self.chosen.emit(name))
        self.set_compact(compact=False)

    def __getitem__(self, place: str) -> Place:
        return self._places[place]

    def set_compact(self, *, compact: bool) -> None:
        self.setFixedWidth(56 if compact else theme.px(68) + 16)
        for button in self._places.values():
            button.set_compact(compact=compact)

    def set_current(self, place: str) -> None:
        for name, button in self._places.items():
            button.set_on(on=name == place)

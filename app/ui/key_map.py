"""F1: every key of this window, from the one table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.ui import theme
from app.ui.actions import Actions, Deed, native_keys
from app.ui.parts.buttons import IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, head, hr, row
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Words

COLUMN = 300
HEAD = 55  # the bar with its rule, and the edge


class KeyMap(QFrame):
    """A sheet over the window; Esc closes it."""

    def __init__(self, window: QWidget, actions: Actions) -> None:
        super().__init__(window)
        dress(self, QVBoxLayout(self), "sheet", NONE, 0)
        self.setAccessibleName("Keyboard map")
        self._window, self._actions = window, actions
        self._before: QWidget | None = None
        self._close = IconButton("close", "Close the keyboard map", pressed=self.close_up)
        self._columns = row(margins=(20, 12, 20, 16), space=24)
        top = head(
            Words("Keyboard", "head", 600),
            STRETCH,
            Words("Esc closes", "small", 400, "ink3"),
            self._close,
            name="clear",
        )
        fill(self, top, hr(), Grow(Scroll(self._columns)))
        self.hide()

    def open(self) -> None:
        self._before = self._window.window().focusWidget()
        clear(self._columns)
        groups: dict[str, list[Deed]] = {}
        for deed in self._actions.bound():
            if deed.keys:
                groups.setdefault(deed.group, []).append(deed)
        lines = [self._group(name, deeds) for name, deeds in groups.items()]
        fill(self._columns, Grow(column(*lines[::2], STRETCH, space=14)), Grow(column(*lines[1::2], STRETCH, space=14)))
        self.place()
        self.show()
        self.raise_()
        self._close.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Stand in the middle of the window as it is now."""
        wide = min(2 * theme.px(COLUMN) + 64, self._window.width() - 60)
        high = min(HEAD + self._columns.sizeHint().height(), self._window.height() - 90)
        self.setGeometry((self._window.width() - wide) // 2, 48, wide, high)

    def close_up(self) -> bool:
        """Close; True if it was open."""
        if not self.isVisible():
            return False
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        return True

    def _group(self, name: str, deeds: list[Deed]) -> QWidget:
        lines = [
            row(Words(d.text, "small"), STRETCH, Words(native_keys(d), "small", 500, "ink2"), space=8) for d in deeds
        ]
        return column(Words(name, "caption", 600, "ink3"), *lines, space=5)

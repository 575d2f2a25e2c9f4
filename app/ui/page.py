"""What a page of the shell promises."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


class Page(QWidget):
    """One place of the rail.

    Subclasses override what they have: panes in F6 order, Esc, what to do when shown or when the width changes.
    """

    def panes(self) -> tuple[QWidget, ...]:
        """What F6 goes round: the widget of each pane that takes the focus, left to right."""
        return ()

    def escape(self) -> bool:
        """Esc was pressed: True if it meant something here."""
        return False

    def toggle_list(self) -> None:
        """Ctrl+B: show or hide the list on the left, where there is one."""

    def find_here(self) -> None:
        """Ctrl+F."""

    def set_width(self, width: int) -> None:
        """The window is this wide now, rail included."""

    def shown(self) -> None:
        """The page came to the front."""

    def note(self) -> str:
        """The sentence at the right of the status line."""
        return ""

"""The shell: rail, pages, and the rules by which they fit a window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.domain.events import Problem
from app.ui import theme
from app.ui.accessibility import announce, give_role
from app.ui.focus import first_focusable
from app.ui.page import Page
from app.ui.parts.layout import NONE, Grow, column, dress, fill
from app.ui.parts.notes import Note
from app.ui.rail import Rail

COMPACT_RAIL_BELOW = 1100


class Shell(QWidget):
    """Signals:
    place_changed: the name of the page that came to the front.
    """

    place_changed = Signal(str)

    def __init__(self, pages: dict[str, Page]) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "desk", NONE, 0)
        self.rail = Rail()
        self.pages = pages
        self._stack = QStackedWidget()
        for page in pages.values():
            self._stack.addWidget(page)
        self._notes = column(margins=(16, 8, 16, 8), space=6, name="desk")
        self._notes.hide()
        fill(self, self.rail, Grow(column(self._notes, Grow(self._stack))))
        self.rail.chosen.connect(self.go)

    @property
    def page(self) -> Page:
        current = self._stack.currentWidget()
        if not isinstance(current, Page):
            raise TypeError("the shell holds pages only")
        return current

    def go(self, place: str) -> None:
        """Bring a page to the front and focus its first pane."""
        self._stack.setCurrentWidget(self.pages[place])
        self.rail.set_current(place)
        self.place_changed.emit(place)
        self.page.shown()

    def next_pane(self, step: int) -> None:
        """F6: the rail, then the page's panes, then round again."""
        ring: list[QWidget] = [*(p for p in self.page.panes() if p.isVisible()), self.rail["chats"]]
        focused = QApplication.focusWidget()
        at = -1
        for index, pane in enumerate(ring):
            around = pane.parentWidget() if pane is self.rail["chats"] else pane
            if focused is not None and (pane is focused or (around is not None and around.isAncestorOf(focused))):
                at = index
        target = ring[(at + step) % len(ring)] if at >= 0 else ring[0]
        first_focusable(target).setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_problem(self, problem: Problem) -> None:
        """A failure nobody was waiting for: a note over the page until it is closed."""
        for old in self._notes.findChildren(Note):
            if old.property("code") == problem.code:
                old.deleteLater()
        note = Note(problem.message, problem.hint, "stop", action="Close")
        note.setProperty("code", problem.code)
        give_role(note, "alert")
        note.action_pressed.connect(lambda: self._close_note(note))
        layout = self._notes.layout()
        if isinstance(layout, QVBoxLayout):
            layout.addWidget(note)
        self._notes.show()
        announce(note, f"{problem.message} {problem.hint}", at_once=True)

    def _close_note(self, note: Note) -> None:
        layout = self._notes.layout()
        if layout is not None:
            layout.removeWidget(note)
            note.deleteLater()
            self._notes.setVisible(layout.count() > 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.retheme()

    def retheme(self) -> None:
        """Apply the rules of the width; larger text needs them earlier."""
        self.rail.set_compact(compact=self.width() / theme.look().scale < COMPACT_RAIL_BELOW)
        for page in self.pages.values():
            page.set_width(self.width())

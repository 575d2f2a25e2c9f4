"""The window: status line below, and above it the shell, first run, or the lock."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from app.bridge.desk import DeskBridge, SetupState
from app.domain.events import Problem
from app.ui import accessibility, icons, theme
from app.ui.actions import Actions
from app.ui.chats.page import ChatsPage
from app.ui.key_map import KeyMap
from app.ui.page import Page
from app.ui.palette import CommandPalette
from app.ui.rail import PLACES
from app.ui.settings import WindowSettings
from app.ui.shell import Shell
from app.ui.status import StatusLine

LEAST = (880, 520)
USUAL = (1440, 900)


class MainWindow(QMainWindow):
    """Everything a person sees. Knows the bridge and nothing below it."""

    def __init__(self, bridge: DeskBridge, settings: WindowSettings) -> None:
        super().__init__()
        self.setWindowTitle("Carrel")
        self.setMinimumSize(*LEAST)
        self.resize(*USUAL)
        self._bridge, self._settings = bridge, settings
        self.actions_table = Actions(self)
        self.chats = ChatsPage(bridge, self.actions_table)
        self.shell = Shell(self._pages())
        self._stack = QStackedWidget()
        self._stack.addWidget(self.shell)
        self.setCentralWidget(self._stack)
        self.status_line = StatusLine()
        self.setStatusBar(self.status_line)
        self.palette_sheet = CommandPalette(self, self.actions_table)
        self.key_map = KeyMap(self, self.actions_table)
        self.status_line.chosen.connect(self.go)
        self.shell.place_changed.connect(lambda _place: self._say_note())
        self.chats.go_to.connect(self.go)
        self.chats.note_changed.connect(lambda _note: self._say_note())
        bridge.status_changed.connect(lambda event: self.status_line.show_status(event.status))
        bridge.problem.connect(self._problem)
        self._bind()
        if not settings.geometry.isEmpty():
            self.restoreGeometry(settings.geometry)

    def _pages(self) -> dict[str, Page]:
        return {"chats": self.chats}

    def _bind(self) -> None:
        table = self.actions_table
        table.bind("palette", self.palette_sheet.open)
        for place in PLACES:
            if place in self.shell.pages:
                table.bind(f"page.{place}", partial(self.go, place))
        table.bind("pane.next", lambda: self.shell.next_pane(1))
        table.bind("pane.previous", lambda: self.shell.next_pane(-1))
        table.bind("back", self.escape)
        table.bind("find", self._find)
        table.bind("keys", self.key_map.open)
        table.bind("quit", self.close)

    def start(self) -> None:
        """Ask where first run stands and show the right thing."""
        self._bridge.status().then(self.status_line.show_status)
        self._bridge.setup().then(self._set_up)

    def _set_up(self, _state: SetupState) -> None:
        self.go("chats")

    def go(self, place: str) -> None:
        """Bring a place to the front."""
        if place in self.shell.pages:
            self._stack.setCurrentWidget(self.shell)
            self.shell.go(place)

    def escape(self) -> None:
        """Esc closes what lies on top, else means what the page says."""
        if not (self.palette_sheet.close_up() or self.key_map.close_up()):
            self.shell.page.escape()

    def _find(self) -> None:
        self.shell.page.find_here()

    def _problem(self, problem: Problem) -> None:
        self.shell.show_problem(problem)

    def _say_note(self) -> None:
        self.status_line.set_note(self.shell.page.note())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.status_line.set_width(self.width())

    def closeEvent(self, event: QCloseEvent) -> None:
        self._settings.geometry = self.saveGeometry()
        super().closeEvent(event)


def dress_application(app: QApplication, settings: WindowSettings) -> None:
    """Style, look and roles; the look follows the system and the settings from now on."""
    app.setStyle("Fusion")
    app.setApplicationName("Carrel")
    app.setWindowIcon(icons.icon("carrel", "ink", 64))
    accessibility.install()

    def dress() -> None:
        theme.apply(app, theme.system_look(app, settings.appearance, settings.scale, motion=settings.motion))

    dress()
    app.styleHints().colorSchemeChanged.connect(lambda _scheme: dress())


def open_window(bridge: DeskBridge, settings: Path | None = None) -> MainWindow:
    """Show the window over a bridge. ``settings``: the file that keeps appearance and size; None keeps nothing."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("a QApplication comes first")
    kept = WindowSettings(settings)
    dress_application(app, kept)
    window = MainWindow(bridge, kept)
    window.show()
    window.start()
    return window

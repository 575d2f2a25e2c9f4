"""The window: status line below, and above it the shell, or first run and the lock."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from app.bridge.desk import DeskBridge, SetupState
from app.domain.events import Problem, StatusChanged
from app.ui import accessibility, icons, theme
from app.ui.actions import Actions
from app.ui.activity.page import ActivityPage
from app.ui.chats.page import ChatsPage
from app.ui.documents.page import DocumentsPage
from app.ui.first_run.page import FirstRun
from app.ui.focus import step
from app.ui.key_map import KeyMap
from app.ui.models.page import ModelsPage
from app.ui.palette import CommandPalette
from app.ui.rail import PLACES
from app.ui.settings import Appearance, WindowSettings
from app.ui.settings_page import SettingsPage
from app.ui.shell import Shell
from app.ui.status import StatusLine
from app.ui.tools.page import ToolsPage

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
        self.deeds = Actions(self)
        self.chats = ChatsPage(bridge, self.deeds)
        self.documents = DocumentsPage(bridge, self.deeds)
        self.models = ModelsPage(bridge, self.deeds)
        self.settings_page = SettingsPage(bridge, settings)
        pages = (self.chats, self.documents, self.models, ToolsPage(bridge), ActivityPage(bridge), self.settings_page)
        self.shell = Shell(dict(zip(PLACES, pages, strict=True)))
        self.first_run = FirstRun(bridge)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.shell)
        self._stack.addWidget(self.first_run)
        self.setCentralWidget(self._stack)
        self.status_line = StatusLine()
        self.setStatusBar(self.status_line)
        self.command_palette = CommandPalette(self, self.deeds)
        self.key_map = KeyMap(self, self.deeds)
        self._connect()
        self._bind()
        if not settings.geometry.isEmpty():
            self.restoreGeometry(settings.geometry)

    def _connect(self) -> None:
        bridge = self._bridge
        self.status_line.chosen.connect(self.go)
        self.shell.place_changed.connect(self._say_note)
        self.shell.place_changed.connect(lambda _place: bridge.status().then(self.status_line.show_status))
        self.chats.go_to.connect(self.go)
        self.chats.note_changed.connect(self._say_note)
        self.documents.note_changed.connect(self._say_note)
        self.documents.shown_wanted.connect(partial(self.go, "documents"))
        self.documents.waiting_changed.connect(self.shell.rail["documents"].set_note)
        self.first_run.finished.connect(self._begin)
        self.first_run.note_changed.connect(self.status_line.set_note)
        self.settings_page.look_changed.connect(self.dress)
        self.settings_page.lock_wanted.connect(self.lock)
        bridge.status_changed.connect(self._status_changed)
        bridge.problem.connect(self._problem)

    def _bind(self) -> None:
        bind = self.deeds.bind
        bind("palette", self.command_palette.open)
        for place in PLACES:
            bind(f"page.{place}", partial(self.go, place))
        bind("model.choose", partial(self.go, "models"))
        bind("documents.search", self._search_documents)
        bind("pane.next", lambda: self.shell.next_pane(1))
        bind("pane.previous", lambda: self.shell.next_pane(-1))
        bind("back", self.escape)
        bind("list", self._toggle_list)
        bind("find", self._find)
        bind("keys", self.key_map.open)
        bind("lock", self.lock)
        bind("quit", self.close)
        for appearance in ("light", "dark", "system"):
            bind(appearance, partial(self._look, appearance))

    def start(self) -> None:
        """Ask where first run stands and show the right thing."""
        self._bridge.status().then(self.status_line.show_status)
        self._bridge.setup().then(self._set_up)

    @property
    def in_shell(self) -> bool:
        """The shell is in front, not first run or the lock."""
        return self._stack.currentWidget() is self.shell

    def _set_up(self, state: SetupState) -> None:
        if state.finished and state.key == "open":
            self._begin("")
        else:
            self._stack.setCurrentWidget(self.first_run)
            self.first_run.show_state(state)

    def _begin(self, conversation: str) -> None:
        self.status_line.set_note("")
        self._stack.setCurrentWidget(self.shell)
        self.shell.go("chats")
        if conversation:
            self.chats.chat.open(conversation)

    def go(self, place: str) -> None:
        """Bring a place to the front; not while the vault is shut or being made."""
        if self.in_shell:
            self.shell.go(place)

    def lock(self) -> None:
        """Seal the vault; what was shown goes from the window with it."""
        if self.in_shell:
            self._bridge.lock().then(self._locked)

    def _locked(self, _none: None) -> None:
        self.chats.forget()
        self.documents.forget()
        self.models.forget()
        self._bridge.setup().then(self._set_up)

    def escape(self) -> None:
        """Esc closes what lies on top, else means what the page says."""
        if not (self.command_palette.close_up() or self.key_map.close_up()) and self.in_shell:
            self.shell.page.escape()

    def dress(self) -> None:
        """Put on the look of the settings and the system."""
        dress(self._settings)
        self.status_line.set_width(self.width())

    def _look(self, appearance: Appearance) -> None:
        self.settings_page.appearance.set_value(appearance)
        self._settings.appearance = appearance
        self.dress()

    def _find(self) -> None:
        if self.in_shell:
            self.shell.page.find_here()

    def _toggle_list(self) -> None:
        if self.in_shell:
            self.shell.page.toggle_list()

    def _search_documents(self) -> None:
        self.go("documents")
        self.documents.find_here()

    def _status_changed(self, event: StatusChanged) -> None:
        self.status_line.show_status(event.status)

    def _problem(self, problem: Problem) -> None:
        self.shell.show_problem(problem)

    def _say_note(self, _words: str) -> None:
        if self.in_shell:
            self.status_line.set_note(self.shell.page.note())

    def focusNextPrevChild(self, forward: bool, /) -> bool:
        """Tab and Shift+Tab, from wherever the keyboard is."""
        return step(self, self.focusWidget(), 1 if forward else -1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.status_line.set_width(self.width())
        self.command_palette.place()
        self.key_map.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._settings.geometry = self.saveGeometry()
        super().closeEvent(event)


def _application() -> QApplication:
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("a QApplication comes first")
    return app


def dress(settings: WindowSettings) -> None:
    """Put on the look that the settings and the system's hints amount to."""
    app = _application()
    theme.apply(app, theme.system_look(app, settings.appearance, settings.scale, motion=settings.motion))


def dress_application(app: QApplication, settings: WindowSettings) -> None:
    """Style, look and roles, before the first widget."""
    if not app.styleSheet():
        app.setStyle("Fusion")
    app.setApplicationName("Carrel")
    accessibility.install()
    dress(settings)
    app.setWindowIcon(icons.icon("carrel", "ink", 64))


def open_window(bridge: DeskBridge, settings: Path | None = None) -> MainWindow:
    """Show the window over a bridge. ``settings``: the file that keeps appearance and size; None keeps nothing."""
    app = _application()
    kept = WindowSettings(settings)
    dress_application(app, kept)
    window = MainWindow(bridge, kept)
    app.styleHints().colorSchemeChanged.connect(window.dress)
    app.styleHints().accessibility().contrastPreferenceChanged.connect(window.dress)
    window.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose)
    window.show()
    window.start()
    return window

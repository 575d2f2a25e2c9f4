"""A window over a desk kept in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bridge.core import CoreThread
from app.bridge.desk import DeskBridge
from app.ui.window import MainWindow, open_window
from tests.fakes.paper_desk import PaperDesk


@dataclass
class Opened:
    """A window and what is behind it."""

    window: MainWindow
    desk: PaperDesk
    core: CoreThread


@pytest.fixture
def open_on(qapp: QApplication, qtbot: QtBot) -> Iterator[Callable[[PaperDesk], Opened]]:
    """Open a window on a desk; all are closed at the end."""
    made: list[Opened] = []

    def start(desk: PaperDesk) -> Opened:
        core = CoreThread()
        window = open_window(DeskBridge(core, desk))
        made.append(Opened(window, desk, core))
        qtbot.waitUntil(window.isActiveWindow)
        return made[-1]

    yield start
    for opened in made:
        opened.window.close()
        opened.core.stop()
        opened.window.deleteLater()
    qapp.processEvents()


@pytest.fixture
def opened(open_on: Callable[[PaperDesk], Opened], qtbot: QtBot) -> Opened:
    """A window on an open vault, its chats page in front and its composer ready."""
    one = open_on(PaperDesk())
    qtbot.waitUntil(lambda: one.window.in_shell and one.window.chats.composer.field.hasFocus())
    qtbot.waitUntil(lambda: bool(one.window.chats.chat.scope.collections))
    return one

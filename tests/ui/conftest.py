"""A window over the real desk."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.engine.scripted import Transcript
from app.services.local import LocalDesk
from app.ui.window import MainWindow, open_window
from tests.bridge.held import Held, holding
from tests.room import Room, transcript
from tests.shelf import REPLY, copied

T = TypeVar("T")
PLAYED = transcript(REPLY)
"""A question about leave is answered with a quote of the handbook."""


@dataclass
class Opened:
    """A window and what is behind it."""

    window: MainWindow
    held: Held

    @property
    def room(self) -> Room:
        return self.held.room

    @property
    def desk(self) -> LocalDesk:
        return self.held.room.desk

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something at the desk, past the window, and wait for it."""
        return self.held.core.run(work)


class OpenOn(Protocol):
    """Open a window on the room of a place."""

    def __call__(self, place: Path, played: Transcript = ..., *, locked: bool = False) -> Opened: ...


@contextlib.contextmanager
def opening(place: Path, played: Transcript, *, locked: bool) -> Iterator[Opened]:
    """A window, closed and gone at the end: what one test leaves would be dressed again in every other."""
    with holding(place, played, locked=locked) as held:
        window = open_window(held.bridge)
        try:
            yield Opened(window, held)
        finally:
            window.close()
    QCoreApplication.processEvents()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete)


@pytest.fixture
def open_on(qapp: QApplication, qtbot: QtBot) -> Iterator[OpenOn]:
    """Open a window, in front the first run or the lock or the chats; it is closed at the end."""
    with contextlib.ExitStack() as steps:

        def start(place: Path, played: Transcript = PLAYED, *, locked: bool = False) -> Opened:
            one = steps.enter_context(opening(place, played, locked=locked))
            qtbot.waitUntil(one.window.isActiveWindow)
            return one

        yield start


@pytest.fixture
def open_shelf(open_on: OpenOn, shelf_room: Path, tmp_path: Path, qtbot: QtBot) -> Callable[[Transcript], Opened]:
    """Open a window on the shelf, its chats in front and its composer ready."""

    def start(played: Transcript) -> Opened:
        one = open_on(copied(shelf_room, tmp_path), played)
        qtbot.waitUntil(lambda: one.window.in_shell and one.window.chats.composer.field.hasFocus())
        qtbot.waitUntil(lambda: bool(one.window.chats.chat.scope.collections))
        return one

    return start


@pytest.fixture
def opened(open_shelf: Callable[[Transcript], Opened]) -> Opened:
    """A window on the shelf, its model playing ``PLAYED``."""
    return open_shelf(PLAYED)

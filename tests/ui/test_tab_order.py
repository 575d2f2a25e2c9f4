"""Tab goes through the window in the order in which it is read, not in that in which it was built."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.ui.focus import stops
from app.ui.parts.scroll import Scroll
from tests.shelf import QUESTION
from tests.ui.conftest import Opened

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_tab_goes_through_the_window_as_it_stands(opened: Opened, qtbot: QtBot) -> None:
    opened.window.chats.chat.ask(QUESTION)
    qtbot.waitUntil(lambda: "Ask again" in _names(opened))
    names = _names(opened)
    places = [
        "Chats, current",
        "New chat",
        "Chat actions",
        "Ask again",
        "Question",
        "Ask",
        "Evidence, shown",
        "Network: No network",
    ]
    assert [name for name in names if name in places] == places
    assert len(names) == len(set(names)), "each is come to once"
    opened.window.go("tools")
    qtbot.waitUntil(lambda: "Calculate: may be called" in _names(opened))
    names = _names(opened)
    order = (
        "Settings",
        "Stop all tools",
        "Install a tool from a folder…",
        "Calculate: may be called",
        "Network: No network",
    )
    assert sorted(order, key=names.index) == list(order)


def test_tab_brings_what_it_comes_to_into_view_and_goes_round(opened: Opened, qtbot: QtBot) -> None:
    opened.window.resize(880, 520)
    opened.window.go("tools")
    qtbot.waitUntil(lambda: "Write a file: may be called" in _names(opened))
    ring = list(stops(opened.window))
    ring[0].setFocus()
    seen = []
    for _ in ring:
        here = opened.window.focusWidget()
        assert here is not None
        area = opened.window.shell.page.findChildren(Scroll)[0]
        if area.isAncestorOf(here):
            spot = here.mapTo(area, here.rect().center())
            assert area.rect().contains(spot), here.accessibleName()
        seen.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
    assert seen == ring
    assert opened.window.focusWidget() is ring[0]
    QTest.keyClick(ring[0], Qt.Key.Key_Backtab)
    assert opened.window.focusWidget() is ring[-1]


def test_one_of_a_few_reads_as_a_radio_button(opened: Opened) -> None:
    opened.window.go("settings")
    chosen = [each for each in stops(opened.window) if each.accessibleName().startswith("Appearance: ")]
    (interface,) = [QAccessible.queryAccessibleInterface(each) for each in chosen]
    assert interface.role() == QAccessible.Role.RadioButton


def _names(opened: Opened) -> list[str]:
    """What Tab comes to, as a screen reader says it."""
    return [QAccessible.queryAccessibleInterface(each).text(QAccessible.Text.Name) for each in stops(opened.window)]

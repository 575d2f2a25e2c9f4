"""What a permission is asked for is shown whole, whatever its length."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from app.domain.events import PermissionAsked
from app.ui.chats.permission import FACTS_SHARE, PermissionSheet

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LONG = "Dana, September was our best month, and the chart is attached. " * 60


def sheet(qtbot: QtBot, text: str) -> PermissionSheet:
    asked = PermissionAsked(
        request="request",
        turn="turn",
        conversation="chat",
        title="Save this e-mail draft?",
        facts=(("To", "dana@harrowlyle.example"), ("Text", text)),
        why="This chat has read text that others wrote.",
        always_allowed=False,
    )
    made = PermissionSheet(asked)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show()
    return made


def value(made: PermissionSheet, text: str) -> QLabel:
    (found,) = [label for label in made.findChildren(QLabel) if label.text() == text]
    return found


@pytest.mark.parametrize("text", ["Short.", LONG])
def test_a_value_has_the_height_all_its_words_need(qtbot: QtBot, text: str) -> None:
    label = value(sheet(qtbot, text), text)
    shown = label.height()
    label.setMinimumHeight(0)
    assert shown == label.heightForWidth(label.width())


def test_what_is_longer_than_its_share_of_the_window_is_scrolled_by_keyboard_too(qtbot: QtBot) -> None:
    made = sheet(qtbot, LONG)
    area = made.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    assert area.height() <= made.window().height() * FACTS_SHARE + 1
    assert area.verticalScrollBar().maximum() > 0
    assert area.focusPolicy() is Qt.FocusPolicy.StrongFocus
    assert area.accessibleName() == "What would be done"


def test_what_is_short_stands_without_a_scroll_bar(qtbot: QtBot) -> None:
    area = sheet(qtbot, "Short.").findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    assert area.verticalScrollBar().maximum() == 0
    assert area.focusPolicy() is Qt.FocusPolicy.NoFocus

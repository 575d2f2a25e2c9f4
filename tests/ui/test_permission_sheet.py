"""What a permission is asked for is shown whole, whatever its length."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from app.domain.events import PermissionAsked
from app.domain.tool import ActionSheet
from app.ui import theme
from app.ui.chats.permission import FACTS_SHARE, PermissionSheet
from app.ui.chats.preview import Preview

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


def test_a_change_is_shown_as_a_diff_in_plain_text(qtbot: QtBot) -> None:
    diff = "--- plan.md\n+++ plan.md\n@@ -1 +1 @@\n-<b>Bread</b>\n+Butter\n" + " same\n" * 200
    shown = ActionSheet(proposal="p", title="Change plan.md?", facts=(), preview=diff, preview_kind="diff")
    asked = PermissionAsked(
        request="r", turn="t", conversation="c", title=shown.title, facts=(), why="", always_allowed=True, sheet=shown
    )
    made = PermissionSheet(asked)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show()
    preview = made.findChild(Preview)
    assert isinstance(preview, Preview)
    assert preview.toPlainText() == diff
    assert preview.isReadOnly()
    assert preview.accessibleName() == "What would be changed"
    assert preview.verticalScrollBar().maximum() > 0
    assert tones(preview, 5) == [theme.hex_of(tone) for tone in ("ink3", "ink3", "ink3", "stop", "vouch")]


def tones(preview: Preview, count: int) -> list[str]:
    """Colours of the first lines. Each step is held: what it is a part of would be gone otherwise."""
    found = []
    for number in range(count):
        parts = preview.document().findBlockByNumber(number).layout().formats()
        shape = parts[0].format
        brush = shape.foreground()
        found.append(brush.color().name().upper())
    return found

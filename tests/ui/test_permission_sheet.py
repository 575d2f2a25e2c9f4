"""What a permission is asked for is shown whole, whatever its length."""

from __future__ import annotations

from typing import Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from app.domain.events import PermissionAsked
from app.domain.tool import ActionSheet
from app.ui import theme
from app.ui.chats.permission import FACTS_SHARE, PermissionSheet
from app.ui.chats.preview import Preview
from app.ui.parts.plain import FittedText, PlainText

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


def action(qtbot: QtBot, tool: str, preview: str, kind: Literal["text", "diff"]) -> PermissionSheet:
    """The sheet of an action that would write this."""
    facts = (("New file", "/papers/sales.eml"), ("Size", "1 byte"))
    shown = ActionSheet(proposal="p", title="Write it?", facts=facts, preview=preview, preview_kind=kind)
    asked = PermissionAsked(
        request="r",
        turn="t",
        conversation="c",
        title=shown.title,
        facts=facts,
        why="",
        always_allowed=True,
        sheet=shown,
        tool=tool,
    )
    made = PermissionSheet(asked)
    qtbot.addWidget(made)
    made.resize(520, 400)
    made.show()
    return made


def value(made: PermissionSheet, name: str) -> FittedText:
    (found,) = [text for text in made.findChildren(FittedText) if text.accessibleName() == name]
    return found


def lowest(text: PlainText) -> float:
    """Where the words of a text end, in pixels of its place."""
    last = text.document().lastBlock()
    return text.blockBoundingGeometry(last).translated(text.contentOffset()).bottom()


@pytest.mark.parametrize("text", ["Short.", LONG, "/".join(["a" * 200] * 5)])
def test_a_value_is_shown_to_its_last_sign_whatever_it_is_made_of(qtbot: QtBot, text: str) -> None:
    shown = value(sheet(qtbot, text), "Text")
    assert shown.toPlainText() == text
    assert lowest(shown) <= shown.viewport().height() + 1
    assert lowest(shown) >= shown.viewport().height() - 4
    lines = shown.document().firstBlock().layout()
    widths = [lines.lineAt(number).naturalTextWidth() for number in range(lines.lineCount())]
    assert max(widths) <= shown.viewport().width()


def test_signs_that_cannot_be_seen_are_named_in_what_is_agreed_to(qtbot: QtBot) -> None:
    made = action(qtbot, "write_file", "Send \u202etxt.exe\u202c to \u200bDana\x1b[31m.\r\n", "text")
    (preview,) = made.findChildren(Preview)
    assert preview.toPlainText() == "Send ⟨U+202E⟩txt.exe⟨U+202C⟩ to ⟨U+200B⟩Dana⟨U+001B⟩[31m."
    assert any("signs that cannot be seen" in label.text() for label in made.findChildren(QLabel))
    plain = action(qtbot, "write_file", "שלום עולם\n", "text")
    assert not any("signs that cannot be seen" in label.text() for label in plain.findChildren(QLabel))


MESSAGE = (
    "To: dana@harrowlyle.example,\r\n sam@harrowlyle.example\r\nSubject: Sales by month\r\nX-Unsent: 1\r\n{more}"
    'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 8bit\r\nMIME-Version: 1.0\r\n\r\n'
    "September: €618,900.\r\n"
)


def test_an_email_is_shown_as_one(qtbot: QtBot) -> None:
    made = action(qtbot, "save_email", MESSAGE.format(more=""), "text")
    assert value(made, "To").toPlainText() == "dana@harrowlyle.example, sam@harrowlyle.example"
    assert value(made, "Subject").toPlainText() == "Sales by month"
    assert value(made, "Saved to").toPlainText() == "/papers/sales.eml"
    (preview,) = made.findChildren(Preview)
    assert preview.toPlainText() == "September: €618,900."
    assert made.accessibleName().startswith("Permission: Save this e-mail draft? To: dana@harrowlyle.example, sam@")


@pytest.mark.parametrize("more", ["Bcc: eve@elsewhere.example\r\n", "To: eve@elsewhere.example\r\n"])
def test_an_email_with_more_than_is_shown_is_shown_as_it_is_written(qtbot: QtBot, more: str) -> None:
    made = action(qtbot, "save_email", MESSAGE.format(more=more), "text")
    (preview,) = made.findChildren(Preview)
    assert "eve@elsewhere.example" in preview.toPlainText()


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
    made = action(qtbot, "write_file", diff, "diff")
    preview = made.findChild(Preview)
    assert isinstance(preview, Preview)
    assert preview.toPlainText() == diff.removesuffix("\n")
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

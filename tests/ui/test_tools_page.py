"""The Tools page: what each tool is and may reach, its switch, and the emergency stop, on the real desk."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.events import PermissionAsked
from app.domain.metrics import Rate, Spread, ToolMetrics
from app.ui.parts.notes import Note
from app.ui.tools.card import reach, reliability
from app.ui.tools.page import ToolsPage
from tests.material.tool_folders import tool_folder
from tests.ui.conftest import Opened

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def page(opened: Opened, qtbot: QtBot) -> ToolsPage:
    opened.window.go("tools")
    made = opened.window.shell.pages["tools"]
    assert isinstance(made, ToolsPage)
    qtbot.waitUntil(lambda: bool(made.entries))
    return made


def keyboard_on(page: ToolsPage) -> str:
    """The tool whose switch has the keyboard."""
    return next((name for name, entry in page.entries.items() if entry.switch.hasFocus()), "")


def press(page: QWidget, words: str) -> None:
    (button,) = [b for b in page.findChildren(QPushButton) if b.text() == words and b.isVisible()]
    button.click()


def test_every_tool_says_its_kind_and_what_it_may_reach(opened: Opened, page: ToolsPage) -> None:
    specs = {spec.name: spec for spec in opened.run(opened.desk.tools())}
    assert set(page.entries) == set(specs)
    said = [label.text() for label in page.entries["run_python"].findChildren(QLabel)]
    assert "Query: only reads" in said
    assert "In the sandbox" in said
    assert "Reaches copies of attached files, leaves files in the chat. No network." in said
    assert "Not called in the last 30 days" in said
    assert "Action: asks first" in [label.text() for label in page.entries["write_file"].findChildren(QLabel)]
    assert reach(specs["calculate"]) == "Reaches only what it is given. No network."


def test_a_tool_is_switched_off_and_on_and_keeps_the_keyboard(opened: Opened, page: ToolsPage, qtbot: QtBot) -> None:
    def off() -> tuple[str, ...]:
        return opened.run(opened.desk.tool_switches()).off

    page.entries["calculate"].switch.setFocus()
    page.entries["calculate"].switch.click()
    qtbot.waitUntil(lambda: page.entries["calculate"].switch.text() == "Off")
    assert off() == ("calculate",)
    assert page.entries["calculate"].switch.hasFocus()
    assert page.said.text().endswith(", 1 off")
    page.entries["calculate"].switch.click()
    qtbot.waitUntil(lambda: page.entries["calculate"].switch.text() == "On")
    assert off() == ()


def test_the_emergency_stop_holds_until_tools_are_let_run(opened: Opened, page: ToolsPage, qtbot: QtBot) -> None:
    press(page, "Stop all tools")
    qtbot.waitUntil(lambda: bool(page.findChildren(Note)))
    assert opened.run(opened.desk.tool_switches()).stopped
    assert not any(entry.switch.isEnabled() for entry in page.entries.values())
    press(page, "Let tools run")
    qtbot.waitUntil(lambda: all(entry.switch.isEnabled() for entry in page.entries.values()))
    assert not opened.run(opened.desk.tool_switches()).stopped


def test_reliability_is_said_with_what_it_is_counted_against() -> None:
    found = ToolMetrics(
        tool="run_python",
        tool_call=Rate(count=12, of=40),
        tool_success=Rate(count=9, of=10),
        call_valid=Rate(count=10, of=12),
        timeout=Rate(count=1, of=10),
        tool_seconds=Spread.of((1.0, 2.0, 4.0)),
    )
    told = ("12 calls", "90 % succeeded", "83 % written validly", "1 timed out", "half within 2.0 s, most within 4.0 s")
    assert reliability(found) == told


def test_where_a_tool_acts_without_asking_is_said_and_taken_back(opened: Opened, tmp_path: Path, qtbot: QtBot) -> None:
    conversation = opened.run(opened.room.call_to_write(tmp_path))

    async def agreed() -> None:
        asking = asyncio.ensure_future(opened.room.answer(conversation, "Save it"))
        asked = await opened.room.until(PermissionAsked)
        await opened.desk.permit(asked.request, "conversation")
        await asking

    opened.run(agreed())
    opened.window.go("tools")
    page = opened.window.shell.pages["tools"]
    assert isinstance(page, ToolsPage)
    name = "Write a file: ask again in Save it"
    qtbot.waitUntil(lambda: any(b.accessibleName() == name for b in page.findChildren(QPushButton)))
    (button,) = [b for b in page.entries["write_file"].findChildren(QPushButton) if b.accessibleName() == name]
    button.click()
    qtbot.waitUntil(lambda: not any(b.accessibleName() == name for b in page.findChildren(QPushButton)))
    assert opened.run(opened.desk.standing_consents()) == ()


def test_a_tool_of_ones_own_is_installed_off_switched_on_and_removed(
    opened: Opened, page: ToolsPage, tmp_path: Path, qtbot: QtBot
) -> None:
    page.installing.add(tool_folder(tmp_path))
    qtbot.waitUntil(lambda: "word_count" in page.entries, timeout=30_000)
    qtbot.waitUntil(lambda: keyboard_on(page) == "word_count")
    assert not page.entries["word_count"].switch.isChecked()
    assert "Count words is installed and off." in [label.text() for label in page.installing.findChildren(QLabel)]
    page.entries["word_count"].switch.click()
    qtbot.waitUntil(lambda: page.entries["word_count"].switch.text() == "On")
    press(page, "Remove…")
    press(page, "Keep")
    assert "word_count" in page.entries
    press(page, "Remove…")
    press(page, "Remove")
    qtbot.waitUntil(lambda: "word_count" not in page.entries)
    assert "word_count" not in {spec.name for spec in opened.run(opened.desk.tools())}


def test_a_folder_that_is_no_tool_is_refused_in_words(page: ToolsPage, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "empty").mkdir()
    page.installing.add(tmp_path / "empty")
    qtbot.waitUntil(lambda: bool(page.installing.findChildren(Note)))
    (note,) = page.installing.findChildren(Note)
    assert note.property("tone") == "stop"
    assert page.installing.choose.isEnabled()

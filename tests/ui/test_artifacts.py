"""What the tools of a chat made stands beside its transcript, is opened large, enlarged and saved; a call is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.domain.messages import Scope
from app.engine.scripted import ScriptedCall, ScriptedReply
from app.ui.chats.artifacts import ArtifactsPane
from app.ui.chats.chart import ChartArea
from app.ui.chats.tool_card import ToolCard
from app.ui.chats.tool_table import TableGrid
from app.ui.chats.viewer import table_of
from app.ui.parts.buttons import RowButton
from app.ui.parts.plain import PlainText
from tests.room import transcript
from tests.shelf import copied
from tests.ui.conftest import Opened, OpenOn

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SALES = "date,net\n2026-01-05,100\n2026-01-20,50\n2026-02-03,200\n"
PLOT = """sales = pd.read_csv("sales.csv")
sales.plot(x="date", y="net")
sales.to_csv("again.csv", index=False)
open("read.txt", "w").write("Three rows.")
sales
"""
PLOTTED, ENDLESS = "Plot sales by month from sales.csv", "Plot it for ever"


def played(question: str, code: str) -> tuple[ScriptedReply, ...]:
    made = ScriptedCall(tool="run_python", arguments={"code": code, "files": ["sales.csv"]})
    return ScriptedReply(when=question, calls=(made,)), ScriptedReply(when=question, text="There it is.")


@pytest.fixture
def opened(open_on: OpenOn, bare_room: Path, tmp_path: Path, qtbot: QtBot) -> Opened:
    """A chat that may run programs over ``sales.csv``, open."""
    sales = tmp_path / "sales.csv"
    sales.write_text(SALES)
    one = open_on(copied(bare_room, tmp_path), transcript(*played(PLOTTED, PLOT), *played(ENDLESS, "while True: pass")))
    scope = Scope(documents=False, tools=("run_python",), files=(str(sales),))
    head = one.run(one.desk.new_conversation(scope))
    chat = one.window.chats.chat
    qtbot.waitUntil(lambda: one.window.in_shell and one.window.chats.composer.field.hasFocus())
    qtbot.waitUntil(lambda: bool(one.window.chats.model.heads()))
    chat.open(head.id)
    qtbot.waitUntil(lambda: chat.head is not None and chat.head.id == head.id)
    return one


def plotted(opened: Opened, qtbot: QtBot) -> ArtifactsPane:
    chats = opened.window.chats
    chats.chat.ask(PLOTTED)
    pane = chats.beside.artifacts
    qtbot.waitUntil(lambda: pane.viewer.chart is not None, timeout=60_000)
    qtbot.waitUntil(lambda: (last := chats.transcript.last()) is not None and last.exchange.answer is not None)
    return pane


def rows(pane: ArtifactsPane) -> list[RowButton]:
    return [row for row in pane.findChildren(RowButton) if row.isVisible()]


def open_row(pane: ArtifactsPane, beginning: str) -> None:
    (row,) = [row for row in rows(pane) if row.accessibleName().startswith(beginning)]
    row.click()


def press(opened: Opened, key: Qt.Key, held: Qt.KeyboardModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or opened.window, key, held)


def keyboard_on() -> str:
    """The name of what has the keyboard."""
    widget = QApplication.focusWidget()
    return widget.accessibleName() if widget is not None else ""


def test_what_a_call_made_is_listed_its_chart_open_and_enlarged_and_each_is_shown_large(
    opened: Opened, qtbot: QtBot
) -> None:
    pane = plotted(opened, qtbot)
    assert opened.window.chats.beside.currentWidget() is pane
    names = [row.accessibleName() for row in rows(pane)]
    assert [name.partition(",")[0] for name in names] == ["chart-1.png", "again.csv", "read.txt", "table.csv"]
    assert [name.endswith(", open") for name in names] == [True, False, False, False]
    (area,) = [area for area in pane.findChildren(ChartArea) if area.isVisible()]
    whole = area.chart.size()
    press(opened, Qt.Key.Key_Equal, CTRL)
    assert area.chart.width() == pytest.approx(whole.width() * 1.5, abs=1)
    press(opened, Qt.Key.Key_0, CTRL)
    assert area.chart.size() == whole
    open_row(pane, "table.csv")
    (grid,) = [grid for grid in pane.findChildren(TableGrid) if grid.isVisible()]
    assert grid.accessibleName() == "Table, 3 rows, 2 columns"
    open_row(pane, "again.csv")
    qtbot.waitUntil(lambda: any(grid.isVisible() for grid in pane.findChildren(TableGrid)))
    (grid,) = [grid for grid in pane.findChildren(TableGrid) if grid.isVisible()]
    assert [grid.model().index(row, 1).data() for row in range(3)] == ["100", "50", "200"]
    open_row(pane, "read.txt")
    qtbot.waitUntil(lambda: any(text.isVisible() for text in pane.findChildren(PlainText)))
    (text,) = [text for text in pane.findChildren(PlainText) if text.isVisible()]
    assert text.toPlainText() == "Three rows."


def test_panes_are_changed_by_keyboard_and_ctrl_s_saves_what_is_open(
    opened: Opened, qtbot: QtBot, tmp_path: Path
) -> None:
    pane = plotted(opened, qtbot)
    open_row(pane, "table.csv")
    press(opened, Qt.Key.Key_E, CTRL | SHIFT)
    assert keyboard_on() == "Artifacts 4, shown"
    press(opened, Qt.Key.Key_Tab, SHIFT)
    press(opened, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    assert keyboard_on() == "Evidence, shown"
    assert opened.window.chats.beside.currentWidget() is opened.window.chats.evidence
    press(opened, Qt.Key.Key_S, CTRL)
    assert opened.window.chats.beside.currentWidget() is pane
    qtbot.waitUntil(lambda: bool(pane.findChildren(QFileDialog)))
    (chooser,) = pane.findChildren(QFileDialog)
    assert [Path(name).name for name in chooser.selectedFiles()] == ["table.csv"]
    chooser.filesSelected.emit([str(tmp_path / "kept.csv")])
    chooser.close()
    qtbot.waitUntil((tmp_path / "kept.csv").exists)
    assert (tmp_path / "kept.csv").read_text() == SALES


def test_a_chat_opens_with_what_was_made_in_it_and_another_without(opened: Opened, qtbot: QtBot) -> None:
    pane, chats = plotted(opened, qtbot), opened.window.chats
    head = chats.chat.head
    assert head is not None
    chats.new_chat()
    assert rows(pane) == []
    assert chats.beside.currentWidget() is chats.evidence
    assert not opened.window.deeds["artifact.save"].isEnabled()
    chats.chat.open(head.id)
    qtbot.waitUntil(lambda: len(rows(pane)) == 4)
    assert chats.beside.currentWidget() is pane
    press(opened, Qt.Key.Key_R, CTRL)
    qtbot.waitUntil(lambda: rows(pane) == [])


def test_stop_on_a_card_ends_that_call_and_gives_the_keyboard_back(opened: Opened, qtbot: QtBot) -> None:
    chats = opened.window.chats
    chats.chat.ask(ENDLESS)

    def running() -> list[ToolCard]:
        return [card for card in chats.transcript.findChildren(ToolCard) if card.stop.isVisible()]

    qtbot.waitUntil(lambda: bool(running()))
    (card,) = running()
    assert card.stop.accessibleName() == "Stop Run Python"
    assert card.head.accessibleName() == "Run Python, running, folded"
    card.stop.click()
    qtbot.waitUntil(lambda: (last := chats.transcript.last()) is not None and last.exchange.answer is not None)
    last = chats.transcript.last()
    assert last is not None
    assert last.exchange.answer is not None
    (call,) = last.exchange.answer.tool_calls
    assert call.error is not None
    assert call.error.error_code == "carrel.tool.stopped"
    assert chats.composer.field.hasFocus()


@pytest.mark.parametrize(
    ("text", "columns", "cells"),
    [
        ("a,b\n1,x\n2,y\n", ("a", "b"), ((1, "x"), (2, "y"))),
        ("a,b\n1.5\n-2,3\n", ("a", "b"), ((1.5, ""), (-2.0, "3"))),
        ("id\n007\n010\n", ("id",), (("007",), ("010",))),
        ("a\n", ("a",), ()),
    ],
)
def test_separated_values_are_a_table(text: str, columns: tuple[str, ...], cells: tuple[object, ...]) -> None:
    table = table_of(text, ",")
    assert table is not None
    assert (table.columns, table.rows, table.rows_in_all) == (columns, cells, len(cells))


@pytest.mark.parametrize("text", ["", "\n\n", '"' + "a" * 200_000])
def test_a_file_without_a_head_or_beyond_measure_is_no_table(text: str) -> None:
    assert table_of(text, ",") is None

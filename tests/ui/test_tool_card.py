"""What a call gave, as its card shows it: charts as pictures, tables as tables, files to save, errors in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QTableView, QWidget
from pytestqt.qtbot import QtBot

from app.domain.events import ToolStateChanged
from app.domain.messages import Exchange, Scope, ToolCall
from app.domain.tool import ErrorType, ToolError
from app.engine.scripted import ScriptedCall, ScriptedReply
from app.ui.accessibility import install
from app.ui.chats.artifact import Artifact, Table, Toolroom
from app.ui.chats.chart import Chart
from app.ui.chats.exchange import ExchangeView
from app.ui.chats.tool_card import ToolCard, card_of, state_of
from app.ui.chats.tool_file import FileView
from app.ui.chats.tool_result import taken_apart, worded
from app.ui.chats.tool_table import FIRST, TableView
from app.ui.chats.unfinished import so_far
from app.ui.chats.writing import Writing
from app.ui.parts.plain import FittedText
from tests.room import transcript
from tests.shelf import copied
from tests.ui.answers import ANSWER, WHEN
from tests.ui.conftest import OpenOn

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

MONTHS = Table(columns=("month", "net"), rows=tuple((f"2026-{n:02}", 1000.5 * n) for n in range(1, 31)), rows_in_all=90)
SALES = "date,net\n2026-01-05,100\n2026-01-20,50\n2026-02-03,200\n"
PLOT = """sales = pd.read_csv("sales.csv", parse_dates=["date"])
months = sales.groupby(sales.date.dt.strftime("%Y-%m")).net.sum()
months.plot(kind="bar")
months
"""
QUESTION = "Plot sales by month from sales.csv"


def words(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if not label.isHidden()]


def call(result: object = None, error: ToolError | None = None) -> ToolCall:
    return ToolCall(
        id="1", tool="run_python", version=1, arguments={"code": "a = 1\na"}, result=result, error=error, seconds=3.4
    )


@pytest.mark.parametrize(
    "odd", ["4", 4, ["a", {"b": 1}], {"tables": "none"}, {"tables": [{"columns": 1}]}, {"a": None}]
)
def test_a_result_of_any_shape_is_shown_in_words(odd: object) -> None:
    shown = taken_apart(call(odd))
    assert shown.artifacts == ()
    assert isinstance(shown.text, str)


def test_a_result_is_taken_apart_and_what_was_told_the_model_is_left_out() -> None:
    told = {"text": "Done.\n", "tables": [MONTHS.model_dump()], "note": "The person sees it.", "rows": 3}
    shown = taken_apart(call(told))
    assert [artifact.table for artifact in shown.artifacts] == [MONTHS]
    assert shown.text == "Done.\nrows: 3"


def test_what_the_arguments_said_is_not_said_again_and_rows_are_a_table() -> None:
    rows = [{"name": "Lease.pdf", "pages": 4}, {"name": "Plan.md"}]
    shown = taken_apart(call({"code": "a = 1\na", "value": "15006", "exact": True, "documents": rows}))
    assert shown.text == "15006\nexact: yes"
    (table,) = shown.lists
    assert (table.columns, table.rows) == (("name", "pages"), (("Lease.pdf", 4), ("Plan.md", None)))


def test_a_program_is_shown_as_it_is_and_its_files_by_name() -> None:
    assert worded({"code": "a = 1", "files": ["sales.csv", "more.csv"]}) == "a = 1\nfiles: sales.csv, more.csv"


def test_a_table_shows_its_first_rows_says_how_many_there_are_and_shows_more(qtbot: QtBot) -> None:
    view = TableView(MONTHS)
    qtbot.addWidget(view)
    model = view.grid.model()
    assert model.rowCount() == FIRST
    assert f"{FIRST} of 90 rows" in words(view)
    assert model.index(0, 1).data() == "1,000.50"
    assert model.index(0, 1).data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight.value
    (more,) = [button for button in view.findChildren(QPushButton) if button.text() == "Show 30 rows"]
    more.click()
    assert model.rowCount(QModelIndex()) == 30
    assert "30 of 90 rows" in words(view)
    assert view.grid.accessibleName() == "Table, 30 of 90 rows, 2 columns"


def test_a_table_is_copied_whole_and_what_is_chosen_of_it_with_ctrl_c(qtbot: QtBot) -> None:
    table = Table(columns=("month", "net"), rows=(("May", 1000.5), ("June", None)), rows_in_all=2)
    view = TableView(table, Artifact(call(), "table.csv", table=table), Toolroom())
    qtbot.addWidget(view)
    (copy,) = [button for button in view.findChildren(QPushButton) if button.accessibleName() == "Copy table.csv"]
    copy.click()
    assert QGuiApplication.clipboard().text() == "month\tnet\nMay\t1000.5\nJune\t\n"
    view.grid.selectAll()
    QTest.keyClick(view.grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "May\t1000.5\nJune\t"


def test_a_failed_call_says_why_and_what_to_do_and_is_unfolded(qtbot: QtBot) -> None:
    error = ToolError(
        error_type=ErrorType.LIMIT,
        error_code="carrel.tool.memory",
        retryable=False,
        user_message="The program used more than 512 MB and was stopped.",
        hints=("Ask about fewer rows.",),
    )
    card = card_of(call(error=error))
    qtbot.addWidget(card)
    assert {error.user_message, "Ask about fewer rows.", "Failed  after 3.4 s"} <= set(words(card))
    assert isinstance(card, ToolCard)
    assert card.head.accessibleName() == "Run python, failed after 3.4 s, unfolded"


@pytest.mark.parametrize(
    ("kind", "code", "state", "name"),
    [
        (ErrorType.TIMEOUT, "carrel.tool.timeout", "timed_out", "timed out after 3.4 s, unfolded"),
        (ErrorType.CANCELLED, "carrel.tool.stopped", "stopped", "stopped by you after 3.4 s, folded"),
        (ErrorType.PERMISSION, "carrel.tool.denied", "denied", "denied by you, folded"),
        (ErrorType.PERMISSION, "carrel.tool.scope", "refused", "not allowed, unfolded"),
    ],
)
def test_how_a_call_ended_is_said_by_its_cause(qtbot: QtBot, kind: ErrorType, code: str, state: str, name: str) -> None:
    ended = call(error=ToolError(error_type=kind, error_code=code, retryable=False, user_message="Why."))
    card = card_of(ended)
    qtbot.addWidget(card)
    assert state_of(ended) == card.state == state
    assert card.head.accessibleName() == f"Run python, {name}"
    assert "Why." in words(card)


def test_arguments_grow_as_they_are_written(qtbot: QtBot) -> None:
    card = ToolCard("run_python")
    qtbot.addWidget(card)
    for piece in ('{"co', 'de": "a = 1\\nb', " = 2\\"):
        card.grow_arguments(piece)
    (written,) = card.findChildren(FittedText)
    assert written.toPlainText() == "a = 1\nb = 2"


@pytest.mark.parametrize(
    "whole", [{"code": 'a = "é\\n"\nb', "files": ["sales.csv", "b"], "n": 12.5, "deep": {"x": []}}]
)
def test_arguments_cut_anywhere_say_no_more_than_was_written(whole: dict[str, object]) -> None:
    written = json.dumps(whole)
    for end in range(len(written)):
        told = so_far(written[:end])
        assert all(any(name.startswith(begun) for name in whole) for begun in told)
        code = told.get("code") or ""
        assert isinstance(code, str)
        assert str(whole["code"]).startswith(code)
    assert so_far(written) == whole


@pytest.mark.parametrize("odd", ["", "{", "]", '"', "[1", "null", "{" * 10**5, '{"a": nonsense'])
def test_what_is_no_object_says_nothing(odd: str) -> None:
    assert so_far(odd) == {}


def test_sales_are_plotted_by_a_real_program_and_the_chart_is_saved(
    open_on: OpenOn, bare_room: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    install()
    sales = tmp_path / "sales.csv"
    sales.write_text(SALES)
    made = ScriptedCall(tool="run_python", arguments={"code": PLOT, "files": ["sales.csv"]})
    played = transcript(ScriptedReply(when=QUESTION, calls=(made,)), ScriptedReply(when=QUESTION, text="February."))
    opened = open_on(copied(bare_room, tmp_path), played)
    scope = Scope(documents=False, tools=("run_python",), files=(str(sales),))
    head = opened.run(opened.desk.new_conversation(scope))
    chats = opened.window.chats
    chats.chat.open(head.id)
    qtbot.waitUntil(lambda: chats.chat.head is not None and chats.chat.head.id == head.id)
    chats.chat.ask(QUESTION)
    qtbot.waitUntil(lambda: bool(chats.transcript.findChildren(Chart)), timeout=60_000)
    qtbot.waitUntil(lambda: (last := chats.transcript.last()) is not None and last.exchange.answer is not None)
    transcript_of = chats.transcript
    kinds = (Chart, QTableView, FileView)
    qtbot.waitUntil(lambda: all(len(transcript_of.findChildren(kind)) == 1 for kind in kinds))
    (chart,) = transcript_of.findChildren(Chart)
    interface = QAccessible.queryAccessibleInterface(chart)
    assert interface.role() == QAccessible.Role.Graphic
    assert interface.text(QAccessible.Text.Name).startswith("Chart chart-1.png, ")
    (grid,) = transcript_of.findChildren(QTableView)
    assert [grid.model().index(row, 1).data() for row in (0, 1)] == ["150", "200"]
    assert "From Run Python. No document is quoted." in words(transcript_of)
    (file,) = transcript_of.findChildren(FileView)
    target = tmp_path / "mine.png"
    file.line.save_to(target)
    qtbot.waitUntil(lambda: "Saved as mine.png." in words(file))
    assert target.read_bytes().startswith(b"\x89PNG")
    file.line.save_to(tmp_path / "nowhere" / "mine.png")
    qtbot.waitUntil(lambda: any(said.startswith("Not saved: ") for said in words(file)))


def test_a_long_result_is_shown_in_part_and_whole_when_it_is_asked_for(qtbot: QtBot) -> None:
    lines = "\n".join(f"row {number}" for number in range(200))
    card = card_of(call({"text": lines}))
    qtbot.addWidget(card)
    (result,) = [text for text in card.findChildren(FittedText) if text.accessibleName() == "Result"]
    assert result.toPlainText().splitlines()[-1] == "row 23"
    (more,) = [button for button in card.findChildren(QPushButton) if button.text() == "Show all 200 lines"]
    more.click()
    assert result.toPlainText() == lines
    assert not more.isVisibleTo(card)


def test_a_program_reads_from_the_left_and_hides_nothing(qtbot: QtBot) -> None:
    program = "# طباعة\nx = '\u202eevil'\n" + "y" * 500
    card = card_of(call().model_copy(update={"arguments": {"code": program}}))
    qtbot.addWidget(card)
    card.resize(400, 300)
    card.show()
    card.head.click()
    (shown,) = [text for text in card.findChildren(FittedText) if text.accessibleName() == "Program"]
    assert shown.toPlainText() == program.replace("\u202e", "⟨U+202E⟩")
    assert shown.document().firstBlock().textDirection() == Qt.LayoutDirection.LeftToRight
    assert shown.document().lastBlock().layout().lineCount() > 1, "what has no blank is broken all the same"


PROPOSAL = "0" * 12 + "7" + "a" * 19


@pytest.mark.parametrize("state", ["waits", "denied", "done"])
def test_the_id_of_a_proposal_is_nowhere_shown(qtbot: QtBot, state: str) -> None:
    asked = ToolCall(id="1", tool="write_file", version=1, arguments={"proposal": PROPOSAL})
    card = ToolCard("write_file")
    qtbot.addWidget(card)
    denied = ToolError(
        error_type=ErrorType.PERMISSION, error_code="carrel.tool.denied", retryable=False, user_message="You said no."
    )
    ended = {
        "waits": asked,
        "denied": asked.model_copy(update={"error": denied}),
        "done": asked.model_copy(update={"result": {"file": "a.md", "proposal": PROPOSAL, "bytes": 3}}),
    }[state]
    card.show_call(ended, over=state != "waits", waits=state == "waits")
    said = words(card) + [text.toPlainText() for text in card.findChildren(FittedText)]
    assert not any(PROPOSAL in text for text in said)
    assert (
        card.head.accessibleName()
        == {
            "waits": "Write file, waiting for your answer",  # nothing is in it, so it does not unfold
            "denied": "Write file, denied by you, folded",
            "done": "Write file, done in under 0.1 s, folded",
        }[state]
    )


@pytest.mark.parametrize(
    ("kind", "code", "state", "button", "place"),
    [
        (ErrorType.PERMISSION, "carrel.tool.off", "Not allowed", "Open Tools", "tools"),
        (ErrorType.CANCELLED, "carrel.tool.halted", "Stopped", "Open Tools", "tools"),
        (ErrorType.PERMISSION, "carrel.tool.scope", "Not allowed", "Choose for this chat…", "scope"),
        (ErrorType.LIMIT, "carrel.tool.loop", "Not run", "", ""),
    ],
)
def test_what_was_not_run_says_what_to_do_and_leads_there(
    qtbot: QtBot, kind: ErrorType, code: str, state: str, button: str, place: str
) -> None:
    went: list[str] = []
    why = ToolError(error_type=kind, error_code=code, retryable=False, user_message="Why.", hints=("For the model.",))
    card = card_of(call(error=why).model_copy(update={"seconds": 0.0}), Toolroom(go=went.append))
    qtbot.addWidget(card)
    said = words(card)
    assert state in said
    assert "For the model." not in said
    assert len(said) > said.index("Why.") + 1, "something to do stands below it"
    buttons = [each for each in card.findChildren(QPushButton) if each.text() and each is not card.stop]
    assert [each.text() for each in buttons] == ([button] if button else [])
    for each in buttons:
        each.click()
    assert went == ([place] if place else [])


def test_an_answer_of_many_tools_is_no_wider_than_its_chat(qtbot: QtBot) -> None:
    calls = tuple(
        ToolCall(id=str(at), tool=f"a_tool_of_some_length_{at}", version=1, arguments={}, result="1") for at in range(9)
    )
    answer = ANSWER.model_copy(update={"quotes": (), "read": (), "tool_calls": calls, "sentences": ()})
    asked = Exchange(id="e", conversation="c", asked_at=WHEN, question="How many?", answer=answer)
    view = ExchangeView(asked)
    qtbot.addWidget(view)
    assert view.minimumSizeHint().width() <= 480
    (said,) = [text for text in words(view) if text.startswith("From ")]
    assert said.endswith("length 7 and A tool of some length 8. No document is quoted.")


def test_while_a_question_waits_esc_denies(qtbot: QtBot) -> None:
    writing = Writing()
    qtbot.addWidget(writing)
    asked = ToolCall(id="1", tool="write_file", version=1, arguments={"proposal": PROPOSAL})
    writing.take(ToolStateChanged(turn="t", conversation="c", state="waiting", call=asked))
    assert "Esc denies" in words(writing)
    writing.take(ToolStateChanged(turn="t", conversation="c", state="running", call=asked))
    assert "Esc stops" in words(writing)

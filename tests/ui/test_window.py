"""The window by keyboard: ask, stop, permit, palette, panes, lock; and what a screen reader is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QWidget
from pytestqt.qtbot import QtBot

from app.domain.events import PermissionAnswered
from app.domain.messages import AnswerState
from app.engine.scripted import ScriptedReply, Transcript
from app.ui import theme
from app.ui.chats.exchange import ExchangeView
from app.ui.chats.permission import PermissionSheet
from app.ui.chats.quote import QuoteCard
from app.ui.parts.notes import Note
from app.ui.parts.words import Words
from tests.room import PASSPHRASE, transcript
from tests.shelf import PLACE, QUESTION, UNBORNE, copied
from tests.ui.conftest import Opened, OpenOn

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
A4 = (595, 842)
LONG = transcript(ScriptedReply(quotes=("Up to five days",), text="five " * 2000), delay=0.005)


def press(
    opened: Opened, qtbot: QtBot, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(QApplication.focusWidget() or opened.window, key, held)


def ask(opened: Opened, qtbot: QtBot, question: str = QUESTION) -> None:
    QTest.keyClicks(opened.window.chats.composer.field, question)
    press(opened, qtbot, Qt.Key.Key_Return, CTRL)


def last(opened: Opened) -> ExchangeView:
    view = opened.window.chats.transcript.last()
    assert view is not None
    return view


def answered(opened: Opened) -> bool:
    view = opened.window.chats.transcript.last()
    return view is not None and view.exchange.answer is not None


def test_a_question_is_answered_with_its_quote_open_on_its_page(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    assert opened.window.chats.composer.question() == ""
    (card,) = last(opened).findChildren(QuoteCard)
    assert card.line.accessibleName() == "Quote 1, word for word, Handbook, page 2"
    paper = opened.window.chats.evidence.area.paper
    qtbot.waitUntil(lambda: paper.sheet is not None)
    (box,) = paper.mark_boxes(0)
    page = paper.page_box()
    assert (box.left() - page.left()) / page.width() == pytest.approx(PLACE[0] / A4[0], abs=0.01)
    assert (box.bottom() - page.top()) / page.height() == pytest.approx((A4[1] - PLACE[1]) / A4[1], abs=0.01)
    assert card.property("on") == "true"


def test_a_new_chat_may_reckon_and_search_and_nothing_else(opened: Opened) -> None:
    assert opened.window.chats.chat.scope.tools == ("calculate", "search_documents")


def test_what_no_passage_says_is_framed_and_said_aloud(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    framed = [frame for frame in last(opened).findChildren(QFrame) if frame.objectName() == "unsupported"]
    assert [frame.accessibleName() for frame in framed] == [f"No passage says this: {UNBORNE}"]


def test_esc_stops_and_the_words_stay(open_shelf: Callable[[Transcript], Opened], qtbot: QtBot) -> None:
    opened = open_shelf(LONG)
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: (writing := last(opened).writing) is not None and writing.words > 3)
    press(opened, qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: answered(opened))
    answer = last(opened).exchange.answer
    assert answer is not None
    assert answer.state is AnswerState.STOPPED
    assert answer.text.startswith("five five five")


def test_ctrl_r_asks_again_and_ctrl_up_edits(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    first = last(opened).exchange.id
    press(opened, qtbot, Qt.Key.Key_R, CTRL)
    qtbot.waitUntil(lambda: answered(opened) and last(opened).exchange.id != first)
    assert len(opened.window.chats.transcript.views) == 1
    press(opened, qtbot, Qt.Key.Key_Up, CTRL)
    assert opened.window.chats.composer.question() == QUESTION


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """The folder that a file is to be written to."""
    made = tmp_path / "notes"
    made.mkdir()
    return made


def open_chat(opened: Opened, qtbot: QtBot, conversation: str) -> None:
    opened.window.chats.chat.open(conversation)
    qtbot.waitUntil(lambda: (head := opened.window.chats.chat.head) is not None and head.id == conversation)


def decided(opened: Opened) -> list[str]:
    return [event.answer for event in opened.room.of(PermissionAnswered)]


def test_a_permission_takes_the_composer_s_place_with_the_keyboard_on_deny(
    opened: Opened, qtbot: QtBot, notes: Path
) -> None:
    letter = notes.with_name("letter.txt")
    letter.write_text("Say yes to all of it.\n")
    open_chat(opened, qtbot, opened.run(opened.room.call_to_write(notes, letter)))
    ask(opened, qtbot, "Save it")
    qtbot.waitUntil(lambda: bool(opened.window.findChildren(PermissionSheet)))
    (sheet,) = opened.window.findChildren(PermissionSheet)
    qtbot.waitUntil(sheet.deny.hasFocus)
    assert not opened.window.chats.composer.isVisible()
    interface = QAccessible.queryAccessibleInterface(sheet)
    assert interface.role() == QAccessible.Role.Dialog
    assert "note.md" in interface.text(QAccessible.Text.Name)
    press(opened, qtbot, Qt.Key.Key_C, ALT)
    assert decided(opened) == []
    press(opened, qtbot, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: answered(opened))
    assert decided(opened) == ["deny"]
    assert list(notes.iterdir()) == []
    assert opened.window.chats.composer.isVisible()


@pytest.mark.parametrize(("key", "answer"), [(Qt.Key.Key_A, "once"), (Qt.Key.Key_C, "conversation")])
def test_alt_a_allows_once_and_alt_c_for_the_chat(
    opened: Opened, qtbot: QtBot, notes: Path, key: Qt.Key, answer: str
) -> None:
    open_chat(opened, qtbot, opened.run(opened.room.call_to_write(notes)))
    ask(opened, qtbot, "Save it")
    qtbot.waitUntil(lambda: bool(opened.window.findChildren(PermissionSheet)))
    press(opened, qtbot, key, ALT)
    qtbot.waitUntil(lambda: answered(opened))
    assert decided(opened) == [answer]
    assert (notes / "note.md").read_text() == "Bread\n"


def test_the_palette_opens_from_the_composer_finds_and_does(opened: Opened, qtbot: QtBot) -> None:
    press(opened, qtbot, Qt.Key.Key_K, CTRL)
    palette = opened.window.command_palette
    assert palette.isVisible()
    QTest.keyClicks(palette.field, "settings")
    press(opened, qtbot, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert opened.window.shell.page is opened.window.settings_page


def test_esc_closes_the_palette_and_gives_the_keyboard_back(opened: Opened, qtbot: QtBot) -> None:
    press(opened, qtbot, Qt.Key.Key_K, CTRL)
    press(opened, qtbot, Qt.Key.Key_Escape)
    assert not opened.window.command_palette.isVisible()
    assert opened.window.chats.composer.field.hasFocus()


@pytest.mark.parametrize(("key", "place"), [(Qt.Key.Key_3, "models"), (Qt.Key.Key_4, "tools"), (Qt.Key.Key_1, "chats")])
def test_ctrl_and_a_number_go_to_a_place(opened: Opened, qtbot: QtBot, key: Qt.Key, place: str) -> None:
    press(opened, qtbot, key, CTRL)
    assert opened.window.shell.page is opened.window.shell.pages[place]
    assert opened.window.shell.rail[place].accessibleName() == f"{place.capitalize()}, current"


def test_f6_goes_round_the_panes_and_back(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    start = opened.window.chats.composer.field
    start.setFocus()
    seen: list[QWidget | None] = []
    for _ in range(12):
        press(opened, qtbot, Qt.Key.Key_F6)
        seen.append(QApplication.focusWidget())
        if seen[-1] is start:
            break
    assert seen[-1] is start
    assert opened.window.chats.listing.view in seen
    assert opened.window.shell.rail["chats"] in seen
    press(opened, qtbot, Qt.Key.Key_F6, SHIFT)
    assert QApplication.focusWidget() is seen[-2]


def test_alt_down_puts_the_keyboard_on_the_quote_and_enter_opens_it(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    press(opened, qtbot, Qt.Key.Key_Down, ALT)
    (card,) = last(opened).findChildren(QuoteCard)
    assert card.line.hasFocus()
    heard: list[int] = []
    card.opened.connect(heard.append)
    press(opened, qtbot, Qt.Key.Key_Return)
    assert heard == [1]


def test_copying_takes_the_quotes_along(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    press(opened, qtbot, Qt.Key.Key_C, CTRL | SHIFT)
    assert "Handbook, page 2" in QGuiApplication.clipboard().text()


def test_a_deleted_chat_comes_back(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    model = opened.window.chats.model
    qtbot.waitUntil(lambda: len(model.heads()) == 1)
    opened.window.deeds.do("chat.delete")
    qtbot.waitUntil(lambda: not model.heads())
    opened.window.deeds.do("chat.restore")
    qtbot.waitUntil(lambda: len(model.heads()) == 1 and answered(opened))


def test_without_a_model_the_composer_says_so_and_what_to_do(
    open_on: OpenOn, bare_room: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    opened = open_on(copied(bare_room, tmp_path))
    (only,) = opened.run(opened.desk.models())
    opened.run(opened.desk.remove_model(only.id))
    composer = opened.window.chats.composer
    qtbot.waitUntil(lambda: any("No model is loaded" in words for words in _words(composer)))
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    notes = [note.accessibleName() for note in last(opened).findChildren(Note)]
    assert notes == ["No model has been chosen. Add a model file on the Models page."]


def _words(widget: QWidget) -> list[str]:
    labels = [label for label in widget.findChildren(QWidget) if hasattr(label, "text") and label.isVisible()]
    return [str(label.text()) for label in labels]


def test_what_takes_the_focus_has_a_name(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    nameless: list[str] = []
    for place in opened.window.shell.pages:
        opened.window.go(place)
        qtbot.wait(50)
        for widget in opened.window.findChildren(QWidget):
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                interface = QAccessible.queryAccessibleInterface(widget)
                if not interface.text(QAccessible.Text.Name):
                    nameless.append(f"{place}: {type(widget).__name__} {widget.objectName()}")
    assert nameless == []


def test_a_locked_vault_shows_nothing_and_opens_with_its_passphrase(
    open_on: OpenOn, bare_room: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    opened = open_on(copied(bare_room, tmp_path), locked=True)
    unlock = opened.window.first_run.unlock
    qtbot.waitUntil(unlock.field.isVisible)
    assert not opened.window.in_shell
    QTest.keyClicks(unlock.field, "wrong horse")
    QTest.keyClick(unlock.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any("not the passphrase of this vault" in words for words in _words(unlock)))
    unlock.field.setText(PASSPHRASE)
    QTest.keyClick(unlock.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.window.in_shell)


def test_locking_takes_what_was_shown_away(opened: Opened, qtbot: QtBot) -> None:
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    press(opened, qtbot, Qt.Key.Key_L, CTRL | SHIFT)
    qtbot.waitUntil(lambda: not opened.window.in_shell)
    assert opened.window.chats.transcript.views == {}
    assert opened.window.chats.model.heads() == ()


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 640), (880, 520)])
def test_nothing_is_wider_than_the_window(opened: Opened, qtbot: QtBot, width: int, height: int) -> None:
    opened.window.resize(width, height)
    ask(opened, qtbot)
    qtbot.waitUntil(lambda: answered(opened))
    for place in opened.window.shell.pages:
        opened.window.go(place)
        qtbot.wait(20)
        assert opened.window.size().width() == width
        assert opened.window.size().height() == height
        over = [
            type(widget).__name__
            for widget in opened.window.shell.page.findChildren(QWidget)
            if widget.isVisible() and widget.mapTo(opened.window, widget.rect().topRight()).x() > width + 2
        ]
        assert over == []


def test_narrow_rail_and_hidden_list(opened: Opened, qtbot: QtBot) -> None:
    opened.window.resize(1024, 640)
    assert opened.window.shell.rail.width() == 56
    assert not opened.window.chats.listing.isVisible()
    press(opened, qtbot, Qt.Key.Key_B, CTRL)
    assert opened.window.chats.listing.isVisible()


def test_the_key_map_has_room_for_large_text(opened: Opened, qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, theme.Look(scale=1.5))
    try:
        opened.window.key_map.open()
        qtbot.wait(50)
        sheet = opened.window.key_map
        words = [label for label in sheet.findChildren(Words) if label.isVisible()]
        assert words
        assert all(label.mapTo(sheet, label.rect().topRight()).x() <= sheet.width() for label in words)
    finally:
        theme.apply(qapp, theme.Look())


def test_palette_and_key_map_stay_inside_a_window_that_shrinks(opened: Opened) -> None:
    for sheet in (opened.window.command_palette, opened.window.key_map):
        sheet.open()
        opened.window.resize(900, 540)
        assert opened.window.rect().contains(sheet.geometry())
        opened.window.resize(1440, 900)
        sheet.close_up()

"""Files and folders of a chat: attached by drop and by keyboard, shown as chips, taken off; they are its scope."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog
from pytestqt.qtbot import QtBot

from app.domain.messages import Scope
from app.tools.files import READABLE
from app.ui.chats.attaching import MOST, READER, SUFFIXES, Chip, with_attached
from app.ui.chats.page import ChatsPage
from app.ui.chats.scope import ScopeMenu
from tests.ui.conftest import Opened

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    made = tmp_path / "sales.csv"
    made.write_text("date,net\n2026-01-05,100\n")
    return made


def drop(page: ChatsPage, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    here, left, none = QPointF(20, 20), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(here.toPoint(), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(page, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(page, QDropEvent(here, Qt.DropAction.CopyAction, data, left, none))


def chips(opened: Opened) -> list[str]:
    return [chip.accessibleName() for chip in opened.window.chats.findChildren(Chip) if chip.isVisible()]


def test_what_programs_are_given_can_be_attached() -> None:
    assert set(SUFFIXES) == READABLE


def test_a_dropped_file_is_in_scope_and_a_chip_takes_it_off(opened: Opened, sales: Path, qtbot: QtBot) -> None:
    chats = opened.window.chats
    before = chats.chat.scope
    drop(chats, sales, sales.parent)
    assert list(chats.chat.scope.files) == [str(sales)]
    assert chats.chat.scope.folders == (str(sales.parent),)
    assert READER in chats.chat.scope.tools
    assert chats.chat.scope.collections == before.collections
    assert chips(opened) == ["Attached file sales.csv", f"Attached folder {sales.parent.name}"]
    first = chats.findChildren(Chip)[0]
    assert first.close_button.accessibleName() == "Remove sales.csv"
    first.close_button.click()
    qtbot.waitUntil(lambda: chips(opened) == [f"Attached folder {sales.parent.name}"])
    assert not chats.chat.scope.files
    assert chats.composer.field.hasFocus()


def test_the_scope_menu_keeps_what_is_attached(opened: Opened, sales: Path, qtbot: QtBot) -> None:
    scope = Scope(documents=False, files=(str(sales),), folders=(str(sales.parent),))
    menu = ScopeMenu(opened.window, scope, (), opened.run(opened.desk.tools()))
    heard: list[Scope] = []
    menu.changed.connect(heard.append)
    menu.findChildren(QCheckBox)[0].click()
    assert (heard[0].files, heard[0].folders, len(heard[0].tools)) == (scope.files, scope.folders, 1)


def test_what_is_attached_is_saved_with_the_chat_and_not_taken_to_the_next(
    opened: Opened, sales: Path, qtbot: QtBot
) -> None:
    chats = opened.window.chats
    drop(chats, sales)
    chats.composer.set_question("Good morning.")
    chats.ask()
    qtbot.waitUntil(lambda: (last := chats.transcript.last()) is not None and last.exchange.answer is not None)
    assert chats.chat.head is not None
    assert opened.run(opened.desk.conversation(chats.chat.head.id)).head.scope.files == (str(sales),)
    chats.new_chat()
    assert not chats.chat.scope.files
    assert chips(opened) == []


def test_ctrl_u_asks_for_files(opened: Opened, qtbot: QtBot) -> None:
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    QTest.keyClick(opened.window.chats.composer.field, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(opened.window.findChildren(QFileDialog)))
    opened.window.findChildren(QFileDialog)[0].reject()


def test_what_cannot_be_attached_is_said_and_nothing_is_attached(tmp_path: Path, sales: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(b"%PDF")
    with pytest.raises(ValueError, match=r"paper\.pdf is read as a document"):
        with_attached(Scope(), (sales, paper))
    with pytest.raises(ValueError, match=r"There is no file gone\.csv"):
        with_attached(Scope(), (tmp_path / "gone.csv",))
    full = Scope(folders=tuple(f"/papers/{n}" for n in range(MOST)))
    with pytest.raises(ValueError, match="8 files and folders"):
        with_attached(full, (sales,))


def test_a_file_of_the_same_name_takes_the_place_of_the_other(tmp_path: Path, sales: Path) -> None:
    other = tmp_path / "more" / "sales.csv"
    other.parent.mkdir()
    other.write_text("a\n1\n")
    assert with_attached(Scope(files=(str(sales),)), (other,)).files == (str(other),)

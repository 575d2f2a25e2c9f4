"""Continue, under an answer that was stopped: only under the last one, and the whole takes its place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.engine.scripted import Transcript
from tests.room import transcript
from tests.ui.conftest import Opened

TALE = " ".join(f"word{number}" for number in range(120))


def test_a_stopped_answer_is_continued_from_the_keyboard(
    open_shelf: Callable[[Transcript], Opened], qtbot: QtBot
) -> None:
    opened = open_shelf(transcript(TALE, delay=0.02))
    chats = opened.window.chats
    chats.chat.set_scope(chats.chat.scope.model_copy(update={"documents": False}))
    chats.composer.set_question("Tell me everything")
    chats.ask()
    qtbot.waitUntil(lambda: (last := chats.transcript.last()) is not None and last.writing is not None)
    view = chats.transcript.last()
    assert view is not None
    qtbot.waitUntil(lambda: view.writing is not None and view.writing.words > 3)
    chats.escape()
    qtbot.waitUntil(lambda: view.go_on is not None)
    assert view.exchange.answer is not None
    kept = view.exchange.answer.text
    assert view.go_on is not None
    assert view.go_on.accessibleName() == "Continue the answer"
    view.go_on.setFocus()
    QTest.keyClick(view.go_on, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: chats.transcript.last() is not view)
    last = chats.transcript.last()
    assert last is not None
    qtbot.waitUntil(lambda: last.exchange.answer is not None, timeout=60_000)
    assert last.exchange.answer is not None
    assert last.exchange.answer.text == TALE
    assert TALE.startswith(kept)
    assert len(chats.transcript.views) == 1
    assert last.go_on is None


def test_continue_goes_when_something_was_said_after_it(
    open_shelf: Callable[[Transcript], Opened], qtbot: QtBot
) -> None:
    opened = open_shelf(transcript(TALE, "Short.", delay=0.02))
    chats = opened.window.chats
    chats.chat.set_scope(chats.chat.scope.model_copy(update={"documents": False}))
    chats.chat.ask("Tell me everything")
    qtbot.waitUntil(lambda: (last := chats.transcript.last()) is not None and last.writing is not None)
    view = chats.transcript.last()
    assert view is not None
    qtbot.waitUntil(lambda: view.writing is not None and view.writing.words > 3)
    chats.escape()
    qtbot.waitUntil(lambda: view.go_on is not None and view.go_on.isVisible())
    chats.chat.ask("And more?")
    qtbot.waitUntil(lambda: len(chats.transcript.views) == 2 and chats.chat.running is None)
    assert view.go_on is not None
    assert not view.go_on.isVisible()

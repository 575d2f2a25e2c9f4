"""A question back in the window: choices that are buttons, the composer for other words, and only where it still waits."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.messages import Clarification
from app.engine.scripted import ScriptedCall, ScriptedReply, Transcript
from app.ui.chats.asking_back import AskingBack
from tests.room import transcript
from tests.ui.conftest import Opened

ERRAND = "Write a letter to the tenant"
BACK = ScriptedCall(tool="ask_person", arguments={"question": "Which tenant?", "choices": ["Rome & Co", "Oslo"]})
PLAYED = transcript(
    ScriptedReply(when="Which tenant? Rome & Co", text="Dear Rome."), ScriptedReply(when=ERRAND, calls=(BACK,))
)


def asked_back(open_shelf: Callable[[Transcript], Opened], qtbot: QtBot) -> tuple[Opened, AskingBack]:
    """A chat without documents, in which an errand was asked back about."""
    opened = open_shelf(PLAYED)
    chats = opened.window.chats
    chats.chat.set_scope(chats.chat.scope.model_copy(update={"documents": False, "tools": ("run_python",)}))
    chats.composer.set_question(ERRAND)
    chats.ask()
    qtbot.waitUntil(lambda: (last := chats.transcript.last()) is not None and last.asking is not None)
    last = chats.transcript.last()
    assert last is not None
    assert last.asking is not None
    return opened, last.asking


def test_a_choice_pressed_from_the_keyboard_is_the_reply(
    open_shelf: Callable[[Transcript], Opened], qtbot: QtBot
) -> None:
    opened, card = asked_back(open_shelf, qtbot)
    chats = opened.window.chats
    assert card.accessibleName() == "Question to you: Which tenant?"
    rome, oslo = card.choices
    assert (rome.accessibleName(), oslo.accessibleName()) == ("Answer: Rome & Co", "Answer: Oslo")
    assert rome.focusPolicy() & Qt.FocusPolicy.TabFocus
    rome.setFocus()
    QTest.keyClick(rome, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(chats.transcript.views) == 2 and chats.chat.running is None)
    last = chats.transcript.last()
    assert last is not None
    assert last.exchange.question == "Rome & Co"
    assert last.exchange.answer is not None
    assert last.exchange.answer.text == "Dear Rome."
    assert not rome.isEnabled()
    assert not card.own.isVisible()
    chats.chat.open(last.exchange.conversation)
    qtbot.waitUntil(lambda: next(iter(chats.transcript.views.values())).asking not in {None, card})
    reopened = next(iter(chats.transcript.views.values())).asking
    assert reopened is not None
    assert not reopened.choices[0].isEnabled()


def test_other_words_are_written_in_the_composer(open_shelf: Callable[[Transcript], Opened], qtbot: QtBot) -> None:
    opened, card = asked_back(open_shelf, qtbot)
    QTest.mouseClick(card.own, Qt.MouseButton.LeftButton)
    assert opened.window.chats.composer.field.hasFocus()


def test_a_question_without_choices_asks_for_words(qtbot: QtBot) -> None:
    card = AskingBack(Clarification(question="How should <b>it</b> begin?"))
    qtbot.addWidget(card)
    assert card.choices == []
    assert card.own.text() == "Write the answer"

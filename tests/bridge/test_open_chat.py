"""The open chat without a widget: asking, streaming, leaving and coming back, being refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.bridge.chat import OpenChat, RunningTurn
from app.domain.events import PermissionAnswered, TurnStreamed
from app.domain.messages import Answer, AnswerState, Scope
from app.domain.stream import TextDelta
from app.engine.scripted import Transcript
from tests.bridge.held import Held, holding
from tests.room import transcript
from tests.shelf import QUESTION, REPLY, copied

LONG = transcript("word " * 2000, delay=0.005)


class Open:
    """A room held for the window, and the chat that is open in it."""

    def __init__(self, held: Held) -> None:
        self.held = held
        self.desk = held.room.desk
        self.chat = OpenChat(held.bridge)
        self.heard: list[str] = []
        self.chat.grown.connect(self._grown)

    def _grown(self, event: object) -> None:
        if isinstance(event, TurnStreamed) and isinstance(event.event, TextDelta):
            self.heard.append(event.event.text)

    @property
    def words(self) -> str:
        return "".join(self.heard).strip()

    @property
    def answer(self) -> Answer | None:
        """What the last question was answered with, once nothing runs any more."""
        last = self.chat.last()
        return last.answer if last is not None and self.chat.running is None else None


OpenOn = Callable[[Path, Transcript], Open]


@pytest.fixture
def open_on(qapp: object, tmp_path: Path) -> Iterator[OpenOn]:
    """Open a chat on a copy of a room."""
    with contextlib.ExitStack() as steps:
        yield lambda room, played: Open(steps.enter_context(holding(copied(room, tmp_path), played)))


def answered(one: Open) -> bool:
    return one.answer is not None


def test_a_draft_becomes_a_chat_with_its_first_question(open_on: OpenOn, shelf_room: Path, qtbot: QtBot) -> None:
    one = open_on(shelf_room, transcript(REPLY))
    (collection,) = one.held.core.run(one.desk.collections())
    one.chat.draft(Scope(collections=(collection.id,)))
    draft = one.chat.head
    one.chat.ask(QUESTION)
    qtbot.waitUntil(lambda: answered(one))
    made = one.chat.head
    assert draft is None
    assert made is not None
    assert made.scope == Scope(collections=(collection.id,))
    assert one.words == REPLY.text
    assert one.answer is not None
    assert [quote.title for quote in one.answer.quotes] == ["Handbook"]


def test_a_chat_that_is_left_while_it_answers_is_whole_when_one_comes_back(
    open_on: OpenOn, bare_room: Path, qtbot: QtBot
) -> None:
    one = open_on(bare_room, LONG)
    one.chat.ask("Tell me everything.")
    qtbot.waitUntil(lambda: len(one.words) > 20)
    assert one.chat.head is not None
    chat, before = one.chat.head.id, one.words
    one.chat.draft(Scope())
    one.heard.clear()
    started: list[RunningTurn] = []
    one.chat.started.connect(lambda running, _replaced: started.append(running))
    one.chat.open(chat)
    qtbot.waitUntil(lambda: bool(started))
    assert one.words.startswith(before)
    assert one.chat.stop()
    qtbot.waitUntil(lambda: answered(one))
    assert one.answer is not None
    assert one.words == one.answer.text


def test_what_ends_in_a_chat_that_was_left_is_no_answer_of_the_open_one(
    open_on: OpenOn, bare_room: Path, qtbot: QtBot
) -> None:
    one = open_on(bare_room, LONG)
    one.chat.ask("Tell me everything.")
    qtbot.waitUntil(lambda: len(one.words) > 20)
    running = one.chat.running
    assert running is not None
    ended: list[str] = []
    waiting: list[str] = []
    one.chat.ended.connect(lambda exchange, _answer: ended.append(exchange))
    one.chat.waiting_changed.connect(lambda _chat, words: waiting.append(words))
    one.chat.draft(Scope())
    one.held.core.run(one.desk.stop(running.turn))
    qtbot.waitUntil(lambda: waiting == [""])
    assert ended == []
    assert one.chat.last() is None


def test_the_chat_that_was_wanted_last_is_the_one_that_opens(open_on: OpenOn, bare_room: Path, qtbot: QtBot) -> None:
    one = open_on(bare_room, transcript("Yes."))
    first, second = (one.held.core.run(one.desk.new_conversation(Scope())) for _ in range(2))
    opened: list[str] = []
    one.chat.opened.connect(lambda head, _exchanges: opened.append(head.id))
    one.chat.open(first.id)
    one.chat.open(second.id)
    qtbot.waitUntil(lambda: second.id in opened)
    assert opened == [second.id]


def test_stopping_keeps_the_words_that_were_written(open_on: OpenOn, bare_room: Path, qtbot: QtBot) -> None:
    one = open_on(bare_room, LONG)
    one.chat.ask("Tell me everything.")
    qtbot.waitUntil(lambda: len(one.words) > 20)
    assert one.chat.stop()
    qtbot.waitUntil(lambda: answered(one))
    assert one.answer is not None
    assert one.answer.state is AnswerState.STOPPED
    assert one.answer.text == one.words
    assert not one.chat.stop()


def test_asking_again_takes_the_old_answer_and_all_after_it_away(
    open_on: OpenOn, bare_room: Path, qtbot: QtBot
) -> None:
    one = open_on(bare_room, transcript("Yes."))
    one.chat.ask("First?")
    qtbot.waitUntil(lambda: answered(one))
    first = one.chat.last()
    assert first is not None
    one.chat.ask("Second?")
    qtbot.waitUntil(lambda: answered(one) and one.chat.last() is not first)
    replaced: list[str] = []
    one.chat.started.connect(lambda _running, which: replaced.append(which))
    one.chat.ask("First, better?", replace=first.id)
    qtbot.waitUntil(lambda: bool(replaced) and answered(one))
    assert replaced == [first.id]
    assert one.chat.exchange(first.id) is None
    last = one.chat.last()
    assert last is not None
    assert last.question == "First, better?"


def test_a_question_that_cannot_be_asked_is_given_back(open_on: OpenOn, bare_room: Path, qtbot: QtBot) -> None:
    one = open_on(bare_room, transcript("Yes."))
    one.chat.ask("First?")
    qtbot.waitUntil(lambda: answered(one))
    assert one.chat.head is not None
    one.held.core.run(one.desk.delete_conversation(one.chat.head.id))
    back: list[tuple[str, str]] = []
    one.chat.not_asked.connect(lambda question, why: back.append((question, why.code)))
    one.chat.ask("Second?")
    qtbot.waitUntil(lambda: bool(back))
    assert back == [("Second?", "carrel.conversation.none")]
    one.held.core.run(one.desk.restore_conversation(one.chat.head.id))
    first = one.chat.last()
    one.chat.ask("Second?")
    qtbot.waitUntil(lambda: answered(one) and one.chat.last() is not first)


def test_a_permission_waits_in_its_chat_and_is_answered_once(
    open_on: OpenOn, bare_room: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    one = open_on(bare_room, transcript())
    notes = tmp_path / "notes"
    notes.mkdir()
    one.chat.open(one.held.core.run(one.held.room.call_to_write(notes)))
    qtbot.waitUntil(lambda: one.chat.head is not None)
    one.chat.ask("Save it?")
    qtbot.waitUntil(lambda: one.chat.permission is not None)
    asked = one.chat.permission
    assert asked is not None
    one.chat.decide(asked.request, "deny")
    one.chat.decide(asked.request, "once")
    assert one.chat.permission is None
    qtbot.waitUntil(lambda: answered(one))
    assert [event.answer for event in one.held.room.of(PermissionAnswered)] == ["deny"]
    assert list(notes.iterdir()) == []

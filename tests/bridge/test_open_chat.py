"""The open chat without a widget: asking, streaming, leaving and coming back, being refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.bridge.chat import OpenChat, RunningTurn
from app.bridge.core import CoreThread
from app.bridge.desk import DeskBridge
from app.domain.events import TurnStreamed
from app.domain.messages import AnswerState, Scope
from app.domain.stream import TextDelta
from tests.fakes.paper_desk import ANSWER, PaperDesk


class Room:
    """A desk, its bridge, and the chat that is open on it."""

    def __init__(self) -> None:
        self.desk = PaperDesk()
        self.core = CoreThread()
        self.bridge = DeskBridge(self.core, self.desk)
        self.chat = OpenChat(self.bridge)
        self.heard: list[str] = []
        self.chat.grown.connect(self._grown)

    def _grown(self, event: object) -> None:
        if isinstance(event, TurnStreamed) and isinstance(event.event, TextDelta):
            self.heard.append(event.event.text)

    @property
    def words(self) -> str:
        return "".join(self.heard).strip()


@pytest.fixture
def room(qapp: object) -> Iterator[Room]:
    made = Room()
    yield made
    made.core.stop()


def answered(room: Room) -> bool:
    last = room.chat.last()
    return last is not None and last.answer is not None and room.chat.running is None


def test_a_draft_becomes_a_chat_with_its_first_question(room: Room, qtbot: QtBot) -> None:
    room.chat.draft(Scope(collections=("staff",)))
    draft = room.chat.head
    room.chat.ask("How many days?")
    qtbot.waitUntil(lambda: answered(room))
    made = room.chat.head
    assert draft is None
    assert made is not None
    assert made.scope == Scope(collections=("staff",))
    assert room.words == ANSWER.text


def test_a_chat_that_is_left_while_it_answers_is_whole_when_one_comes_back(room: Room, qtbot: QtBot) -> None:
    room.desk.hold = asyncio.Event()
    room.chat.ask("How many days?")
    everything_but_the_last = ANSWER.text.rpartition(" ")[0]
    qtbot.waitUntil(lambda: room.words == everything_but_the_last)
    assert room.chat.head is not None
    chat = room.chat.head.id
    room.chat.draft(Scope())
    room.heard.clear()
    started: list[RunningTurn] = []
    room.chat.started.connect(lambda running, _replaced: started.append(running))
    room.chat.open(chat)
    qtbot.waitUntil(lambda: bool(started))
    assert room.words == everything_but_the_last
    room.core.call(_release(room.desk))
    qtbot.waitUntil(lambda: answered(room))
    assert room.words == ANSWER.text


async def _release(desk: PaperDesk) -> None:
    if desk.hold is not None:
        desk.hold.set()


def test_stopping_keeps_the_words_that_were_written(room: Room, qtbot: QtBot) -> None:
    room.desk.hold = asyncio.Event()
    room.chat.ask("How many days?")
    qtbot.waitUntil(lambda: len(room.words) > 20)
    assert room.chat.stop()
    qtbot.waitUntil(lambda: answered(room))
    last = room.chat.last()
    assert last is not None
    assert last.answer is not None
    assert last.answer.state is AnswerState.STOPPED
    assert last.answer.text == ANSWER.text.rpartition(" ")[0]
    assert not room.chat.stop()


def test_asking_again_takes_the_old_answer_and_all_after_it_away(room: Room, qtbot: QtBot) -> None:
    room.chat.ask("First?")
    qtbot.waitUntil(lambda: answered(room))
    first = room.chat.last()
    assert first is not None
    room.chat.ask("Second?")
    qtbot.waitUntil(lambda: answered(room) and room.chat.last() is not first)
    replaced: list[str] = []
    room.chat.started.connect(lambda _running, which: replaced.append(which))
    room.chat.ask("First, better?", replace=first.id)
    qtbot.waitUntil(lambda: bool(replaced) and answered(room))
    assert replaced == [first.id]
    assert room.chat.exchange(first.id) is None
    last = room.chat.last()
    assert last is not None
    assert last.question == "First, better?"


def test_a_question_that_cannot_be_asked_is_given_back(room: Room, qtbot: QtBot) -> None:
    room.desk.model = False
    back: list[tuple[str, str]] = []
    room.chat.not_asked.connect(lambda question, why: back.append((question, why.code)))
    room.chat.ask("How many days?")
    qtbot.waitUntil(lambda: bool(back))
    assert back == [("How many days?", "carrel.model.none")]
    room.desk.model = True
    room.chat.ask("How many days?")
    qtbot.waitUntil(lambda: answered(room))


def test_a_permission_waits_in_its_chat_and_is_answered_once(room: Room, qtbot: QtBot) -> None:
    room.desk.calls = True
    room.chat.ask("Save it?")
    qtbot.waitUntil(lambda: room.chat.permission is not None)
    room.chat.decide("request", "deny")
    room.chat.decide("request", "once")
    assert room.chat.permission is None
    qtbot.waitUntil(lambda: answered(room))
    assert room.desk.decisions == ["deny"]

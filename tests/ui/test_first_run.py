"""First run on the real desk: a set-up with no step left to take does not hold anybody up."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.room import open_room, transcript
from tests.shelf import COLLECTION, write_papers
from tests.ui.conftest import OpenOn

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


async def seed(place: Path, *, asked: bool) -> None:
    """Key, model and folder are there, and perhaps a first answer; nobody has said that the set-up is over."""
    async with open_room(place, transcript("Yes.")) as room:
        await room.read(write_papers(place / "papers"), into=COLLECTION)
        if asked:
            await room.answer(await room.talk(), "Is anybody there?")


def test_who_has_asked_already_is_let_in(open_on: OpenOn, tmp_path: Path, qtbot: QtBot) -> None:
    asyncio.run(seed(tmp_path, asked=True))
    opened = open_on(tmp_path)
    qtbot.waitUntil(lambda: opened.run(opened.desk.setup()).finished)
    qtbot.waitUntil(lambda: opened.window.in_shell and opened.window.chats.composer.field.hasFocus())


def test_who_has_not_is_asked_for_a_first_question(open_on: OpenOn, tmp_path: Path, qtbot: QtBot) -> None:
    asyncio.run(seed(tmp_path, asked=False))
    opened = open_on(tmp_path)
    qtbot.waitUntil(opened.window.first_run.question.isVisible)
    assert [step.head.isEnabled() for step in opened.window.first_run.steps] == [False] * 4
    assert not opened.window.in_shell

"""The core thread: work runs there, answers come back here, and one that is gone hears nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.bridge.core import CoreThread
from app.kernel.errors import Known


@pytest.fixture
def core(qapp: object) -> Iterator[CoreThread]:
    made = CoreThread()
    yield made
    made.stop()


async def where() -> str:
    return threading.current_thread().name


async def refuse() -> None:
    raise Known("carrel.test.no", "No.", "Ask otherwise.")


async def break_down() -> None:
    raise ZeroDivisionError


def test_work_runs_on_the_core_and_the_answer_arrives_here(core: CoreThread, qtbot: QtBot) -> None:
    heard: list[tuple[str, bool]] = []
    here = threading.current_thread()
    core.call(where()).then(lambda name: heard.append((name, threading.current_thread() is here)))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == [("core", True)]


def test_a_known_failure_reaches_who_asked(core: CoreThread, qtbot: QtBot) -> None:
    heard: list[str] = []
    core.call(refuse()).or_else(lambda why: heard.append(why.code))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["carrel.test.no"]


def test_a_failure_nobody_asked_about_is_not_lost(core: CoreThread, qtbot: QtBot) -> None:
    heard: list[str] = []
    core.unhandled = lambda why: heard.append(why.code)
    core.call(refuse())
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["carrel.test.no"]


def test_a_defect_is_told_as_one_and_logged(core: CoreThread, qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Known] = []
    core.call(break_down()).or_else(heard.append)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[0].code == "carrel.window.bug"
    assert "ZeroDivisionError" in caplog.text


def test_a_receiver_that_is_gone_hears_nothing(core: CoreThread, qtbot: QtBot) -> None:
    owner, heard = QObject(), list[str]()
    gone = core.call(where()).then(lambda _name: heard.append("gone"), owner=owner)
    delete(owner)
    core.call(where()).then(lambda _name: heard.append("here"))
    qtbot.waitUntil(lambda: "here" in heard)
    assert heard == ["here"]
    assert gone is not None


def test_stopping_cancels_what_runs_and_takes_nothing_more(qapp: object) -> None:
    core = CoreThread()
    ended = threading.Event()
    started = threading.Event()

    async def wait_forever() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    core.call(wait_forever())
    assert started.wait(30)
    core.stop()
    assert ended.is_set()
    heard: list[str] = []
    core.call(where()).then(heard.append)
    core.stop()
    assert heard == []

"""The note over a run, from figures alone: how far, how fast, why it rests, how it ended."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.documents.progress import BY_YOU, YIELDING
from app.domain.documents import Outcome, ReadingProgress
from app.ui.documents.progress import RunNote, speed

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def progress(done: int, *, paused: str = "", finished: bool = False) -> ReadingProgress:
    return ReadingProgress(
        run="run",
        collection="staff",
        done=done,
        total=2,
        outcomes={Outcome.INDEXED: done},
        chunks_per_second=31,
        seconds_left=360,
        current="New.pdf",
        paused=paused,
        yielding=paused == YIELDING,
        finished=finished,
    )


def test_a_run_is_told_as_it_goes_rests_and_ends(qtbot: QtBot) -> None:
    note = RunNote()
    qtbot.addWidget(note)
    asked: list[str] = []
    note.pause_wanted.connect(lambda run: asked.append(f"pause {run}"))
    note.resume_wanted.connect(lambda run: asked.append(f"resume {run}"))
    told: list[tuple[str, str]] = []
    for now in (progress(1), progress(1, paused=BY_YOU), progress(2, finished=True)):
        note.show_progress(now)
        told.append((note.line.accessibleName(), note.pause.text()))
        note.toggle()
    assert told == [("Reading 1 of 2 files", "Pause"), ("Paused at 1 of 2 files", "Resume"), ("Read 2 files", "Pause")]
    assert asked == ["pause run", "resume run"]
    assert not note.running


def test_what_rests_for_a_question_can_be_paused(qtbot: QtBot) -> None:
    note = RunNote()
    qtbot.addWidget(note)
    asked: list[str] = []
    note.pause_wanted.connect(lambda run: asked.append(f"pause {run}"))
    note.resume_wanted.connect(lambda run: asked.append(f"resume {run}"))
    note.show_progress(progress(1, paused=YIELDING))
    assert (note.line.accessibleName(), note.pause.text()) == ("Resting at 1 of 2 files", "Pause")
    note.toggle()
    assert asked == ["pause run"]


def test_only_what_moves_has_a_speed() -> None:
    assert speed(progress(1)) == "31 passages per second"
    assert speed(progress(1, paused=BY_YOU)) == speed(progress(2, finished=True)) == ""


def test_a_run_that_was_stopped_says_after_how_many(qtbot: QtBot) -> None:
    note = RunNote()
    qtbot.addWidget(note)
    note.show_progress(progress(1, finished=True))
    assert note.line.accessibleName() == "Stopped after 1 of 2 files"

"""A long chat opens at its end at once; older exchanges come above without moving what is read."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.messages import Answer, AnswerState, Exchange
from app.ui import theme
from app.ui.chats.transcript import AT_ONCE, KEPT, Transcript
from app.ui.parts.buttons import Button
from app.ui.parts.notes import Note
from app.ui.theme import Look
from tests.ui.answers import ANSWER, WHEN

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def exchanges(count: int) -> tuple[Exchange, ...]:
    return tuple(
        Exchange(id=str(n), conversation="c", asked_at=WHEN, question=f"Question {n}?", answer=ANSWER)
        for n in range(count)
    )


@pytest.fixture
def transcript(qapp: QApplication, qtbot: QtBot) -> Transcript:
    theme.apply(qapp, Look())
    made = Transcript()
    qtbot.addWidget(made)
    made.resize(720, 600)
    made.show()
    return made


def test_the_end_is_there_at_once_and_the_rest_follows_in_order(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_exchanges(exchanges(10))
    assert list(transcript.views) == [str(n) for n in range(10 - AT_ONCE, 10)]
    qtbot.waitUntil(lambda: not transcript.building, timeout=60_000)
    assert list(transcript.views) == [str(n) for n in range(10)]
    qtbot.waitUntil(transcript.area.at_end)


def test_only_the_last_forty_are_built_until_more_are_asked_for(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_exchanges(exchanges(KEPT + 5))
    qtbot.waitUntil(lambda: not transcript.building, timeout=60_000)
    assert len(transcript.views) == KEPT
    transcript._more.click()
    qtbot.waitUntil(lambda: len(transcript.views) == KEPT + 5, timeout=60_000)
    assert next(iter(transcript.views)) == "0"


def test_what_is_read_stays_while_older_exchanges_come(transcript: Transcript, qtbot: QtBot) -> None:
    def top(key: str) -> int:
        view = transcript.views[key]
        return view.mapTo(transcript, view.rect().topLeft()).y()

    transcript.show_exchanges(exchanges(KEPT + 5))
    qtbot.waitUntil(lambda: not transcript.building, timeout=60_000)
    qtbot.wait(100)
    bar = transcript.area.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    read = next(key for key, view in transcript.views.items() if top(key) + view.height() > 0)
    before = top(read)
    transcript._more.click()
    qtbot.waitUntil(lambda: len(transcript.views) == KEPT + 5, timeout=60_000)
    qtbot.waitUntil(lambda: abs(top(read) - before) <= 2)
    qtbot.wait(100)
    assert abs(top(read) - before) <= 2


def test_answering_anew_takes_away_even_what_is_not_built_yet(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_exchanges(exchanges(10))
    transcript.drop_from("2")
    qtbot.waitUntil(lambda: not transcript.building, timeout=60_000)
    assert list(transcript.views) == ["0", "1"]


def test_quotes_of_a_file_that_changed_say_so_and_offer_to_read_it_again(transcript: Transcript, qtbot: QtBot) -> None:
    transcript.show_exchanges(exchanges(2))
    view = transcript.views["1"]
    view.set_open_quote(1)
    transcript.file_changed("another")
    assert view.cards[1].property("state") == "verified"
    transcript.file_changed("handbook")
    card = view.cards[1]
    assert (card.property("state"), card.property("on"), card.isVisibleTo(transcript)) == ("stale", "true", True)
    with qtbot.waitSignal(transcript.read_again, check_params_cb=lambda source: source == "handbook"):
        next(b for b in card.findChildren(Button) if b.text() == "Read again").click()


def test_an_answer_without_a_word_says_so(transcript: Transcript) -> None:
    (asked,) = exchanges(1)
    empty = Answer(state=AnswerState.DONE, text=" ", supported=False)
    transcript.show_exchanges((asked.model_copy(update={"answer": empty}),))
    said = [note.accessibleName() for note in transcript.views["0"].findChildren(Note)]
    assert said == ["The model wrote nothing. Ask in other words, or choose another model."]

"""Nothing is shown as verified but what is: the mark, its card, the words of a screen reader, before and after the save."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.domain.events import TurnStreamed
from app.domain.messages import UNDONE, Answer, AnswerState, Exchange, Quote, QuoteState
from app.domain.stream import QuoteDelta
from app.ui import theme
from app.ui.chats.exchange import ExchangeView
from app.ui.chats.quote import QuoteCard, WritingQuote
from app.ui.chats.writing import Writing
from app.ui.parts.marks import Mark
from app.ui.parts.text import TextBlock
from app.ui.theme import Look
from tests.ui.answers import ANSWER, QUOTE, WHEN

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Shown = Callable[[QWidget], QWidget]

NOT_VOUCHED_FOR: dict[str, dict[str, Any]] = {
    "not found": {"verified": False},
    "stale": {"verified": False, "state": QuoteState.STALE},
    "stale, though it was once found": {"state": QuoteState.STALE},
    "removed": {"verified": False, "state": QuoteState.REMOVED},
}
SAID = {"not found": "not found in the source", "removed": "removed with its document"}


@pytest.fixture
def shown(qapp: QApplication, qtbot: QtBot) -> Shown:
    theme.apply(qapp, Look())

    def show(widget: QWidget) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(600, 500)
        widget.show()
        return widget

    return show


def exchange(quote: Quote, **changes: object) -> ExchangeView:
    answer = ANSWER.model_copy(update={"quotes": (quote,), **changes})
    return ExchangeView(Exchange(id="e", conversation="c", asked_at=WHEN, question="How many?", answer=answer))


def vouches(widget: QWidget) -> bool:
    """Whether the fill of a mark that is vouched for is anywhere in its picture."""
    picture = widget.grab().toImage()
    fills = {QColor(theme.colour(name)).rgb() for name in ("marker", "marker_tint")}
    return any(picture.pixel(x, y) in fills for x in range(picture.width()) for y in range(picture.height()))


def marks(view: QWidget) -> list[bool]:
    """Of every mark beside a quote, and of every run of words: whether it is vouched for."""
    return [vouches(each) for kind in (Mark, TextBlock) for each in view.findChildren(kind)]


def words(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]


def doubted(view: QWidget) -> list[str]:
    """What is said of each run that is to be checked."""
    return [
        each.accessibleName()
        for each in view.findChildren(QWidget)
        if each.accessibleName() and any("Check it before you use it." in text for text in words(each))
    ]


def test_a_verified_quote_is_vouched_for_beside_its_words_and_in_them(shown: Shown) -> None:
    view = shown(exchange(QUOTE))
    assert marks(view).count(True) == 2
    (card,) = view.findChildren(QuoteCard)
    assert "Word for word" in words(card)
    assert card.line.accessibleName() == "Quote 1, word for word, Handbook.pdf, page 31"


@pytest.mark.parametrize("why", NOT_VOUCHED_FOR)
@pytest.mark.parametrize("opened", [False, True])
def test_a_quote_that_does_not_stand_in_its_source_is_nowhere_vouched_for(why: str, opened: bool, shown: Shown) -> None:
    view = exchange(QUOTE.model_copy(update=NOT_VOUCHED_FOR[why]))
    shown(view)
    if opened:
        view.set_open_quote(1)
    assert True not in marks(view)
    (card,) = view.findChildren(QuoteCard)
    assert "Word for word" not in words(card)
    assert SAID.get(why, "file changed after it was read") in card.line.accessibleName()
    assert "word for word" not in card.line.accessibleName()


def test_opening_one_quote_vouches_for_no_other(shown: Shown) -> None:
    missing = QUOTE.model_copy(update={"number": 2, "verified": False})
    view = exchange(QUOTE, quotes=(QUOTE, missing))
    shown(view)
    view.set_open_quote(1)
    assert [vouches(card.mark) for card in view.findChildren(QuoteCard)] == [True, False]
    view.set_open_quote(2)
    assert [vouches(card.mark) for card in view.findChildren(QuoteCard)] == [True, False]


def test_in_the_words_only_marks_of_verified_quotes_are_vouched_for(shown: Shown) -> None:
    sentence = ANSWER.sentences[0].model_copy(update={"quotes": (2,)})
    missing = QUOTE.model_copy(update={"number": 2, "verified": False})
    view = exchange(QUOTE, quotes=(QUOTE, missing), text=sentence.text, sentences=(sentence,))
    shown(view)
    for opened in (0, 1):
        view.set_open_quote(opened)
        assert [vouches(block) for block in view.findChildren(TextBlock)] == [False] * 4


def test_a_quote_is_not_vouched_for_while_it_is_written_nor_before_it_was_compared(shown: Shown) -> None:
    writing = Writing()
    shown(writing)
    for text, done in (("Up to five", False), (" days of unused leave may be carried over.", True)):
        delta = QuoteDelta(turn="t", index=0, passage=0, text=text, done=done)
        writing.take(TurnStreamed(turn="t", conversation="c", event=delta))
        (card,) = writing.findChildren(WritingQuote)
        assert "Word for word" not in words(card)
        assert True not in marks(card)
    assert "Being compared with the source" in words(card)


@pytest.mark.parametrize("state", [AnswerState.DONE, AnswerState.STOPPED, AnswerState.FAILED])
def test_a_sentence_nothing_bears_is_framed_however_the_answer_ended(state: AnswerState, shown: Shown) -> None:
    view = shown(exchange(QUOTE, state=state, read=(), error={"message": "It stopped.", "hint": ""}))
    (said,) = doubted(view)
    assert said.endswith(": The office reminds you in May.")


def test_an_answer_without_quotes_that_is_not_supported_is_marked_as_a_whole(shown: Shown) -> None:
    bare = Answer(state=AnswerState.DONE, text="It is 45 %.", supported=False)
    view = shown(ExchangeView(Exchange(id="e", conversation="c", asked_at=WHEN, question="How much?", answer=bare)))
    assert doubted(view) == ["No document was read for this: It is 45 %."]


@pytest.mark.parametrize("undone", [True, False])
def test_words_of_a_deed_that_no_tool_did_are_followed_by_a_line_that_says_so(shown: Shown, undone: bool) -> None:
    view = shown(exchange(QUOTE, undone=undone))
    assert (UNDONE in words(view)) is undone

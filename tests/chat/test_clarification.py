"""A question back to the person: how it ends a turn, and how the next one goes on from the reply."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.chat.clarification import ASK_PERSON
from app.chat.commands import AskModel, CallEnded, Emit, Retrieve
from app.chat.turn import Turn
from app.domain.generation import QuoteFirst
from app.domain.messages import Answer, AnswerState, Clarification, Exchange
from app.domain.stream import PersonAsked
from app.tools.registry import Registry
from tests.chat.transcript import CALLS, HANDBOOK, STOP, Play, call, found, quote, turn, words

WRITE = Registry.shipped().spec("propose_file")
CALCULATE = Registry.shipped().spec("calculate")
WHICH = Clarification(question="Which member?", choices=("Ada", "Grace"))
ASKED = '{"question": "Which member?", "choices": ["Ada", "Grace"]}'
ERRAND = "Write the member a letter."


def past(asked: Clarification | None = WHICH) -> Exchange:
    text = asked.words if asked else "Done."
    answer = Answer(state=AnswerState.DONE, text=text, supported=False, asked=asked)
    return Exchange(id="e", conversation="c", asked_at=datetime(2026, 3, 1, tzinfo=UTC), question=ERRAND, answer=answer)


def test_a_question_back_ends_the_turn_and_is_what_is_saved() -> None:
    play = Play(turn(ERRAND, WRITE))
    request = play.reach_model(found(HANDBOOK))
    assert request.tools == (WRITE, ASK_PERSON)
    assert isinstance(request.constraint, QuoteFirst)
    assert request.constraint.calls
    play.tell(call("ask_person", ASKED))
    assert [type(command) for command in play.commands] == [Emit, Emit, CallEnded]
    assert play.commands[1] == Emit("t1", PersonAsked(turn="t1", call="c1", asked=WHICH))
    play.tell(CALLS)
    answer = play.answer
    assert (answer.state, answer.asked, answer.tool_calls) == (AnswerState.DONE, WHICH, ())
    assert answer.text == "Which member?\n- Ada\n- Grace"
    assert (answer.supported, answer.sentences, answer.quotes) == (False, (), ())


def test_calls_beside_a_question_back_do_not_run() -> None:
    play = Play(turn(ERRAND, WRITE))
    play.reach_model(found(HANDBOOK))
    play.tell(call("propose_file", '{"name": "a.md", "content": "Dear Ada"}', "c0"), call("ask_person", ASKED))
    play.tell(CALLS)
    assert play.names == ["CallEnded", "Save"]
    assert play.answer.asked == WHICH
    error = play.answer.tool_calls[0].error
    assert error is not None
    assert error.error_code == "carrel.tool.cancelled"


def test_a_question_without_choices_is_for_words_of_the_persons_own() -> None:
    play = Play(turn(ERRAND, WRITE))
    play.reach_model(found(HANDBOOK))
    play.tell(call("ask_person", '{"question": "How should it begin?"}'), CALLS)
    assert play.answer.asked == Clarification(question="How should it begin?")
    assert play.answer.text == "How should it begin?"


def test_a_question_that_is_not_valid_is_asked_for_once_more_and_no_tool_card_is_left() -> None:
    play = Play(turn(ERRAND, WRITE))
    play.reach_model(found(HANDBOOK))
    play.tell(call("ask_person", '{"choices": ["Ada", "Grace"]}'), CALLS)
    last = play.commands[-1]
    assert isinstance(last, AskModel)
    assert getattr(last.request.constraint, "named", "") == "ask_person"
    play.tell(call("ask_person", ASKED, "c2"), CALLS)
    assert (play.answer.asked, play.answer.tool_calls) == (WHICH, ())


def request_after(reply: str, exchange: Exchange) -> tuple[Turn, Play]:
    going_on = turn(reply, WRITE, history=(exchange,))
    return going_on, Play(going_on)


def test_the_reply_goes_on_with_what_was_asked_for_and_is_not_asked_back_again() -> None:
    going_on, play = request_after("Ada", past())
    whole = f"{ERRAND}\nWhich member? Ada"
    assert going_on.question == whole
    assert play.commands == [Retrieve("t1", whole, 8)]
    request = play.reach_model(found(HANDBOOK))
    assert request.tools == (WRITE,)
    assert [message.role for message in request.messages] == ["system", "user"]
    assert request.messages[-1].content.endswith(f"Question: {whole}")
    play.tell(quote("Members pay an annual fee. The fee is 250 euros."), words("The annual fee is 250 euros."), STOP)
    assert play.answer.sentences[0].supported


@pytest.mark.parametrize("other", ["What is the annual fee?", "年会费是多少？"])
def test_a_question_in_place_of_the_reply_begins_anew(other: str) -> None:
    going_on, play = request_after(other, past())
    assert going_on.question == other
    request = play.reach_model(found(HANDBOOK))
    assert [message.content for message in request.messages[1:3]] == [ERRAND, WHICH.words]


def test_after_an_answer_nothing_is_a_reply() -> None:
    assert request_after("Ada", past(None))[0].question == "Ada"


@pytest.mark.parametrize(
    "question", ["When is the annual fee due?", "How much is the fee of 3 members?", "Hi", "What is 2 * 3?"]
)
@pytest.mark.parametrize("documents", [True, False])
def test_what_is_no_errand_is_never_asked_back(question: str, documents: bool) -> None:
    request = Play(turn(question, WRITE, CALCULATE, documents=documents)).reach_model(found(HANDBOOK))
    assert ASK_PERSON not in request.tools

"""Turns as transcripts: what happens is told on the left, what the turn asks for stands on the right."""

from datetime import UTC, datetime

import pytest

from app.chat.commands import AskModel, Count, Counted, Retrieve, Retrieved, Save, Stop, StopAsked
from app.domain.generation import Free, QuoteFirst, Role
from app.domain.messages import Answer, AnswerState, Exchange
from app.domain.stream import Failed, Finished, TextDelta
from tests.chat.transcript import HANDBOOK, LIBRARY, STOP, USAGE, Play, found, quote, turn, words

QUESTION = "How much is the annual fee of members?"


def test_a_question_becomes_a_cited_answer() -> None:
    play = Play(turn(QUESTION))
    assert play.commands == [Retrieve("t1", QUESTION, 8)]

    (count,) = play.tell(Retrieved("t1", (found(HANDBOOK), found(LIBRARY, "library", 0.8))))
    assert isinstance(count, Count)
    assert [message.role for message in count.messages] == [Role.SYSTEM, Role.USER]
    assert count.texts[0].startswith("[1] (Handbook, page 5)\nMembers pay")
    assert count.texts[1].startswith("[2] (Library, page 5)\nThe library")

    (asked,) = play.tell(Counted("t1", 100, (60, 50)))
    assert isinstance(asked, AskModel)
    assert isinstance(asked.request.constraint, QuoteFirst)
    assert asked.request.constraint.passages[0][:2] == ("Members pay an annual fee.", "The fee is 250 euros.")
    assert asked.request.messages[-1].content.endswith(f"Question: {QUESTION}")
    assert asked.plan is not None
    assert (asked.plan.tokens.frame, asked.plan.tokens.passages) == (100, 110)

    play.tell(quote("The fee is "), quote("250 euros."), words("The annual fee is 250 euros."), USAGE)
    assert play.names == ["Emit"] * 4
    play.tell(STOP)
    answer = play.answer
    assert answer.state is AnswerState.DONE
    assert answer.text == "The annual fee is 250 euros."
    assert answer.supported
    assert [(q.number, q.text, q.page, q.verified) for q in answer.quotes] == [(1, "The fee is 250 euros.", 4, True)]
    assert HANDBOOK[slice(*answer.quotes[0].span)] == "The fee is 250 euros."
    assert [(s.supported, s.quotes) for s in answer.sentences] == [(True, (1,))]
    assert [passage.source for passage in answer.read] == ["handbook", "library"]
    assert (answer.usage.prompt_tokens, answer.usage.cached_tokens, answer.usage.context_tokens) == (160, 100, 4096)
    assert answer.seconds.first_token == 3.0
    assert answer.seconds.total == 7.0
    assert answer.model == "m"
    assert play.turn.over


def test_nothing_found_is_said_without_asking_the_model() -> None:
    play = Play(turn(QUESTION))
    play.tell(Retrieved("t1", ()))
    assert (play.answer.state, play.answer.text, play.answer.nearest) == (
        AnswerState.ABSTAINED,
        "Your documents do not say.",
        None,
    )


def test_passages_too_far_from_the_question_are_not_put_before_the_model() -> None:
    play = Play(turn("Who discovered penicillin in a laboratory?"))
    play.tell(Retrieved("t1", (found(LIBRARY, "library", 0.74), found(HANDBOOK, similarity=0.76))))
    assert play.answer.state is AnswerState.ABSTAINED
    assert play.answer.nearest is not None
    assert play.answer.nearest.source == "handbook"
    assert play.answer.quotes == ()


def test_an_answer_without_a_verified_quote_is_an_abstention() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("fee is 250 euros."), words("The fee is 250 euros."), STOP)
    # the model's own quote was no whole sentence, but a sentence that holds what it says was before it
    assert [q.text for q in play.answer.quotes if q.verified] == ["The fee is 250 euros."]

    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("be approved."), words("The fee is not known to me."), STOP)
    assert play.answer.state is AnswerState.ABSTAINED
    assert play.answer.text == "Your documents do not say."
    assert play.answer.nearest is not None


def test_an_answer_that_no_quote_holds_is_an_abstention() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("The fee is 250 euros."), words("The fee is 300 euros."), STOP)
    assert play.answer.state is AnswerState.ABSTAINED


def test_a_quote_of_another_year_does_not_answer() -> None:
    play = Play(turn("When was the annual fee raised in 2019?"))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("It was raised on 1 March 2021 by the General Assembly."), words("On 1 March 2021."), STOP)
    assert play.answer.state is AnswerState.ABSTAINED


def test_an_unrelated_quote_does_not_answer() -> None:
    play = Play(turn("Which cantonal lawyers recommended litigation?"))
    play.reach_model(found(LIBRARY, "library", 0.95))
    play.tell(quote("It closes at five."), words("It closes at five."), STOP)
    assert play.answer.state is AnswerState.ABSTAINED


def test_a_long_question_is_answered_by_a_quote_that_shares_three_of_its_words() -> None:
    play = Play(
        turn(
            "According to the handbook of this association, what is one key advantage, when it comes to adapting budgets "
            "for new domains, tasks, seasons, teams, towns or sponsors, of having members pay an annual fee?"
        )
    )
    play.reach_model(found("Members pay an annual fee. It keeps the boathouse open.", "paper"))
    play.tell(quote("Members pay an annual fee."), words("Members pay an annual fee."), STOP)
    assert play.answer.state is AnswerState.DONE


def test_an_answer_that_only_repeats_the_question_is_none() -> None:
    play = Play(turn("What is the annual fee?"))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("Members pay an annual fee."), words("The annual fee."), STOP)
    assert play.answer.state is AnswerState.ABSTAINED

    play = Play(turn("Is the annual fee 250 euros?"))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("The fee is 250 euros."), words("The fee is 250 euros."), STOP)
    assert play.answer.state is AnswerState.DONE


def test_a_sentence_without_support_is_marked_beside_one_that_has_it() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("The fee is 250 euros."), words("The fee is 250 euros. It was 180 euros in 2015."), STOP)
    answer = play.answer
    assert (answer.state, answer.supported) == (AnswerState.DONE, False)
    assert [(s.supported, s.unsupported) for s in answer.sentences] == [(True, ()), (False, ("180 euros", "2015"))]


def test_a_sentence_cut_by_the_edge_of_its_passage_cannot_be_quoted() -> None:
    play = Play(turn("Must guests be approved by members?"))
    asked = play.reach_model(found("be approved. Members must pay the fee.", before="Guests need not "))
    assert isinstance(asked.constraint, QuoteFirst)
    assert asked.constraint.passages == (("Members must pay the fee.",),)
    assert "be approved" not in asked.messages[-1].content.split("Question:")[0]


def test_stop_saves_what_is_there() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(
        quote("The fee is 250 euros."), quote("It was", index=1, done=False), words("The fee is"), StopAsked("t1")
    )
    assert play.names[-2:] == ["Stop", "Save"]
    assert play.commands[-2] == Stop("t1")
    answer = play.answer
    assert (answer.state, answer.text, len(answer.quotes)) == (AnswerState.STOPPED, "The fee is", 1)
    assert answer.error is None


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (StopAsked("t1"), AnswerState.STOPPED),
        (Failed(turn="t1", code="carrel.child.crashed", message="It stopped.", hint=""), AnswerState.FAILED),
    ],
)
def test_what_was_written_until_the_end_is_checked_however_it_ended(
    end: StopAsked | Failed, state: AnswerState
) -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("The fee is 250 euros."), words("The fee is 250 euros. It was 180 euros in 2015."), end)
    assert play.answer.state is state
    assert [(s.supported, s.unsupported) for s in play.answer.sentences] == [(True, ()), (False, ("180 euros", "2015"))]
    assert not play.answer.supported


def test_stop_while_searching_saves_an_empty_stopped_answer() -> None:
    play = Play(turn(QUESTION))
    play.tell(StopAsked("t1"))
    assert (play.answer.state, play.answer.text) == (AnswerState.STOPPED, "")


def test_a_failure_on_the_way_keeps_what_is_there() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    failed = Failed(turn="t1", code="carrel.child.crashed", message="The model stopped.", hint="Try again.")
    play.tell(quote("The fee is 250 euros."), words("The fee is 250"), failed)
    answer = play.answer
    assert (answer.state, answer.text, len(answer.quotes)) == (AnswerState.FAILED, "The fee is 250", 1)
    assert answer.error == {"code": "carrel.child.crashed", "message": "The model stopped.", "hint": "Try again."}


def test_events_of_other_turns_and_late_ones_are_dropped() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    assert play.tell(TextDelta(turn="t0", text="Old words."), Retrieved("t0", ())) == []
    assert play.tell(Retrieved("t1", ()), Counted("t1", 1, ())) == []
    play.tell(quote("The fee is 250 euros."), words("The fee is 250 euros."), STOP)
    assert play.answer.text == "The fee is 250 euros."
    assert play.tell(words("More."), STOP, StopAsked("t1")) == []


def test_an_engine_that_was_cancelled_elsewhere_leaves_a_stopped_answer() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(words("The"), Finished(turn="t1", reason="cancelled"))
    assert play.answer.state is AnswerState.STOPPED


def test_a_question_longer_than_the_context_is_a_known_failure() -> None:
    play = Play(turn(QUESTION))
    play.tell(Retrieved("t1", (found(HANDBOOK),)))
    play.tell(Counted("t1", 4000, (60,)))
    assert play.answer.state is AnswerState.FAILED
    assert play.answer.error is not None
    assert play.answer.error["code"] == "carrel.chat.context"


def test_a_count_of_something_else_is_a_failure_not_a_guess() -> None:
    play = Play(turn(QUESTION))
    play.tell(Retrieved("t1", (found(HANDBOOK),)))
    play.tell(Counted("t1", 100, (60, 60)))
    assert play.answer.error is not None
    assert play.answer.error["code"] == "carrel.chat.count"


def test_without_documents_the_words_are_not_checked_and_not_called_supported() -> None:
    play = Play(turn("Tell me a story", documents=False))
    request = play.reach_model()
    assert request.constraint == Free()
    play.tell(words("Once upon a time."), STOP)
    answer = play.answer
    assert (answer.state, answer.supported, answer.sentences) == (AnswerState.DONE, False, ())


def past(question: str, text: str, number: int) -> Exchange:
    return Exchange(
        id=f"e{number}",
        conversation="k",
        asked_at=datetime(2026, 11, 19, tzinfo=UTC),
        question=question,
        answer=Answer(state=AnswerState.DONE, text=text, supported=True),
    )


def test_a_follow_up_is_searched_with_the_question_before_it_and_passages_stay_behind() -> None:
    history = (past(QUESTION, "250 euros.", 1),)
    play = Play(turn("When was it raised?", history=history))
    assert play.commands == [Retrieve("t1", f"{QUESTION} When was it raised?", 8)]
    request = play.reach_model(found(HANDBOOK))
    assert [message.role for message in request.messages] == [Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.USER]
    assert request.messages[1].content == QUESTION
    assert request.messages[2].content == "250 euros."


def test_a_follow_up_is_checked_against_its_own_quotes_and_its_own_question() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("The fee is 250 euros."), words("The fee is 250 euros."), STOP)
    before = past("Does Ada Lovelace pay?", "250 euros.", 1)
    history = (before.model_copy(update={"answer": play.answer}),)
    play = Play(turn("When was it raised?", history=history))
    play.reach_model(found(HANDBOOK))
    quoted = "It was raised on 1 March 2021 by the General Assembly."
    play.tell(quote(quoted), words("It was raised on 1 March 2021. Ada Lovelace pays 250 euros."), STOP)
    assert [q.text for q in play.answer.quotes] == [quoted]
    assert [s.unsupported for s in play.answer.sentences] == [(), ("Ada Lovelace", "250 euros")]


def test_a_save_comes_once_however_long_the_story() -> None:
    play = Play(turn(QUESTION))
    play.reach_model(found(HANDBOOK))
    commands = play.tell(quote("The fee is 250 euros."), words("250 euros."), STOP, STOP, USAGE, StopAsked("t1"))
    assert sum(isinstance(command, Save) for command in commands) == 1

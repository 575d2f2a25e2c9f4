"""An answer that was cut off and is gone on with: it begins with what was kept, and is judged as a whole."""

from __future__ import annotations

import pytest

from app.chat.commands import Retrieved, StopAsked
from app.domain.documents import Label, Span
from app.domain.generation import Free, QuoteFirst
from app.domain.messages import Answer, AnswerState, Quote, Seconds, UsageTotals
from app.domain.stream import Failed
from app.tools.registry import Registry
from tests.chat.transcript import HANDBOOK, LIBRARY, STOP, USAGE, Play, found, quote, turn, words

QUESTION = "How much is the annual fee?"
BEGUN = '[1] "The fee is 250 euros."\nAnswer: The annual fee is'


def kept(*quoted: str, text: str = "The annual fee is", state: AnswerState = AnswerState.STOPPED) -> Answer:
    quotes = tuple(
        Quote(
            number=number,
            text=one,
            chunk="handbook-1",
            source="handbook",
            path="/papers/handbook.pdf",
            title="Handbook",
            page=4,
            span=Span(0, len(one)),
            label=Label.INTERNAL,
            verified=True,
        )
        for number, one in enumerate(quoted, 1)
    )
    usage = UsageTotals(prompt_tokens=40, completion_tokens=2, context_tokens=4096)
    took = Seconds(first_token=2.5, total=10.0)
    return Answer(state=state, text=text, supported=False, quotes=quotes, usage=usage, seconds=took)


def test_the_reply_begins_with_what_was_kept_and_the_whole_is_judged() -> None:
    play = Play(turn(QUESTION, Registry.shipped().spec("calculate"), kept=kept("The fee is 250 euros.")))
    request = play.reach_model(found(HANDBOOK))
    assert (request.begun, request.tools) == (BEGUN, ())
    assert isinstance(request.constraint, QuoteFirst)
    assert not request.constraint.calls
    play.tell(quote("The fee is 250 euros."), words("The annual fee is"), words(" 250 euros."), USAGE, STOP)
    answer = play.answer
    assert (answer.state, answer.text, answer.supported) == (AnswerState.DONE, "The annual fee is 250 euros.", True)
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (200, 22)
    assert (answer.seconds.first_token, answer.seconds.total) == (2.5, 17.0)


def test_what_no_quote_bears_is_withheld_though_its_beginning_was_shown() -> None:
    play = Play(turn(QUESTION, kept=kept("The fee is 250 euros.")))
    play.reach_model(found(HANDBOOK))
    play.tell(quote("The fee is 250 euros."), words("The annual fee is 900 euros."), STOP)
    assert play.answer.state is AnswerState.ABSTAINED


@pytest.mark.parametrize(
    ("answer", "begun"),
    [
        (kept("The fee is 250 euros.", text=""), '[1] "The fee is 250 euros."\n'),
        (kept("The fee is 250 euros.", "The fee is 250 euros."), BEGUN),
        (kept("Members pay an annual fee. The fee is 250 euros.", "The fee is 250 euros.", text=""), None),
        (kept("It was never said."), ""),
        (kept(), ""),
    ],
)
def test_only_quotes_that_can_be_written_again_are(answer: Answer, begun: str | None) -> None:
    request = Play(turn(QUESTION, kept=answer)).reach_model(found(HANDBOOK))
    assert request.begun == ('[1] "Members pay an annual fee. The fee is 250 euros."\n' if begun is None else begun)


def test_a_quote_is_found_under_the_number_its_passage_has_now() -> None:
    request = Play(turn(QUESTION, kept=kept("The fee is 250 euros."))).reach_model(
        found(LIBRARY, "library"), found(HANDBOOK)
    )
    assert request.begun == BEGUN.replace("[1]", "[2]")


def test_without_documents_the_words_alone_are_the_beginning() -> None:
    request = Play(turn("Tell me a story.", documents=False, kept=kept(text="Once upon"))).reach_model()
    assert (request.begun, request.constraint) == ("Once upon", Free())


def test_stopped_again_before_a_word_was_added_nothing_of_it_is_lost() -> None:
    before = kept("The fee is 250 euros.")
    play = Play(turn(QUESTION, kept=before))
    play.tell(Retrieved("t1", (found(HANDBOOK),)), StopAsked("t1"))
    assert play.answer == before
    play = Play(turn(QUESTION, kept=before))
    play.reach_model(found(HANDBOOK))
    play.tell(Failed(turn="t1", code="carrel.child.crashed", message="It broke.", hint="Again."))
    assert (play.answer.state, play.answer.text, play.answer.quotes) == (AnswerState.FAILED, before.text, before.quotes)
    assert play.answer.error is not None
    assert play.answer.resumable


def test_which_answers_can_be_gone_on_with() -> None:
    assert kept().resumable
    assert kept("A quote.", text="").resumable
    assert kept(state=AnswerState.FAILED).resumable
    assert not kept(text="").resumable
    assert not kept(state=AnswerState.DONE).resumable
    assert not kept(state=AnswerState.ABSTAINED).resumable

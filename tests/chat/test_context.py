import pytest

from app.chat import prompts
from app.chat.citations import Shown
from app.chat.context import MARGIN_TOKENS, Budget, ContextPlan, assemble, candidates, rendered
from app.domain.generation import ChatMessage, Role
from app.kernel.errors import Known
from tests.chat.transcript import HANDBOOK, LIBRARY, found

FRAME = (prompts.system(documents=True, tools=()), prompts.question((), "When?"))


def plan(
    free: int, *passages: tuple[Shown, int], history: tuple[tuple[tuple[ChatMessage, ...], int], ...] = ()
) -> ContextPlan:
    """With ``free`` tokens left for passages and history."""
    return assemble(Budget(1000 + free + MARGIN_TOKENS, answer=900), FRAME, 100, history, passages, "When?")


FIRST, SECOND = candidates((found(HANDBOOK), found(LIBRARY, "library")))


def test_passages_go_in_by_rank_while_they_fit() -> None:
    made = plan(130, (FIRST, 60), (SECOND, 50))
    assert made.shown == (FIRST, SECOND)
    assert (made.tokens.frame, made.tokens.passages, made.tokens.answer, made.left_out) == (100, 110, 900, 0)
    assert (
        sum((made.tokens.frame, made.tokens.history, made.tokens.passages, made.tokens.answer)) <= made.tokens.context
    )


def test_the_first_that_does_not_fit_is_cut_after_a_whole_sentence() -> None:
    made = plan(100, (FIRST, 60), (SECOND, 50))
    assert made.trimmed
    assert made.shown[1].sentences == ("The library opens at nine.", "It closes at five.")
    assert made.messages[-1].content.count("It closes at five.") == 1
    assert "Borrowed" not in made.messages[-1].content
    assert made.tokens.passages <= 100


def test_behind_the_first_two_only_the_sentences_nearest_to_the_question_are_shown() -> None:
    filler = " ".join(f"Rule {number} speaks of the garden and its paths." for number in range(20))
    long = f"{filler} Borrowed books are due after 30 days. {filler}"
    first, second, third, fourth = candidates(tuple(found(long, source) for source in ("a", "b", "c", "d")))
    passages = tuple((shown, 400) for shown in (first, second, third, fourth))
    made = assemble(Budget(8192, passages=1024), FRAME, 100, (), passages, "When are borrowed books due?")
    assert made.shown[:2] == (first, second)
    assert all("Borrowed books are due after 30 days." in shown.sentences for shown in made.shown[2:])
    assert all(len(shown.units) < 12 for shown in made.shown[2:])
    assert (len(made.shown), made.left_out, made.trimmed) == (4, 0, True)
    assert made.tokens.passages <= 1024
    text = made.shown[3].found.passage.text
    assert text[made.shown[3].units[0].start : made.shown[3].units[-1].end] in made.messages[-1].content


def test_what_cannot_be_cut_to_a_sentence_stays_out() -> None:
    made = plan(65, (FIRST, 60), (SECOND, 50))
    assert (made.shown, made.left_out, made.trimmed) == ((FIRST,), 1, False)


def test_passages_have_their_own_ceiling() -> None:
    made = assemble(Budget(100_000, passages=100), FRAME, 100, (), ((FIRST, 60), (SECOND, 60)), "When?")
    assert made.tokens.passages <= 100


def test_history_takes_what_passages_leave_newest_first() -> None:
    old = (ChatMessage(role=Role.USER, content="old"), ChatMessage(role=Role.ASSISTANT, content="o"))
    new = (ChatMessage(role=Role.USER, content="new"), ChatMessage(role=Role.ASSISTANT, content="n"))
    made = plan(100, (FIRST, 60), history=((old, 30), (new, 30)))
    assert [message.content for message in made.messages[1:-1]] == ["new", "n"]
    assert made.tokens.history == 30


def test_a_question_that_does_not_fit_is_known() -> None:
    with pytest.raises(Known) as refusal:
        plan(-1)
    assert refusal.value.code == "carrel.chat.context"


def test_the_system_prompt_is_first_and_stays_the_same_bytes() -> None:
    assert plan(100, (FIRST, 60)).messages[0] == plan(500, (SECOND, 60)).messages[0] == FRAME[0]


def test_a_span_that_was_found_twice_is_shown_once() -> None:
    assert candidates((found(HANDBOOK), found(HANDBOOK))) == (FIRST,)


def test_passages_are_numbered_as_quotes_name_them() -> None:
    first, second = rendered((FIRST, SECOND))
    assert first.startswith("[1] (Handbook, page 5)\n")
    assert second.startswith("[2] (Library, page 5)\n")

import pytest

from app.chat.citations import Shown, Written, check_quotes, check_sentences
from app.chat.evidence import ENOUGH, Lack, lack_after, lack_before, nearest, weigh
from tests.chat.transcript import HANDBOOK, LIBRARY, found

FEE = found(HANDBOOK, similarity=0.82).passage


def test_words_of_the_question_count_beside_the_cosine() -> None:
    speaks = weigh("How much is the annual fee of members?", (FEE,))
    silent = weigh("How do zebras reproduce?", (FEE,))
    assert (speaks.coverage, silent.coverage) == (1.0, 0.0)
    assert speaks.score > silent.score
    assert lack_before(speaks) is None
    assert lack_before(silent) is Lack.TOO_FAR


def test_nothing_found_is_its_own_reason() -> None:
    assert lack_before(weigh("Anything?", ())) is Lack.NOTHING_FOUND


@pytest.mark.parametrize(
    ("question", "enough"), [("annual fee", True), ("annual zebra", True), ("striped zebra fee", False)]
)
def test_without_a_cosine_half_of_the_words_must_be_there(question: str, enough: bool) -> None:
    evidence = weigh(question, (found(HANDBOOK, similarity=None).passage,))
    assert (evidence.score >= ENOUGH) is enough


def test_title_and_headings_speak_for_a_passage() -> None:
    assert weigh("handbook", (FEE,)).coverage == 1.0


def test_the_nearest_is_the_one_that_came_closest() -> None:
    library = found(LIBRARY, "library", 0.9).passage
    assert nearest("When are books due?", (FEE, library)) == library
    assert nearest("When?", ()) is None


def lack(question: str, answer: str, *quotes: str, results: tuple[str, ...] = ()) -> Lack | None:
    """Why ``answer`` with these quotes of the handbook is none."""
    one = found(HANDBOOK)
    checked = check_quotes([Written(0, text) for text in quotes], (Shown(one, one.units()),))
    return lack_after(question, checked, check_sentences(answer, checked, question), (FEE,), results)


def test_without_a_verified_quote_there_is_no_answer_though_a_sum_was_worked_out() -> None:
    question = "How much is the annual fee of 3 members at 250 euros?"
    assert lack(question, "It is 750.", "The fee is 250 euros.", results=("750",)) is None
    assert lack(question, "It is 750.", "fee is 250 euros.", results=("750",)) is Lack.NO_QUOTE


def test_a_quote_that_was_not_found_brings_no_words_of_the_question() -> None:
    assert (
        lack("How much is the annual fee?", "Guests need not be approved.", "Guests need not be approved.")
        is Lack.UNRELATED
    )
    quotes = ("Guests need not be approved.", "The annual fee is high.")
    assert lack("How much is the annual fee?", "Guests need not be approved.", *quotes) is Lack.UNRELATED

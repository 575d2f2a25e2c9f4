import pytest

from app.chat.evidence import ENOUGH, Lack, lack_before, nearest, weigh
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

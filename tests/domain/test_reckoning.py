import pytest

from app.domain.reckoning import is_sum, reckons


@pytest.mark.parametrize(
    "question", ["What is 17.5 % of 1,250?", "12 * 37", "Was sind 3 mal 4?", "What is five plus six?"]
)
def test_a_sum_needs_no_document(question: str) -> None:
    assert is_sum(question)
    assert reckons(question)


@pytest.mark.parametrize(
    "question",
    [
        "How much do 3 members pay?",
        "By how many percent was it raised?",
        "What do both cost together?",
        "What is the total?",
    ],
)
def test_arithmetic_over_documents(question: str) -> None:
    assert not is_sum(question)
    assert reckons(question)


@pytest.mark.parametrize(
    "question", ["Who ruled in 1250?", "When is the fee due?", "What is the fee?", "Was gilt ab 2026?"]
)
def test_what_is_only_looked_up(question: str) -> None:
    assert not is_sum(question)
    assert not reckons(question)

"""What ``carrel ask`` says of an answer: every quote as it was found, every sentence nothing bears."""

from __future__ import annotations

import pytest

from app.cli.ask import as_record, words
from app.domain.messages import UNDONE, Answer
from tests.ui.answers import ANSWER, QUOTE

MISSING = ANSWER.model_copy(update={"quotes": (QUOTE.model_copy(update={"verified": False}),)})


def test_a_sentence_no_passage_says_is_marked_and_no_other() -> None:
    said = words(ANSWER).splitlines()
    assert "You can carry over five days. [1]" in said
    assert "The office reminds you in May.   (no passage says this)" in said


@pytest.mark.parametrize(
    ("answer", "verified", "state"), [(ANSWER, True, "word for word"), (MISSING, False, "not verified")]
)
def test_a_quote_is_called_what_it_is(answer: Answer, verified: bool, state: str) -> None:
    assert f"{state} · Handbook.pdf, page 31" in words(answer)
    assert [quote["verified"] for quote in as_record(answer)["quotes"]] == [verified]
    assert [sentence["supported"] for sentence in as_record(answer)["sentences"]] == [True, False]
    assert as_record(answer)["supported"] is False


def test_a_deed_that_no_tool_did_is_told() -> None:
    undone = ANSWER.model_copy(update={"undone": True})
    assert UNDONE in words(undone)
    assert as_record(undone)["undone"] is True
    assert UNDONE not in words(ANSWER)

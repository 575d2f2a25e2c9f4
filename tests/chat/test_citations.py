"""Each rule of verified and supported, broken once."""

import pytest

from app.chat.citations import Found, Shown, Written, borne_out, check_quotes, check_sentences
from app.domain.messages import Quote
from tests.chat.transcript import HANDBOOK, LIBRARY, found


def shown(*passages: Found) -> tuple[Shown, ...]:
    return tuple(Shown(one, one.units()) for one in passages)


BOTH = shown(found(HANDBOOK), found(LIBRARY, "library"))


def quotes(*texts: str) -> tuple[Quote, ...]:
    return check_quotes([Written(0 if text in HANDBOOK else 1, text) for text in texts], BOTH)


def test_whole_sentences_of_the_passage_are_verified_at_their_place() -> None:
    (quote,) = check_quotes([Written(1, "It closes  at five. Borrowed books are due after 30 days.")], BOTH)
    assert quote.verified
    assert quote.text == "It closes at five. Borrowed books are due after 30 days."
    assert LIBRARY[slice(*quote.span)] == quote.text
    assert (quote.source, quote.page, quote.title) == ("library", 4, "Library")


@pytest.mark.parametrize(
    ("passage", "text"),
    [
        (0, ""),
        (0, " \n"),
        (0, "be approved."),
        (0, "The fee is 250"),
        (0, "250"),
        (0, "The fee is 251 euros."),
        (0, "the fee is 250 euros."),
        (1, "The fee is 250 euros."),
        (0, "Members pay an annual fee. Guests need not be approved."),
    ],
)
def test_anything_less_is_shown_unverified(passage: int, text: str) -> None:
    (quote,) = check_quotes([Written(passage, text)], BOTH)
    assert not quote.verified


@pytest.mark.parametrize("passage", [-1, 2])
def test_a_quote_of_no_passage_is_left_out(passage: int) -> None:
    assert check_quotes([Written(passage, "The fee is 250 euros.")], BOTH) == ()


def test_a_repeated_quote_is_one_and_numbers_run_on() -> None:
    made = check_quotes(
        [Written(0, "The fee is 250 euros."), Written(0, "The fee is  250 euros."), Written(1, "It closes at five.")],
        BOTH,
    )
    assert [quote.number for quote in made] == [1, 2]


def test_the_span_is_of_the_source_not_of_the_passage() -> None:
    before = "An earlier sentence. "
    (quote,) = check_quotes([Written(0, "The fee is 250 euros.")], shown(found(HANDBOOK, before=before)))
    assert (before + HANDBOOK)[slice(*quote.span)] == "The fee is 250 euros."


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("Guests need not ", "be approved.", ""),
        ("", "Guests must be approved", " by nobody."),
    ],
)
def test_pieces_at_the_edge_of_a_passage_are_no_whole_sentences_of_the_source(
    before: str, text: str, after: str
) -> None:
    one = found(text, before=before, after=after)
    assert one.units() == ()
    (quote,) = check_quotes([Written(0, text)], shown(one))
    assert not quote.verified


def test_a_passage_that_is_not_what_its_span_says_verifies_nothing() -> None:
    one = found(HANDBOOK)
    wrong = one.model_copy(update={"passage": one.passage.model_copy(update={"text": HANDBOOK + " More."})})
    assert wrong.units() == ()


def test_a_sentence_is_supported_by_the_quote_that_holds_its_facts() -> None:
    made = quotes("The fee is 250 euros.", "Borrowed books are due after 30 days.")
    first, second = check_sentences("Members pay 250 euros. Return books after 30 days.", made, "")
    assert (first.supported, first.quotes) == (True, (1,))
    assert (second.supported, second.quotes) == (True, (2,))


@pytest.mark.parametrize(
    ("sentence", "missing"),
    [
        ("The fee is 260 euros.", ("260 euros",)),
        ("The fee was raised on 2 March 2021.", ("2 March 2021",)),
        ("The fee was raised by the Board of Trustees.", ("Board of Trustees",)),
    ],
)
def test_a_number_a_date_and_a_name_that_no_quote_holds_are_marked(sentence: str, missing: tuple[str, ...]) -> None:
    made = quotes("The fee is 250 euros.", "It was raised on 1 March 2021 by the General Assembly.")
    (checked,) = check_sentences(sentence, made, "How much is the fee?")
    assert not checked.supported
    assert checked.unsupported == missing


def test_an_unverified_quote_supports_nothing() -> None:
    made = check_quotes([Written(0, "fee is 250 euros.")], BOTH)
    (checked,) = check_sentences("The fee is 250 euros.", made, "")
    assert (checked.supported, checked.unsupported, checked.quotes) == (False, ("250 euros",), ())


def test_without_facts_some_quote_must_speak_of_the_same() -> None:
    made = quotes("The fee is 250 euros.")
    (related,) = check_sentences("They charge a fee.", made, "")
    (unrelated,) = check_sentences("Nobody likes litigation.", made, "")
    assert related.supported
    assert not unrelated.supported


def test_without_quotes_nothing_is_supported() -> None:
    assert [sentence.supported for sentence in check_sentences("Yes. It is so.", (), "")] == [False, False]


def test_a_missing_fact_is_looked_for_in_the_passages_that_were_shown() -> None:
    made = quotes("Members pay an annual fee.")
    more = borne_out("Members pay. The fee is 250 euros.", made, BOTH, "What is the fee?")
    assert [(quote.number, quote.text, quote.verified) for quote in more] == [
        (1, "Members pay an annual fee.", True),
        (2, "The fee is 250 euros.", True),
    ]


def test_an_answer_in_the_words_of_a_passage_gets_its_quote() -> None:
    (quote,) = borne_out("No. Guests need not be approved.", quotes("It closes at five."), BOTH, "Are guests approved?")
    assert (quote.number, quote.text) == (1, "Guests need not be approved.")


def test_a_quote_that_bears_nothing_is_left_out_and_the_rest_numbered_anew() -> None:
    made = quotes("It closes at five.", "The fee is 250 euros.")
    assert [(q.number, q.text) for q in borne_out("It is 250 euros.", made, BOTH, "What is the fee?")] == [
        (1, "The fee is 250 euros.")
    ]


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("It is 260 euros.", "What is the fee?"),  # nowhere
        ("It is 250 euros.", "What do dogs cost?"),  # there, but of something else
        ("It is 250 euros.", "What was the fee in 2019?"),  # there, but of another year
    ],
)
def test_it_is_not_found_where_it_does_not_belong(answer: str, question: str) -> None:
    made = quotes("Members pay an annual fee.")
    assert borne_out(answer, made, BOTH, question) == made


def test_a_piece_of_a_sentence_is_not_found_either() -> None:
    cut = shown(found("be approved by 12 members. The fee is 250 euros.", before="Guests need not "))
    assert borne_out("12 members must approve.", (), cut, "How many members must approve guests?") == ()

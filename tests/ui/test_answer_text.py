"""Answers cut into what is borne out and what is not; markup in which nothing from outside acts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.messages import Answer, AnswerState, QuoteState, Sentence
from app.ui.chats.answer_text import Piece, markup, pieces, plain
from tests.ui.answers import ANSWER

QUOTES = ANSWER.quotes


def answer(text: str, *sentences: Sentence) -> Answer:
    return Answer(state=AnswerState.DONE, text=text, supported=True, sentences=sentences, quotes=QUOTES)


def test_the_mark_stands_before_the_stop() -> None:
    said = answer("Five days.", Sentence(text="Five days.", supported=True, quotes=(1,)))
    assert pieces(said) == (Piece("Five days⟦1⟧.", supported=True),)


def test_a_sentence_no_passage_bears_stands_alone() -> None:
    assert pieces(ANSWER) == (
        Piece("You can carry over five days⟦1⟧.", supported=True),
        Piece("The office reminds you in May.", supported=False),
    )


def test_sentences_are_found_over_line_ends() -> None:
    said = answer("Up to\nfive days. More.", Sentence(text="Up to five days.", supported=True, quotes=(1,)))
    assert pieces(said)[0].source == "Up to\nfive days⟦1⟧. More."


def test_a_sentence_that_is_not_there_changes_nothing() -> None:
    said = answer("Five days.", Sentence(text="Ten days.", supported=True, quotes=(1,)))
    assert pieces(said) == (Piece("Five days.", supported=True),)


def test_a_model_cannot_write_a_mark_itself() -> None:
    said = answer("Five days ⟦1⟧.", Sentence(text="Five days ⟦1⟧.", supported=True))
    assert pieces(said) == (Piece("Five days [1].", supported=True),)


@pytest.mark.parametrize("spelt", ["&#x27E6;1&#x27E7;", "&#10214;1&#10215;", "&lobrk;1&robrk;"])
def test_nor_can_it_spell_one(spelt: str) -> None:
    (piece,) = pieces(answer(f"Ten days {spelt}.", Sentence(text=f"Ten days {spelt}.", supported=True)))
    assert "⟦" not in markup(piece.source)


def test_an_answer_without_quotes_that_claims_something_is_marked() -> None:
    bare = Answer(
        state=AnswerState.DONE,
        text="It is 45 %.",
        supported=False,
        sentences=(Sentence(text="It is 45 %.", supported=False, unsupported=("45 %",)),),
    )
    assert pieces(bare) == (Piece("It is 45 %.", supported=False),)


@given(st.text(max_size=200))
def test_no_words_are_lost(text: str) -> None:
    said = answer(text, *(Sentence(text=part, supported=False) for part in text.split(".") if part.strip()))
    kept = "".join("".join(piece.source for piece in pieces(said)).split())
    assert kept == "".join(text.replace("⟦", "[").replace("⟧", "]").split())


def test_markup_shows_and_never_acts() -> None:
    hostile = '<img src="http://a/b"> <script>x</script> [click](http://a) ![p](file:///etc/passwd) **bold**'
    made = markup(hostile)
    assert set(re.findall(r"<(\w+)", made)) <= {"p", "strong", "br"}
    assert "&lt;script&gt;" in made
    assert "click" in made
    assert "<strong>bold</strong>" in made


def test_copied_words_carry_their_quotes_and_the_highest_label() -> None:
    copied = plain(ANSWER)
    assert "five days [1]." in copied
    assert "[1] “Up to five days of unused leave may be carried over.”\n    Handbook.pdf, page 31" in copied
    assert copied.rstrip().endswith("Label: Internal")


def test_a_sentence_its_quote_does_not_say_bears_no_mark() -> None:
    said = answer("Five days. It lapses in May.", Sentence(text="Five days.", supported=True, quotes=(1,)))
    said = said.model_copy(
        update={"sentences": (*said.sentences, Sentence(text="It lapses in May.", supported=False, quotes=(1,)))}
    )
    assert pieces(said) == (Piece("Five days⟦1⟧.", supported=True), Piece("It lapses in May.", supported=False))


def test_of_a_removed_quote_only_its_label_is_copied() -> None:
    said = answer("Five days.", Sentence(text="Five days.", supported=False))
    gone = {"text": "", "title": "", "page": None, "verified": False, "state": QuoteState.REMOVED}
    said = said.model_copy(update={"quotes": tuple(quote.model_copy(update=gone) for quote in said.quotes)})
    assert plain(said) == "Five days.\n\nLabel: Internal\n"

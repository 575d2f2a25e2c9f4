"""A reply that is gone on with: what the decoder may write behind quotes and words that stand already."""

from __future__ import annotations

import pytest

from app.engine.grammar import QuoteStages
from app.engine.llama.structure import Structure
from app.kernel.errors import Known
from tests.engine.test_grammar import BYTES, END, PASSAGES, can_write

QUOTE = '[1] "The fee is 250 euros."\n'
OTHER = '[2] "会费是250欧元。"\n'


def behind(begun: str) -> Structure:
    stages = QuoteStages(PASSAGES, 3, 2)
    return Structure(BYTES, stages.first(begun), frozenset({END}), stages.following)


def test_behind_a_quote_comes_another_or_the_answer() -> None:
    assert can_write(behind(QUOTE), "Answer: It is 250 euros.")
    assert can_write(behind(QUOTE), f"{OTHER}Answer: 250.")
    assert can_write(behind(QUOTE + OTHER), "Answer: 250.")
    assert not can_write(behind(QUOTE), f"{QUOTE}Answer: 250."), "it was quoted already"
    assert not can_write(behind(QUOTE), "It is 250 euros.")


def test_behind_words_come_words_and_no_quotation_marks() -> None:
    for more in ("", " euros.", " euros.\nMembers pay half."):
        assert can_write(behind(f"{QUOTE}Answer: The fee is 250"), more)
    assert not can_write(behind(f"{QUOTE}Answer: The fee is 250"), ' "euros".')


@pytest.mark.parametrize(
    "begun", ['[1] "The fee is 900 euros."\n', '[7] "The fee is 250 euros."\n', "[1] half a quote"]
)
def test_what_the_passages_do_not_hold_cannot_be_gone_on_with(begun: str) -> None:
    with pytest.raises(Known) as refused:
        behind(begun)
    assert refused.value.code == "carrel.engine.begun"

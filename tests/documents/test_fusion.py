"""Fusion: what stands out in its list counts, a flat list says little, one list alone keeps its order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.documents.fusion import OUTSTANDING, fuse

Numbers = st.integers(1, 60)
Lists = st.dictionaries(Numbers, st.floats(0.1, 30), max_size=40)
Cosines = st.dictionaries(Numbers, st.floats(-1, 1), max_size=40)


def best(scores: dict[int, float]) -> int:
    return max(scores, key=lambda number: scores[number])


def test_what_both_found_comes_before_what_one_found() -> None:
    assert best(fuse({1: 9.0, 2: 8.5, 3: 2.0}, {4: 0.92, 2: 0.9, 5: 0.7}, {1: 0.5, 3: 0.6})) == 2


def test_a_list_in_which_nothing_stands_out_leaves_the_order_to_the_other() -> None:
    flat = {number: 10 - 0.001 * number for number in range(20)}
    steep = {number: 0.7 + 0.002 * number for number in range(19)} | {19: 0.95}
    assert best(fuse(flat, steep, {})) == 19


def test_one_rare_word_lifts_its_chunk_but_no_further_than_it_may() -> None:
    near = {number: 0.8 - 0.001 * number for number in range(100)}
    alone, without = fuse({50: 12.0}, near, {}), fuse({50: 0.0}, near, {})
    assert best(alone) == 50
    assert alone[50] - without[50] <= OUTSTANDING


def test_a_chunk_of_another_embedder_counts_as_the_farthest() -> None:
    near = {1: 0.9, 2: 0.8, 3: 0.7}
    words = {4: 5.0, 5: 5.0, 6: 1.0}
    assert fuse(words, near, {4: 0.7})[4] == fuse(words, near, {})[4]


@given(words=Lists, near=Cosines, extra=Cosines)
def test_every_hit_of_either_list_is_ranked_and_a_better_one_never_lower(
    words: dict[int, float], near: dict[int, float], extra: dict[int, float]
) -> None:
    scores = fuse(words, near, extra)
    assert scores.keys() == words.keys() | near.keys()
    for one in words.keys() & near.keys():
        for other in words.keys() & near.keys():
            if words[one] > words[other] and near[one] > near[other]:
                assert scores[one] >= scores[other]


@given(scores=Lists)
def test_one_list_alone_keeps_its_scores(scores: dict[int, float]) -> None:
    assert fuse(scores, {}, {}) == fuse({}, scores, {}) == scores

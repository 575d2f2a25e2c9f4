"""Two rankings made one: each hit by how far it stands out of its own list.

Scores, not ranks: a long question matches a hundred chunks by its everyday words, and then the first of them is hardly
better than the tenth. Ranks would not know; in standard deviations such a list says little and the other one decides.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

OUTSTANDING = 4.0
"""Most standard deviations of a hit in a list of few: one word that stands in one chunk only may not decide alone."""

Scores = dict[int, float]


def fuse(words: Scores, near: Scores, similarities: Scores) -> Scores:
    """The hits of both lists, higher is better; of one list alone, its own scores.

    Args:
        words: BM25 of the chunks that hold words of the question. Where they are fewer than the near ones, the others
            have none, which is a score of 0.
        near: cosines of the nearest chunks.
        similarities: cosines of what only the words found; one without counts as the farthest of the near.
    """
    if not words or not near:
        return {**words, **near}
    held = np.array([*words.values(), *[0.0] * (len(near) - len(words))])
    most = OUTSTANDING if len(words) < len(near) else np.inf
    cosines = np.array(list(near.values()))
    known = {**similarities, **near}
    farthest, fewest = float(cosines.min()), float(held.min())
    return {
        number: min(most, _standing(words.get(number, fewest), held)) + _standing(known.get(number, farthest), cosines)
        for number in {**words, **near}
    }


def _standing(score: float, scores: npt.NDArray[np.float64]) -> float:
    return (score - float(scores.mean())) / (float(scores.std()) or 1.0)

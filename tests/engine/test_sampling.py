"""Choosing tokens: greedy, drawn, and under a constraint."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from app.engine.llama.sampling import TOP_K, Sampler

LOGITS = np.array([0.0, 3.0, 2.0, -1.0, 2.5], np.float32)


class Only:
    """Allows some tokens; counts how often its mask was needed."""

    def __init__(self, *tokens: int) -> None:
        self._tokens = tokens
        self.masks = 0

    def allows(self, token: int) -> bool:
        return token in self._tokens

    def mask(self) -> npt.NDArray[np.bool_]:
        self.masks += 1
        return np.isin(np.arange(8), self._tokens)


def test_greedy_takes_the_best() -> None:
    assert Sampler(0, 0).choose(LOGITS, None) == 1


def test_greedy_takes_the_best_allowed_and_asks_for_the_mask_only_then() -> None:
    assert Sampler(0, 0).choose(LOGITS, best := Only(1, 3)) == 1
    assert best.masks == 0
    assert Sampler(0, 0).choose(LOGITS, other := Only(0, 2)) == 2
    assert other.masks == 1


def test_a_seed_repeats_a_draw() -> None:
    def draw(seed: int) -> list[int]:
        sampler = Sampler(1.5, seed)
        return [sampler.choose(LOGITS, None) for _ in range(20)]

    assert draw(1) == draw(1)
    assert len(set(draw(1))) > 1


def test_drawing_again_from_the_allowed_is_drawing_from_the_allowed() -> None:
    """The shares of a constrained draw are those of the tokens themselves."""
    sampler = Sampler(1.0, 7)
    allowed = Only(1, 2)
    drawn = [sampler.choose(LOGITS, allowed) for _ in range(4000)]
    weights = np.exp(LOGITS[[1, 2]])
    assert set(drawn) == {1, 2}
    assert abs(drawn.count(1) / len(drawn) - weights[0] / weights.sum()) < 0.03


def test_no_draw_from_beyond_the_best() -> None:
    flat = np.zeros(200, np.float32)
    flat[:TOP_K] = 0.1
    sampler = Sampler(1.0, 3)
    assert max(sampler.choose(flat, None) for _ in range(500)) < TOP_K
    assert all(sampler.choose(np.array([0, 50, 0], np.float32), None) == 1 for _ in range(50))


def test_one_allowed_token_is_taken_however_unlikely() -> None:
    logits = np.array([0.0, -80.0, 0.0], np.float32)
    assert Sampler(0.7, 0).choose(logits, Only(1)) == 1

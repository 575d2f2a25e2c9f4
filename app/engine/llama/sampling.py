"""Choosing the next token. A constraint is asked about the one candidate first; its mask is computed only on a no.

Taking a valid draw and drawing again from the valid ones otherwise gives the same distribution as masking first.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

TOP_K = 40
TOP_P = 0.95
MIN_P = 0.05

Logits = npt.NDArray[np.float32]


class Constraint(Protocol):
    def allows(self, token: int) -> bool:
        """Whether the reply may go on with ``token``."""

    def mask(self) -> npt.NDArray[np.bool_]:
        """Which tokens it may go on with."""


class Sampler:
    """Greedy at temperature 0, else top-k, top-p and min-p with a seed."""

    def __init__(self, temperature: float, seed: int) -> None:
        self._temperature = temperature
        self._random = np.random.default_rng(seed)

    def choose(self, logits: Logits, constraint: Constraint | None) -> int:
        token = self._draw(logits)
        if constraint is None or constraint.allows(token):
            return token
        allowed = constraint.mask()[: len(logits)]
        return self._draw(np.where(allowed, logits[: len(allowed)], np.float32(-np.inf)))

    def _draw(self, logits: Logits) -> int:
        if self._temperature <= 0:
            return int(logits.argmax())
        best = np.argpartition(logits, -min(TOP_K, len(logits)))[-TOP_K:]
        best = best[np.argsort(-logits[best], kind="stable")]
        best = best[np.isfinite(logits[best])]
        weights = np.exp((logits[best] - logits[best[0]]).astype(np.float64) / self._temperature)
        shares = weights / weights.sum()
        keep = (np.cumsum(shares) - shares < TOP_P) & (weights >= MIN_P)
        shares = shares[keep] / shares[keep].sum()
        return int(self._random.choice(best[keep], p=shares))

"""Scripts written without spaces: their words are found by pairs of characters."""

from __future__ import annotations

import re

_RANGES = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\U00020000-\U0003ffff"
)
_RUN = re.compile(f"[{_RANGES}]+")


def grams(text: str) -> str:
    """Overlapping pairs of every run of unspaced characters, separated by spaces; empty for other scripts."""
    return " ".join(" ".join(_pairs(run)) for run in _RUN.findall(text))


def spaced(text: str) -> str:
    """``text`` without its unspaced runs: what the word index can find."""
    return _RUN.sub(" ", text)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]

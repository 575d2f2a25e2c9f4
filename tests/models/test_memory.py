"""What fits, and how much context fits."""

from __future__ import annotations

import pytest

from app.domain.generation import MemoryUse
from app.models.memory import Measured, free_memory

MIB = 2**20


def test_a_load_becomes_a_measure() -> None:
    use = MemoryUse(weights=1060 * MIB, repack=597 * MIB, compute=306 * MIB, kv=112 * MIB, resident=1910 * MIB)
    measured = Measured.of(use, 4096, 28_672)
    assert measured.needed == (1060 + 597 + 306 + 112) * MIB
    card = measured.against(measured.needed)
    assert (card.weights, card.working) == (1060 * MIB, (597 + 306) * MIB)
    assert card.kv_per_1k_tokens == 28_672_000
    assert card.fits
    assert not measured.against(measured.needed - 1).fits


@pytest.mark.parametrize(
    ("spare", "context"),
    [
        (0, 4096),
        (1000 * 256, 4096 + 256),
        (1000 * 255, 4096),
        (-1000 * 1, 4096 - 256),
        (-1000 * 4096, 0),
        (-(10**12), 0),
        (10**12, 32_768),
    ],
)
def test_context_follows_free_memory(spare: int, context: int) -> None:
    measured = Measured(weights=0, working=0, needed=10**9, context=4096, kv_per_token=1000)
    assert measured.largest_context(10**9 + spare, 32_768) == context


def test_a_model_without_a_cache_has_all_its_context_or_none() -> None:
    measured = Measured(weights=0, working=0, needed=100, context=4096, kv_per_token=0)
    assert measured.largest_context(100, 32_768) == 32_768
    assert measured.largest_context(99, 32_768) == 0


def test_this_machine_has_memory() -> None:
    assert free_memory() > 0

"""Contrast, recomputed from the shipped tokens over every ground a tone is used on."""

from __future__ import annotations

from typing import Literal

import pytest

from app.ui import tokens

LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("high", [False, True])
def test_text_reads_on_every_ground(look: Literal["light", "dark"], high: bool) -> None:
    tones = tokens.colours(look, high_contrast=high)
    low = {
        pair: round(tokens.contrast(tones[pair[0]], tones[pair[1]]), 2)
        for pair in tokens.text_pairs()
        if tokens.contrast(tones[pair[0]], tones[pair[1]]) < tokens.TEXT_RATIO
    }
    assert not low


@pytest.mark.parametrize("look", LOOKS)
def test_outlines_and_marks_are_seen_on_every_ground(look: Literal["light", "dark"]) -> None:
    tones = tokens.colours(look)
    low = {
        pair: round(tokens.contrast(tones[pair[0]], tones[pair[1]]), 2)
        for pair in tokens.part_pairs()
        if tokens.contrast(tones[pair[0]], tones[pair[1]]) < tokens.PART_RATIO
    }
    assert not low


@pytest.mark.parametrize("look", LOOKS)
def test_marked_words_read(look: Literal["light", "dark"]) -> None:
    assert tokens.contrast(tokens.ON_MARKER, tokens.colours(look)["marker"]) >= tokens.TEXT_RATIO


def test_contrast_is_the_ratio_of_wcag() -> None:
    assert tokens.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert tokens.contrast("#777777", "#FFFFFF") == pytest.approx(4.478, abs=0.001)


def test_both_looks_have_the_same_tones() -> None:
    assert tokens.colours("light").keys() == tokens.colours("dark").keys()


def test_high_contrast_makes_ornament_an_outline() -> None:
    tones = tokens.colours("light", high_contrast=True)
    assert tones["line"] == tones["edge"]
    assert tones["ink3"] == tones["ink"]

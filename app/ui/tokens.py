"""The colours and sizes of the window, read from ``resources/window/tokens.json``, and the contrast they must keep."""

from __future__ import annotations

import json
from functools import cache
from typing import Literal

from app.kernel.paths import resources

Tone = str
GROUNDS = ("desk", "panel", "paper", "sunken", "hover", "select")
TEXT_RATIO = 4.5
PART_RATIO = 3.0
QUOTE_ON_PAGE = "#FFE07A"
OTHER_QUOTE_ON_PAGE = "#FFF3C6"
ON_MARKER = "#1A1A1A"


@cache
def _file() -> dict[str, dict[str, str | int]]:
    untrusted = json.loads((resources() / "window" / "tokens.json").read_text("utf-8"))
    return {group: dict(values) for group, values in untrusted.items()}


def colours(name: Literal["light", "dark"], *, high_contrast: bool = False) -> dict[Tone, str]:
    """Tone to ``#RRGGBB``. High contrast turns ornament into outline and every ink into the darkest."""
    tones = {tone: str(value) for tone, value in _file()[name].items()}
    if high_contrast:
        tones |= {"line": tones["edge"], "ink2": tones["ink"], "ink3": tones["ink"]}
    return tones


def pixels(step: str) -> int:
    """The size of a type step in logical pixels; a number stands for itself."""
    return int(_file()["px"].get(step, 0)) or int(step)


def text_pairs() -> list[tuple[Tone, Tone]]:
    """Every text tone with every ground it is used on; each must reach ``TEXT_RATIO``."""
    words = ("ink", "ink2", "ink3", "vouch", "warn", "stop", "public", "internal", "confidential")
    pairs = [(tone, ground) for tone in words for ground in GROUNDS]
    pairs += [(tone, f"{tone}_tint") for tone in ("vouch", "warn", "stop")]
    pairs += [(tone, f"{tint}_tint") for tone in ("ink", "ink2") for tint in ("vouch", "warn", "stop")]
    pairs += [(tone, "marker_tint") for tone in ("ink", "ink2", "ink3", "vouch", "public", "internal", "confidential")]
    return [*pairs, ("on_act", "act"), ("on_act", "act_hover")]


def part_pairs() -> list[tuple[Tone, Tone]]:
    """Outlines and marks with their grounds; each must reach ``PART_RATIO``."""
    pairs = [(tone, ground) for tone in ("edge", "marker_edge", "focus", "act") for ground in GROUNDS]
    return [*pairs, ("marker_edge", "marker_tint")]


def contrast(first: str, second: str) -> float:
    """The WCAG contrast ratio of two ``#RRGGBB`` colours, 1..21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue

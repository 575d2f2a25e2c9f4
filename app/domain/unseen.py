"""Signs that nobody sees: they hide words from a person which a model reads, or turn the order in which words are shown."""

from __future__ import annotations

import re

CONTROLS = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f"
"""Controls but for tab and line end, as the inside of a character class, like the others here."""
TURNING = "\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069"
"""Marks, embeddings, overrides and isolates of direction."""
HIDDEN = "\\u180e\\u200b\\u2028\\u2029\\u2060-\\u2065\\u206a-\\u206f\\ufeff\\ufff9-\\ufffb\\U000e0000-\\U000e0fff"
"""Of no width wherever they stand; the last are tags and selectors, in which a whole text can be written."""
JOINING = "\\u00ad\\u200c\\u200d"
"""Soft hyphens and joiners: of no width too, but words of some scripts are written with them."""
_SHOWN = re.compile(f"(?!\r\n)[{CONTROLS}{TURNING}{HIDDEN}]")


def shown(text: str) -> str:
    """``text`` with every such sign spelt out, so that nothing of it is overlooked."""
    return _SHOWN.sub(lambda sign: f"⟨U+{ord(sign[0]):04X}⟩", text)

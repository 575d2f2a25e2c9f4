"""Names that a person could take for one another: letters of other scripts, digits for letters, other spaces and signs."""

from __future__ import annotations

import unicodedata

_FOLDED = str.maketrans(
    {
        **dict(zip("авекмнорстухіјѕԁӏѵ", "abekmhopctyxljsdlv", strict=True)),
        **dict(zip("αορυνικτβεη", "aopuvlktben", strict=True)),
        **dict(zip("0158i|", "olsbll", strict=True)),
    }
)


def likeness(text: str) -> str:
    """What is left of ``text`` when all is taken away by which two names only look different; empty for signs alone."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    letters = "".join(sign for sign in plain.translate(_FOLDED) if sign.isalnum())
    return letters.replace("rn", "m").replace("vv", "w")

"""Whether a model that names a tool means one of those on offer.

Held to the names on offer, a model that wanted another calls something it did not want. So before its first call the name is
left to it, token by token, and where it goes another way than every name on offer, it is told astray.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.engine.call_grammar import before_name
from app.engine.formats import CallFormat

_NAME = rb"[\w.:/-]*"


class Naming:
    """The names on offer, and how the family begins a call.

    A name is spelled in its own way, not another, where letters and figures are those of one on offer as far as it goes:
    ``getWeather`` and ``get.weather`` are ``get_weather``; ``get_gold_price`` is not ``get_bond_price``.
    """

    def __init__(self, form: CallFormat, names: Iterable[str]) -> None:
        self._open = re.compile(before_name(form, ("",)).encode() + b"(" + _NAME + rb")\Z")
        self._names = tuple(_letters(name.encode()) for name in names)

    def open(self, written: bytes) -> bool:
        """Whether what was written last is a call up to somewhere in its name."""
        return bool(self._open.search(written))

    def strays(self, written: bytes, wanted: bytes) -> bool:
        """Whether a name that is open would be none on offer with what the model wants to write next."""
        found = self._open.search(written)
        more = re.match(_NAME, wanted)
        if not found or not more or not more[0]:
            return False
        name = _letters(found[found.lastindex or 0] + more[0])
        return not any(known.startswith(name) or name.startswith(known) for known in self._names)


def _letters(name: bytes) -> bytes:
    return re.sub(rb"[^a-z0-9]", b"", name.lower())

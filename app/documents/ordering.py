"""The order in which a person looks for files: folder by folder, whatever the case, numbers by their size."""

from __future__ import annotations

import re

_DIGITS = re.compile("[0-9]+")


def natural(path: str) -> tuple[str, str]:
    """A key to sort paths by: ``page 9`` before ``page 10``, ``notes.md`` before ``Terms.pages``.

    A separator comes before every other character, so that a folder stays together; before a number stands how many
    digits it has.
    """
    parted = path.replace("\\", "/").replace("/", "\0").casefold()
    return _DIGITS.sub(_sized, parted), path


def _sized(found: re.Match[str]) -> str:
    digits = found[0].lstrip("0")
    return f"{len(digits):04}{digits}"

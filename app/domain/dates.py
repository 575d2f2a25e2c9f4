"""Dates as people write them, in one canonical form, so that two ways of writing are equal."""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier enero gennaio januari janeiro 1月",
            "february feb februar février febrero febbraio februari fevereiro",
            "march mar märz mars marzo maart março",
            "april apr avril abril aprile",
            "may mai mayo maggio mei maio",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto augustus",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}

_MONTH = "(?P<month>" + "|".join(sorted(map(re.escape, MONTH_NAMES), key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?P<year>[12]\d{3})"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\w.-])" + _YEAR + r"[-/.](?P<number>0?[1-9]|1[0-2])[-/.]" + _DAY + r"(?![\d-])(?:T[\d:.]+Z?)?",
        _YEAR + r"\s*年\s*(?P<number>0?[1-9]|1[0-2])\s*月(?:\s*" + _DAY + r"\s*[日号號])?",
        r"(?<!\d)(?P<number>0?[1-9]|1[0-2])\s*月\s*" + _DAY + r"\s*[日号號]",
        r"(?<![\w.])"
        + _DAY
        + r"(?:st|nd|rd|th|er|\.|º)?\s*(?:of\s+|de\s+|-)?"
        + _MONTH
        + r"(?:,?\s*(?:de\s+|-)?"
        + _YEAR
        + r"\b)?",
        r"\b" + _MONTH + r"\s+" + _DAY + r"(?:st|nd|rd|th)?\b(?!\.\d)(?:,?\s+" + _YEAR + r"\b)?",
        r"\b" + _MONTH + r",?\s+(?:de\s+|of\s+)?" + _YEAR + r"\b",
        r"(?<![\w./-])(?P<first>\d{1,2})[/.-](?P<second>\d{1,2})[/.-](?P<year>[12]\d{3}|\d{2})(?![\w/-])",
    )
)


@dataclass(frozen=True)
class Date:
    """A date as written; ``readings`` are its possible (year, month, day), None where it says nothing."""

    text: str
    start: int
    readings: frozenset[tuple[int | None, int | None, int | None]]


def dates(text: str) -> tuple[Date, ...]:
    """Dates with at least two of year, month and day. A year alone is a number."""
    found: list[Date] = []
    taken: list[tuple[int, int]] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            begin, end = match.span()
            readings = _readings({key: value for key, value in match.groupdict().items() if value})
            if readings and not any(begin < stop and start < end for start, stop in taken):
                taken.append((begin, end))
                found.append(Date(match.group().strip(" ,"), begin, readings))
    return tuple(sorted(found, key=lambda date: date.start))


def blanked(text: str, pieces: tuple[Date, ...]) -> str:
    """``text`` with the dates made blank, offsets kept."""
    for piece in pieces:
        text = text[: piece.start] + " " * len(piece.text) + text[piece.start + len(piece.text) :]
    return text


def _readings(parts: dict[str, str]) -> frozenset[tuple[int | None, int | None, int | None]]:
    year = year_of(parts["year"]) if "year" in parts else None
    if "first" in parts:
        first, second = int(parts["first"]), int(parts["second"])
        pairs = [(first, second), (second, first)]
        return frozenset((year, month, day) for day, month in pairs if 1 <= month <= 12 and 1 <= day <= 31)
    month = int(parts["number"]) if "number" in parts else MONTH_NAMES[parts["month"].casefold()]
    return frozenset({(year, month, int(parts["day"]) if "day" in parts else None)})


def year_of(digits: str) -> int:
    """Two digits are of this century up to 68, as POSIX has it."""
    value = int(digits)
    return value if len(digits) == 4 else value + (2000 if value < 69 else 1900)

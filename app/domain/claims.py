"""What a sentence claims in facts that can be looked up: numbers, dates and names; and which of them no quote holds.

The rule, exactly:
- A **number** is held by a quote that has the same value, however written ("1,250.50", "1.250,50", "five", "5").
  Where both carry a unit we know (per cent, a currency, a measure of time or length) the units must agree; a unit
  or a magnitude such as "million" may also stand elsewhere in the same quote, as in the head of a table. Signs are not
  compared. "One" is a number only with a unit. A number of the question is no evidence for a number of the answer.
- A **date** is held by a quote with the same day, month and year in any form; a part the answer adds is not held.
- A **name** is a run of capitalised words, or a word with capitals or digits inside. Each of its words must stand in
  one quote (any case), or its letters be the initials there. The first word of a sentence is a name only when it is
  not a common word. Names that the person used in the question are not claims of the answer. Scripts without capital
  letters have no names here; in German, where all nouns are capitalised, only runs of two and more count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from app.domain.dates import MONTH_NAMES, Date, blanked, dates
from app.domain.names import names
from app.domain.numerals import MAGNITUDES, UNITS, Number, numbers
from app.domain.remembered import remembered

_CONSTANTS = frozenset(
    map(Decimal, (1, 2, 4, 7, 10, 12, 24, 52, 60, 100, 365, 1000))
)  # halves, quarters, time, per cent
_YEAR = re.compile(r"^(?:19|20)\d\d$|^FY", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Fact:
    """One number, date or name, in the words of its sentence."""

    kind: Literal["number", "date", "name"]
    text: str
    start: int


@dataclass(frozen=True)
class _Holding:
    """What one quote holds."""

    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]
    words: frozenset[str]
    initials: str


def facts(sentence: str, reading: tuple[str, ...] = ()) -> tuple[Fact, ...]:
    """The facts of ``sentence`` in order. What the texts of ``reading`` write in lower case is a common word."""
    return tuple(Fact(kind, text, start) for kind, text, start, _ in _claims(sentence, reading))


def unsupported(
    sentence: str, quotes: tuple[str, ...], question: str = "", reading: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """The facts of ``sentence`` that none of these (verified) quotes holds, in the sentence's own words.

    ``reading`` are texts the answer was written from; they only teach which words are common.
    """
    holdings = tuple(map(_holding, quotes))
    asked = _holding(question).words
    missing: list[str] = []
    teaching = tuple(quote for quote in quotes if not any(quote in text for text in reading))
    for _, text, _, value in _claims(sentence, (question, *reading, *teaching)):
        if isinstance(value, Number):
            held = any(_holds_number(holding, value) for holding in holdings)
        elif isinstance(value, Date):
            held = any(_holds_date(holding, value) for holding in holdings)
        else:
            held = _words(text) <= asked or any(_holds_name(holding, text) for holding in holdings)
        if not held and text not in missing:
            missing.append(text)
    return tuple(missing)


def worked_out(missing: tuple[str, ...], results: tuple[str, ...]) -> bool:
    """Whether all of ``missing`` are numbers that calculations gave; results carry no units."""
    given = frozenset[Decimal]().union(*(number.values for result in results for number in numbers(result)))
    amounts = [numbers(text) for text in missing]
    return bool(missing) and all(found and found[0].bare & given for found in amounts)


def grounded(expression: str, texts: tuple[str, ...]) -> bool:
    """Whether every number a calculation starts from stands in ``texts``, is a hundredth of one there, or a constant.

    The bare figure counts: an expression carries no units.
    """
    known = frozenset[Decimal]().union(*(number.bare | number.values for text in texts for number in numbers(text)))
    known |= _CONSTANTS
    return all(any(value in known or value * 100 in known for value in number.values) for number in numbers(expression))


def missing_times(question: str, texts: tuple[str, ...]) -> tuple[str, ...]:
    """The dates and years of ``question`` that stand in none of ``texts``."""
    asked = tuple(
        fact.text
        for fact in facts(question)
        if fact.kind == "date" or (fact.kind == "number" and _YEAR.search(fact.text))
    )
    missing = unsupported(question, texts) if asked else ()
    return tuple(time for time in asked if time in missing)


_Claim = tuple[Literal["number", "date", "name"], str, int, Number | Date | None]


@remembered(64)
def _claims(sentence: str, reading: tuple[str, ...]) -> tuple[_Claim, ...]:
    """In order. Cached because a sentence of an answer is held against every sentence that was read."""
    found_dates = dates(sentence)
    rest = blanked(sentence, found_dates)
    found_numbers = [number for number in numbers(rest) if number.text.casefold() != "one" or number.unit]
    common = frozenset[str]().union(*map(_lower_case, reading))
    claims: list[_Claim] = [("date", date.text, date.start, date) for date in found_dates]
    claims += [("number", number.text, number.start, number) for number in found_numbers]
    taken = tuple((start, start + len(text)) for _, text, start, _ in claims)
    claims += [("name", name, start, None) for name, start in names(sentence, common, taken)]
    return tuple(sorted(claims, key=lambda claim: claim[2]))


@remembered(512)
def _lower_case(text: str) -> frozenset[str]:
    return frozenset(word for word in _WORD.findall(text) if word.islower())


@remembered(512)
def _holding(quote: str) -> _Holding:
    found = dates(quote)
    words = _words(quote)
    months = {month for date in found for _, month, _ in date.readings}
    words |= {name for name, month in MONTH_NAMES.items() if month in months}
    initials = " ".join(word[0] for word in _WORD.findall(quote) if word[0].isupper()).casefold()
    return _Holding(numbers(blanked(quote, found)), found, words, initials.replace(" ", ""))


def _words(text: str) -> frozenset[str]:
    """Words for comparing, "U.S." and "US" alike."""
    plain = re.sub(r"\b(?:[^\W\d_]\.){2,}", lambda match: match.group().replace(".", "") + " ", text)
    plain = re.sub(r"\b(?:[^\W\d_]\.)+[^\W\d_]\b", lambda match: match.group().replace(".", ""), plain)
    return frozenset(_WORD.findall(re.sub(r"['’]s\b", "", plain).casefold()))


def _holds_number(holding: _Holding, claim: Number) -> bool:
    for number in holding.numbers:
        values = number.values | number.pieces
        if claim.scaled and not number.scaled and _says(holding, claim.text, MAGNITUDES):
            values |= number.bare if number.bare & claim.bare else frozenset()
            same = bool(values & (claim.values | claim.bare))
        else:
            same = bool(values & claim.values) and not _crossed(number, claim)
        if same and (
            not claim.unit or number.unit == claim.unit or (not number.unit and _says_unit(holding, claim.unit))
        ):
            return True
    years = {year for date in holding.dates for year, _, _ in date.readings}
    return not claim.unit and bool(claim.values & years)


def _crossed(number: Number, claim: Number) -> bool:
    """Whether both have two readings by different marks: "2.398" is what a model makes of "2,398 million"."""
    return not number.scaled and not claim.scaled and {number.mark, claim.mark} == {".", ","}


def _says(holding: _Holding, text: str, vocabulary: dict[str, int]) -> bool:
    """Whether the quote has, anywhere, a word for the magnitude that ``text`` has."""
    wanted = {vocabulary[word] for word in _words(re.sub(r"(?<=\d)(?=[^\W\d])", " ", text)) if word in vocabulary}
    return any(vocabulary.get(word) in wanted for word in holding.words)


def _says_unit(holding: _Holding, unit: str) -> bool:
    return any(UNITS.get(word) == unit for word in holding.words) or any(
        number.unit == unit for number in holding.numbers
    )


def _holds_date(holding: _Holding, claim: Date) -> bool:
    for year, month, day in claim.readings:
        for date in holding.dates:
            for held_year, held_month, held_day in date.readings:
                year_stands = year in (None, held_year) or (
                    held_year is None and any(year in number.values for number in holding.numbers)
                )
                if year_stands and month in (None, held_month) and day in (None, held_day):
                    return True
    return False


def _holds_name(holding: _Holding, name: str) -> bool:
    if _words(name) <= holding.words:
        return True
    letters = name.replace(".", "").casefold()
    return name.replace(".", "").isupper() and len(letters) > 1 and letters in holding.initials

"""Numbers as people write them, in one canonical form, so that two ways of writing are equal. Signs are not compared."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from app.domain.dates import year_of

_UNITS_WORDS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS_WORDS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SMALL = {word: value for value, word in enumerate(_UNITS_WORDS)} | {
    word: (index + 2) * 10 for index, word in enumerate(_TENS_WORDS)
}
ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
        ],
        3,
    )
} | {"twentieth": 20, "thirtieth": 30, "hundredth": 100}
MAGNITUDES = {
    "hundred": 10**2, "thousand": 10**3, "k": 10**3, "tausend": 10**3, "mille": 10**3, "mil": 10**3,
    "million": 10**6, "millions": 10**6, "mn": 10**6, "m": 10**6, "mio": 10**6, "millionen": 10**6, "millones": 10**6,
    "billion": 10**9, "billions": 10**9, "bn": 10**9, "b": 10**9, "mrd": 10**9, "milliarden": 10**9, "milliards": 10**9,
    "trillion": 10**12, "trillions": 10**12, "tn": 10**12, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8, "千": 10**3,
}  # fmt: skip
_GLUED_ONLY = frozenset({"k", "m", "b"})  # "5m" is five million, "5 m" five metres

_UNIT_WORDS = {
    "%": "% ％ percent pct prozent por pourcent",
    "currency:$": "$ usd us$ dollar dollars",
    "currency:€": "€ eur euro euros",
    "currency:£": "£ gbp pound pounds sterling",
    "currency:¥": "¥ ￥ jpy cny rmb yen yuan 元 円",
    "currency:chf": "chf franken",
    "currency:₹": "₹ inr rupee rupees",
    "second": "second seconds sec secs s",
    "minute": "minute minutes min mins",
    "hour": "hour hours hr hrs h",
    "day": "day days tag tage tagen jour jours día días",
    "week": "week weeks woche wochen",
    "month": "month months monat monate monaten mois mes meses",
    "year": "year years yr yrs jahr jahre jahren ans année années año años",
    "metre": "m metre metres meter meters",
    "kilometre": "km kilometre kilometres kilometer kilometers",
    "kilogram": "kg kilogram kilograms kilo kilos",
    "tonne": "t tonne tonnes",
    "mile": "mile miles",
}
UNITS = {word: unit for unit, words in _UNIT_WORDS.items() for word in words.split()}

_NUMBER = re.compile(
    r"(?<![A-Za-z\u00c0-\u052f\d_.,])(?<![A-Za-z\u00c0-\u052f]-)(?P<sign>(?:US|A|C)?[$€£¥￥₹]|(?:USD|EUR|GBP|CHF|JPY|CNY|INR)(?=[ \u00a0]?\d))?[ \u00a0]?"
    r"(?P<digits>\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)?)"
    r"(?P<ordinal>st|nd|rd|th)?(?![.,]?\d)"
    r"(?:[ \u00a0-]?(?P<scale>"
    + "|".join(sorted(map(re.escape, MAGNITUDES), key=len, reverse=True))
    + r")(?![A-Za-z\u00c0-\u052f\d]))?"
    r"(?:[ \u00a0-]?(?P<unit>per[ -]cent|[%％€£$¥元円]|[^\W\d_]+))?",
    re.IGNORECASE,
)
_FISCAL = re.compile(r"\bFY\s?['’]?(?P<digits>\d{4}|\d{2})\b", re.IGNORECASE)
_QUARTERLY = re.compile(r"(?<!\d)(?P<digits>(?:19|20)\d\d)[ -]?[QH][1-4](?![\dA-Z])", re.IGNORECASE)  # "2023Q2"
_UNIT_AFTER = re.compile(r"[ \u00a0](?P<unit>per cent\b|[^\W\d_]+)", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_PARTS = {"half": Decimal("0.5"), "dozen": Decimal(12), "twice": Decimal(2)}
_PART = re.compile(rf"\b(?:{'|'.join(_PARTS)})\b|[\u00bc-\u00be\u2150-\u215e]", re.IGNORECASE)
_HAN_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN = re.compile(r"[〇零一二两兩三四五六七八九十百千]{2,}(?P<scale>[万萬亿億])?")


@dataclass(frozen=True)
class Number:
    """A number as written.

    Attributes:
        values: what it can mean: ``1.250`` is 1250 or 1.25.
        scaled: whether a word such as "million" was multiplied in; ``bare`` are the values without it.
        pieces: the numbers it would be if its spaces did not group thousands but set columns apart.
        unit: canonical (``%``, ``currency:$``, ``day`` …), empty when none that is known follows.
    """

    text: str
    start: int
    values: frozenset[Decimal]
    bare: frozenset[Decimal]
    unit: str = ""
    scaled: bool = False
    pieces: frozenset[Decimal] = frozenset()

    @property
    def mark(self) -> str:
        """The comma or point that gives it two readings; empty when it has one."""
        return next(sign for sign in self.text if sign in ".,") if len(self.bare) > 1 else ""


def numbers(text: str) -> tuple[Number, ...]:
    """Numbers in digits and in English words, dates not among them (blank those out first)."""
    found = [_from_digits(match) for match in _NUMBER.finditer(text) if not _is_code(match)]
    for period in (_FISCAL, _QUARTERLY):
        found += [_whole(match.group(), match.start(), year_of(match["digits"])) for match in period.finditer(text)]
    found += [_part(match) for match in _PART.finditer(text)]
    found += [_from_han(match) for match in _HAN.finditer(text)]
    return tuple(sorted(found + _from_words(text), key=lambda number: number.start))


def _is_code(match: re.Match[str]) -> bool:
    """Whether letters that are no unit are glued to the digits, as in "3D": a name, not a number."""
    word = match["unit"] or ""
    glued = match.start("unit") in {match.end("digits"), match.end("scale")}
    lettered = any(sign < "\u0530" or sign.lower() != sign.upper() for sign in word)
    runs_on = match.string[match.end() : match.end() + 1].isdigit() and match.end() > match.end("digits")
    return runs_on or (glued and lettered and word.casefold() not in UNITS)


def _digit(character: str) -> str:
    return str(unicodedata.digit(character)) if not character.isascii() and character.isdecimal() else character


def _from_digits(match: re.Match[str]) -> Number:
    bare = _values(match["digits"])
    scale = (match["scale"] or "").casefold()
    sign = (match["sign"] or "").casefold()
    unit = UNITS.get(sign) or UNITS.get(sign[-1:], "")
    end = match.end("digits")
    if scale in _GLUED_ONLY and match.start("scale") != end and not unit:
        unit, scale = UNITS.get(scale, ""), ""
    elif scale:
        end = match.end("scale")
    word = re.sub(r"per[ -]cent", "percent", (match["unit"] or "").casefold())
    if not unit and word in UNITS:
        unit, end = UNITS[word], match.end("unit")
    factor = MAGNITUDES.get(scale, 1)
    start = match.start("sign") if match["sign"] else match.start("digits")
    text = match.string[start:end]
    pieces = frozenset(Decimal(piece) for piece in match["digits"].split(" ") if piece.isdigit())
    return Number(text, start, frozenset(value * factor for value in bare), bare, unit, bool(scale), pieces)


def _values(digits: str) -> frozenset[Decimal]:
    """Both readings of a comma or point before three last digits; else the only one."""
    plain = re.sub(r"[ '’\u00a0\u202f]", "", "".join(map(_digit, digits)))
    marks = [character for character in plain if character in ".,"]
    if not marks:
        return frozenset({Decimal(plain)})
    last = marks[-1]
    head, tail = plain.rsplit(last, 1)
    whole = re.sub(r"[.,]", "", plain)
    decimal = Decimal(re.sub(r"[.,]", "", head) + "." + tail)
    if len(marks) > 1 and len(set(marks)) == 1:
        return frozenset({Decimal(whole)})
    if len(set(marks)) > 1 or len(tail) != 3 or head.startswith("0"):
        return frozenset({decimal})
    return frozenset({Decimal(whole), decimal})


def _from_words(text: str) -> list[Number]:
    """Number words, "twenty-five" and "two hundred and fifty thousand" as one."""
    found: list[Number] = []
    run: list[re.Match[str]] = []

    def close() -> None:
        while run and run[-1].group().casefold() == "and":
            run.pop()
        if (
            run
            and (value := _spelled([part for match in run for part in match.group().casefold().split("-")])) is not None
        ):
            start, end = run[0].start(), run[-1].end()
            after = _UNIT_AFTER.match(text, end)
            unit = UNITS.get(after["unit"].casefold().replace("per cent", "percent"), "") if after else ""
            end = after.end() if after and unit else end
            found.append(_whole(text[start:end], start, value, unit))
        run.clear()

    for match in _WORDS.finditer(text):
        parts = match.group().casefold().split("-")
        if run and text[run[-1].end() : match.start()].strip():
            close()
        known = all(
            part in SMALL or part in ORDINALS or (run and part in MAGNITUDES) or part == "hundred" for part in parts
        )
        if known or (run and parts == ["and"] and run[-1].group().casefold() in MAGNITUDES):
            run.append(match)
            continue
        close()
        head = parts[0]
        if len(parts) > 1 and head in SMALL and parts[1] in UNITS:  # "three-month"
            found.append(_whole(match.group(), match.start(), SMALL[head], UNITS[parts[1]]))
    close()
    return found


def _part(match: re.Match[str]) -> Number:
    """Half, a dozen, twice, and fractions of one sign."""
    word = match.group().casefold()
    value = _PARTS.get(word) or Decimal(str(round(unicodedata.numeric(word), 6)))
    values = frozenset({value})
    return Number(match.group(), match.start(), values, values)


def _from_han(match: re.Match[str]) -> Number:
    """Chinese numerals of two signs or more; one alone is a word as often."""
    total = digit = 0
    for sign in match.group().rstrip("万萬亿億"):
        if sign in _HAN_TENS:
            total, digit = total + (digit or 1) * _HAN_TENS[sign], 0
        else:
            digit = digit * 10 + _HAN_DIGITS[sign]
    return _whole(match.group(), match.start(), (total + digit) * MAGNITUDES.get(match["scale"] or "", 1))


def _whole(text: str, start: int, value: int, unit: str = "") -> Number:
    values = frozenset({Decimal(value)})
    return Number(text, start, values, values, unit)


def _spelled(parts: list[str]) -> int | None:
    total = current = 0
    for part in parts:
        if part in SMALL or part in ORDINALS:
            current += SMALL.get(part, ORDINALS.get(part, 0))
        elif part == "hundred":
            current = (current or 1) * 100
        elif part in MAGNITUDES:
            total += (current or 1) * MAGNITUDES[part]
            current = 0
    return total + current

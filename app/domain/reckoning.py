"""Whether a question asks for arithmetic: decided by its words, so that the same question is always treated alike."""

from __future__ import annotations

import re

from app.domain.numerals import numbers

_OPERATION = re.compile(
    r"[+*/×÷^=%]|\d\s*[-−–]\s*\d"
    r"|\b(?:plus|minus|times|divided|multiplied|per ?cent|percentage|sum|total|average|mean|root|squared|power"
    r"|prozent|mal|geteilt|summe|durchschnitt|durch|pour cent|fois|somme|moyenne|por ciento|suma|promedio)\b",
    re.IGNORECASE,
)
_RECKONING = re.compile(
    r"\b(?:together|altogether|in (?:all|total)|combined|difference|ratio|share|increased?|decreased?|rais(?:e|ed) by|gr[eo]wn?"
    r"|how (?:much|many) (?:more|less|fewer)|twice|half of|convert|zusammen|insgesamt|unterschied|ensemble|au total)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"\b(?:how (?:much|many|long)|cost|price|pay|wie ?viele?|combien|cuánto)\b", re.IGNORECASE)


def is_sum(question: str) -> bool:
    """Arithmetic by itself, which needs no document: two numbers and a word or sign for what to do with them."""
    return len(numbers(question)) > 1 and bool(_OPERATION.search(question))


def reckons(question: str) -> bool:
    """Arithmetic over what documents say: a word for it, or a number beside a question for an amount."""
    if _OPERATION.search(question) or _RECKONING.search(question):
        return True
    return bool(numbers(question)) and bool(_AMOUNT.search(question))

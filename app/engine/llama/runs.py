"""What must end though no grammar ends it: digits, exponents and blanks in a row.

A bound in the grammar would take exponents away, or make the lexer too large.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from app.engine.formats import CALL_FORMATS, NAME_END

MOST_DIGITS = 24
"""In a row, while a value is written: beyond what a double holds, with room for the zeros of a small one."""
MOST_EXPONENT = 2
"""Digits of an exponent: with three a number can be larger than any double, and is none to whoever reads it."""
MOST_BLANKS = 64
"""In a row: white space between the tokens of a call is the model's, but it ends."""
MOST_TAIL = 64
DIGITS, BLANKS = b"0123456789", b" \n\t"
_CALLS = {form.name_end.removeprefix(NAME_END).strip().encode() for form in CALL_FORMATS.values()}
_EXPONENT = re.compile(rb"[0-9][eE][+-]?([0-9]*)\Z")
_QUOTED = re.compile(rb'\\.|"', re.DOTALL)


class Runs:
    """Attributes:
    tail: what was written last.
    value: it is a JSON value; words may hold any number.
    """

    def __init__(self, tokenizer: Any, *, value: bool) -> None:
        self.tail = b""
        self.value = value
        self._tokenizer = tokenizer
        self._quoted = False
        self._escape = b""

    def note(self, written: bytes) -> None:
        """More was written."""
        text = self.tail + written
        if not self._quoted and (marks := [text.rfind(mark) + len(mark) for mark in _CALLS if mark in text]):
            if not self.value or max(marks) > len(self.tail):
                written = text[max(marks) :]  # the arguments begin
            self.value = True
        if self.value:
            self._quote(written)
        self.tail = text[-MOST_TAIL:]

    def barred(self) -> npt.NDArray[np.bool_] | None:
        """The tokens that would make a run too long; None while there is none."""
        digits = len(self.tail) - len(self.tail.rstrip(DIGITS))
        if self.value and digits >= MOST_DIGITS:
            return _leading(self._tokenizer, DIGITS) > 0
        if self.value and not self._quoted and (exponent := _EXPONENT.search(self.tail)):
            return _leading(self._tokenizer, DIGITS) > MOST_EXPONENT - len(exponent[1])
        blanks = len(self.tail) - len(self.tail.rstrip(BLANKS))
        return _leading(self._tokenizer, BLANKS) > 0 if blanks >= MOST_BLANKS else None

    def _quote(self, written: bytes) -> None:
        """Whether a text is open after it."""
        text = self._escape + written
        self._escape = b""
        for found in _QUOTED.finditer(text):
            if found[0] == b'"':
                self._quoted = not self._quoted
        if (len(text) - len(text.rstrip(b"\\"))) % 2:
            self._escape = b"\\"


@functools.lru_cache(maxsize=2)
def _leading(tokenizer: Any, characters: bytes) -> npt.NDArray[np.int64]:
    """How many of them each token begins with."""
    tokens = (tokenizer.decode_bytes([token]) for token in range(tokenizer.vocab_size))
    return np.array([len(token) - len(token.lstrip(characters)) for token in tokens])

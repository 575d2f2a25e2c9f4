"""Exact arithmetic: an expression is parsed, walked and bounded; nothing is ever evaluated as Python.

Values are fractions, so 0.1 + 0.2 is 0.3 and 1/3 * 3 is 1. Only a root can be inexact, and the answer says so.
Runs in a tool child: standard library only.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from app.tools.calculate.writing import plain
from app.tools.unworkable import Unworkable

MOST_CHARACTERS = 400
MOST_NODES = 200
MOST_BITS = 4096
MOST_POWER = 1024
DIGITS = 12


def run(arguments: dict[str, Any]) -> dict[str, Any]:
    """``{"expression": as it was understood, "value": "250.5", "exact": true}``.

    The value is a plain decimal, with a ``fraction`` beside it where decimals do not end.
    """
    return calculate(arguments["expression"])


def calculate(expression: str) -> dict[str, Any]:
    """Work out ``expression``.

    Raises:
        Unworkable: not arithmetic, division by zero, or too large.
    """
    if len(expression) > MOST_CHARACTERS:
        raise Unworkable("The expression is too long.")
    readable = plain(expression)
    try:
        tree = ast.parse(readable, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Unworkable("The expression is not arithmetic that can be read.") from None
    if sum(1 for _ in ast.walk(tree)) > MOST_NODES:
        raise Unworkable("The expression has too many parts.")
    walk = _Walk(readable)
    value = walk.value(tree.body)
    written, ends = _decimal(value)
    result: dict[str, Any] = {"expression": readable, "value": written, "exact": walk.exact and ends}
    if walk.exact and not ends and value.denominator < 10**6:
        result["fraction"] = f"{value.numerator}/{value.denominator}"
    return result


class _Walk:
    """One walk over a parsed expression.

    Attributes:
        exact: no root was rounded on the way.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.exact = True

    def value(self, node: ast.expr) -> Fraction:
        match node:
            case ast.Constant():
                return self._number(node)
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self.value(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self.value(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return _bounded(self._operate(op, self.value(left), self.value(right)))
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return _bounded(self._call(name, arguments))
            case ast.Tuple():
                raise Unworkable("A comma parts the numbers of a function only: one value is worked out at a time.")
            case _:
                raise Unworkable("Only numbers, + - * / // % **, brackets and a few functions can be used.")

    def _number(self, node: ast.Constant) -> Fraction:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise Unworkable("Only numbers can be used.")
        written = (ast.get_source_segment(self.source, node) or "").replace("_", "")
        try:
            power = written.lower().partition("e")[2]
            if power and abs(int(power)) > MOST_POWER and not written.lower().startswith("0x"):
                raise Unworkable("The numbers are too large.")
            return _bounded(Fraction(written))
        except ValueError:
            raise Unworkable("Numbers must be written in decimal digits.") from None

    def _operate(self, op: ast.operator, left: Fraction, right: Fraction) -> Fraction:
        if isinstance(op, ast.Div | ast.FloorDiv | ast.Mod) and right == 0:
            raise Unworkable("The expression divides by zero.")
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                return left / right
            case ast.FloorDiv():
                return Fraction(left // right)
            case ast.Mod():
                return left % right
            case ast.Pow():
                return self._power(left, right)
            case _:
                raise Unworkable("Only + - * / // % and ** can be used.")

    def _power(self, base: Fraction, power: Fraction) -> Fraction:
        if power.denominator != 1:
            if power == Fraction(1, 2):
                return self._root(base)
            raise Unworkable("Only whole powers and square roots can be worked out.")
        if base == 0 and power < 0:
            raise Unworkable("The expression divides by zero.")
        size = max(base.numerator.bit_length(), base.denominator.bit_length())
        if abs(power) > MOST_POWER or size * abs(power) > MOST_BITS:
            raise Unworkable("The numbers are too large.")
        return Fraction(base**power.numerator)

    def _root(self, value: Fraction) -> Fraction:
        if value < 0:
            raise Unworkable("A negative number has no square root here.")
        scale = 10 ** (2 * DIGITS + 8)
        root = Fraction(math.isqrt(value.numerator * value.denominator * scale**2), value.denominator * scale)
        if root * root != value:
            self.exact = False
        return root

    def _call(self, name: str, arguments: list[ast.expr]) -> Fraction:
        if any(isinstance(argument, ast.Starred) for argument in arguments) or not arguments:
            raise Unworkable(f"{name} needs numbers.")
        values = [self.value(argument) for argument in arguments]
        several: dict[str, Callable[[list[Fraction]], Fraction]] = {
            "min": min,
            "max": max,
            "sum": lambda numbers: sum(numbers, Fraction(0)),
            "mean": lambda numbers: sum(numbers, Fraction(0)) / len(numbers),
        }
        if name in several:
            return several[name](values)
        if name == "abs" and len(values) == 1:
            return abs(values[0])
        if name == "sqrt" and len(values) == 1:
            return self._root(values[0])
        if name == "round" and len(values) <= 2:
            places = values[1] if len(values) > 1 else Fraction(0)
            if places.denominator != 1 or abs(places) > DIGITS * 2:
                raise Unworkable("round needs a whole number of places.")
            return _rounded(values[0], places.numerator)
        raise Unworkable("Only abs, min, max, round, sqrt, sum and mean can be used.")


def _rounded(value: Fraction, places: int) -> Fraction:
    """Half away from zero, as people round."""
    factor = Fraction(10) ** places
    whole = math.floor(abs(value) * factor + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole) / factor


def _bounded(value: Fraction) -> Fraction:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > MOST_BITS:
        raise Unworkable("The numbers are too large.")
    return value


def _decimal(value: Fraction) -> tuple[str, bool]:
    """``value`` as a plain decimal, and whether that is all of it; else rounded to ``DIGITS`` significant places."""
    rest = value.denominator
    places = 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    ends = rest == 1 and places <= 2 * DIGITS
    if not ends:
        size = len(str(abs(value.numerator) // value.denominator)) if abs(value) >= 1 else 0
        places = max(2, DIGITS - size) if abs(value) >= Fraction(1, 10**6) else 2 * DIGITS
    shown = _rounded(value, places)
    digits = f"{abs(shown.numerator) * 10**places // shown.denominator:0{places + 1}d}"
    whole, fraction = (digits[:-places], digits[-places:].rstrip("0")) if places else (digits, "")
    return ("-" if shown < 0 else "") + whole + ("." + fraction if fraction else ""), ends

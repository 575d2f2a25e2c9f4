"""Units as exact fractions of a base unit, from the definitions (SI brochure; 1959 yard and pound; thermochemical calorie).

Runs in a tool child: standard library only.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from app.tools.unworkable import Unworkable

DIGITS = 12

_FOOT = Fraction("0.3048")
_POUND = Fraction("0.45359237")
_US_GALLON = Fraction("3.785411784")
_IMPERIAL_GALLON = Fraction("4.54609")
_STANDARD_GRAVITY = Fraction("9.80665")

QUANTITIES: dict[str, dict[str, Fraction]] = {
    "length": {
        "millimetre": Fraction(1, 1000),
        "centimetre": Fraction(1, 100),
        "metre": Fraction(1),
        "kilometre": Fraction(1000),
        "inch": _FOOT / 12,
        "foot": _FOOT,
        "yard": _FOOT * 3,
        "mile": _FOOT * 5280,
        "nautical_mile": Fraction(1852),
    },
    "area": {
        "square_metre": Fraction(1),
        "hectare": Fraction(10_000),
        "square_kilometre": Fraction(1_000_000),
        "square_foot": _FOOT**2,
        "acre": _FOOT**2 * 43_560,
    },
    "volume": {
        "millilitre": Fraction(1, 1000),
        "litre": Fraction(1),
        "cubic_metre": Fraction(1000),
        "us_gallon": _US_GALLON,
        "imperial_gallon": _IMPERIAL_GALLON,
        "us_fluid_ounce": _US_GALLON / 128,
        "imperial_pint": _IMPERIAL_GALLON / 8,
    },
    "mass": {
        "milligram": Fraction(1, 1_000_000),
        "gram": Fraction(1, 1000),
        "kilogram": Fraction(1),
        "tonne": Fraction(1000),
        "ounce": _POUND / 16,
        "pound": _POUND,
        "us_ton": _POUND * 2000,
    },
    "time": {
        "second": Fraction(1),
        "minute": Fraction(60),
        "hour": Fraction(3600),
        "day": Fraction(86_400),
        "week": Fraction(604_800),
    },
    "speed": {
        "metre_per_second": Fraction(1),
        "kilometre_per_hour": Fraction(1000, 3600),
        "mile_per_hour": _FOOT * 5280 / 3600,
        "knot": Fraction(1852, 3600),
    },
    "energy": {
        "joule": Fraction(1),
        "kilojoule": Fraction(1000),
        "kilowatt_hour": Fraction(3_600_000),
        "kilocalorie": Fraction(4184),
        "british_thermal_unit": Fraction("1055.05585262"),
    },
    "power": {
        "watt": Fraction(1),
        "kilowatt": Fraction(1000),
        "horsepower": _FOOT * _POUND * _STANDARD_GRAVITY * 550,
    },
    "pressure": {
        "pascal": Fraction(1),
        "kilopascal": Fraction(1000),
        "bar": Fraction(100_000),
        "psi": _POUND * _STANDARD_GRAVITY / (_FOOT / 12) ** 2,
    },
    "information": {
        "byte": Fraction(1),
        "kilobyte": Fraction(10**3),
        "megabyte": Fraction(10**6),
        "gigabyte": Fraction(10**9),
        "terabyte": Fraction(10**12),
        "kibibyte": Fraction(2**10),
        "mebibyte": Fraction(2**20),
        "gibibyte": Fraction(2**30),
    },
}
TEMPERATURE: dict[str, tuple[Fraction, Fraction]] = {
    "kelvin": (Fraction(1), Fraction(0)),
    "celsius": (Fraction(1), Fraction("273.15")),
    "fahrenheit": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
}
"""kelvin = amount × factor + shift."""


def run(arguments: dict[str, Any]) -> dict[str, Any]:
    """``{"amount", "from_unit", "value", "to_unit", "quantity", "exact"}``; the value as a decimal text.

    Raises:
        Unworkable: units of different quantities; a temperature below absolute zero.
    """
    source, target = arguments["from_unit"], arguments["to_unit"]
    quantity = _quantity(source)
    if quantity != _quantity(target):
        raise Unworkable(f"{source} is a unit of {quantity}, {target} of {_quantity(target)}.")
    amount = Fraction(str(arguments["amount"]))
    value = (
        _temperature(amount, source, target) if quantity == "temperature" else _scaled(amount, quantity, source, target)
    )
    written, exact = _decimal(value)
    return {
        "amount": arguments["amount"],
        "from_unit": source,
        "value": written,
        "to_unit": target,
        "quantity": quantity,
        "exact": exact,
    }


def _quantity(unit: str) -> str:
    if unit in TEMPERATURE:
        return "temperature"
    return next(name for name, units in QUANTITIES.items() if unit in units)


def _scaled(amount: Fraction, quantity: str, source: str, target: str) -> Fraction:
    return amount * QUANTITIES[quantity][source] / QUANTITIES[quantity][target]


def _temperature(amount: Fraction, source: str, target: str) -> Fraction:
    factor, shift = TEMPERATURE[source]
    kelvin = amount * factor + shift
    if kelvin < 0:
        raise Unworkable("There is no temperature below absolute zero.")
    factor, shift = TEMPERATURE[target]
    return (kelvin - shift) / factor


def _decimal(value: Fraction) -> tuple[str, bool]:
    """A plain decimal of at most ``DIGITS`` significant digits, and whether that is the whole value."""
    if value == 0:
        return "0", True
    size = len(str(abs(value.numerator) // value.denominator)) if abs(value) >= 1 else 0
    if not size:
        small = abs(value)
        while small < 1:
            small *= 10
            size -= 1
        size += 1
    places = max(0, DIGITS - size)
    scaled = round(value * 10**places)
    digits = f"{abs(scaled):0{places + 1}d}"
    text = digits if not places else f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")
    return f"-{text}" if scaled < 0 else text, Fraction(scaled, 10**places) == value

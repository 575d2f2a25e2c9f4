import json
from fractions import Fraction
from importlib import resources
from typing import Any

import pytest

from app.tools.convert_units import units
from app.tools.date_arithmetic import calendar_days
from app.tools.unworkable import Unworkable


def convert(amount: float, source: str, target: str) -> str:
    return str(units.run({"amount": amount, "from_unit": source, "to_unit": target})["value"])


@pytest.mark.parametrize(
    ("amount", "source", "target", "value"),
    [
        (1, "mile", "kilometre", "1.609344"),
        (212, "fahrenheit", "celsius", "100"),
        (-40, "celsius", "fahrenheit", "-40"),
        (1, "acre", "square_metre", "4046.8564224"),
        (0.1, "metre", "millimetre", "100"),
        (1, "kilowatt_hour", "kilojoule", "3600"),
        (1, "us_gallon", "us_fluid_ounce", "128"),
        (1, "gibibyte", "byte", "1073741824"),
        (0, "gram", "pound", "0"),
        (1, "horsepower", "watt", "745.699871582"),
        (1, "psi", "pascal", "6894.75729317"),
        (-2.5, "inch", "centimetre", "-6.35"),
    ],
)
def test_units_by_their_definitions(amount: float, source: str, target: str, value: str) -> None:
    assert convert(amount, source, target) == value


def test_what_cannot_be_converted_is_a_sentence() -> None:
    with pytest.raises(Unworkable, match="metre is a unit of length, gram of mass"):
        convert(1, "metre", "gram")
    with pytest.raises(Unworkable, match="absolute zero"):
        convert(-300, "celsius", "kelvin")


def test_an_inexact_value_says_so() -> None:
    assert units.run({"amount": 1, "from_unit": "day", "to_unit": "week"})["exact"] is False
    assert Fraction(convert(1e-9, "millimetre", "mile")) > 0


def test_the_manifest_offers_the_units_that_there_are() -> None:
    manifest = json.loads((resources.files("app.tools") / "convert_units/manifest.json").read_text())
    known = sorted([name for table in units.QUANTITIES.values() for name in table] + list(units.TEMPERATURE))
    for field in ("from_unit", "to_unit"):
        assert sorted(manifest["parameters"]["properties"][field]["enum"]) == known


def reckon(operation: str, date: str, amount: int = 0, unit: str = "days", other: str = "") -> dict[str, Any]:
    return calendar_days.run(
        {"operation": operation, "date": date, "amount": amount, "unit": unit, "other_date": other}
    )


@pytest.mark.parametrize(
    ("date", "amount", "unit", "then"),
    [
        ("2026-11-19", 90, "days", "2027-02-17"),
        ("2024-02-28", 1, "days", "2024-02-29"),
        ("2026-01-31", 1, "months", "2026-02-28"),
        ("2024-02-29", 1, "years", "2025-02-28"),
        ("2026-03-31", -1, "months", "2026-02-28"),
        ("2026-11-20", 1, "working_days", "2026-11-23"),
        ("2026-11-21", 5, "working_days", "2026-11-27"),
        ("2026-11-22", -5, "working_days", "2026-11-16"),
        ("2026-11-23", -1, "working_days", "2026-11-20"),
        ("2026-11-19", -2, "weeks", "2026-11-05"),
    ],
)
def test_dates_later_and_earlier(date: str, amount: int, unit: str, then: str) -> None:
    assert reckon("add", date, amount, unit)["date"] == then


def test_between_counts_the_last_day_and_not_the_first() -> None:
    assert reckon("between", "2026-01-31", other="2026-03-01") == {
        "days": 29,
        "working_days": 20,
        "years": 0,
        "months": 1,
        "rest_days": 1,
    }
    assert reckon("between", "2026-03-01", other="2026-01-31")["days"] == -29


def test_a_shortened_month_says_so_and_no_such_date_is_a_sentence() -> None:
    assert reckon("add", "2026-01-31", 1, "months")["shortened"] is True
    assert reckon("weekday", "2026-11-19") == {"date": "2026-11-19", "weekday": "Thursday"}
    for operation, date, amount in (("weekday", "2026-02-30", 0), ("add", "9999-12-31", 1)):
        with pytest.raises(Unworkable):
            reckon(operation, date, amount)
    with pytest.raises(Unworkable, match="other_date"):
        reckon("between", "2026-01-01")

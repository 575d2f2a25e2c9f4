"""Dates of the Gregorian calendar. A month later than the 31st is the last day of a shorter month, and the answer says so.

Runs in a tool child: standard library only.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Any

from app.tools.unworkable import Unworkable

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SATURDAY = 5


def run(arguments: dict[str, Any]) -> dict[str, Any]:
    """``{"date", "weekday"}``, for a span ``{"days", "weeks", "working_days", "years", "months", "rest_days"}``.

    Raises:
        Unworkable: no such date, or one outside the years 1 to 9999.
    """
    begin = _date(arguments["date"])
    match arguments["operation"]:
        case "add":
            return _added(begin, arguments["amount"], arguments["unit"])
        case "between":
            if not arguments["other_date"]:
                raise Unworkable("between needs other_date.")
            return _between(begin, _date(arguments["other_date"]))
        case _:
            return _told(begin)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unworkable(f"There is no date {text}.") from None


def _told(day: date) -> dict[str, Any]:
    return {"date": day.isoformat(), "weekday": WEEKDAYS[day.weekday()]}


def _added(begin: date, amount: int, unit: str) -> dict[str, Any]:
    try:
        if unit == "working_days":
            return _told(_working(begin, amount))
        if unit in ("days", "weeks"):
            return _told(begin + timedelta(days=amount * (7 if unit == "weeks" else 1)))
        months = amount * (12 if unit == "years" else 1)
        end = _months_later(begin, months)
    except (OverflowError, ValueError):
        raise Unworkable("The date lies outside the years 1 to 9999.") from None
    return {**_told(end), "shortened": end.day != begin.day}


def _months_later(begin: date, months: int) -> date:
    year, month = divmod(begin.year * 12 + begin.month - 1 + months, 12)
    if not 1 <= year <= date.max.year:
        raise ValueError(year)
    return date(year, month + 1, min(begin.day, calendar.monthrange(year, month + 1)[1]))


def _working(begin: date, amount: int) -> date:
    """Whole weeks at once, then day by day; the day itself is not counted."""
    weeks, rest = divmod(abs(amount), 5)
    step = 1 if amount >= 0 else -1
    day = begin
    while weeks and day.weekday() >= SATURDAY:  # from a weekend, the first step decides the weekday
        day += timedelta(days=-step)
    day += timedelta(days=7 * weeks * step)
    while rest:
        day += timedelta(days=step)
        rest -= day.weekday() < SATURDAY
    return day


def _between(begin: date, end: date) -> dict[str, Any]:
    """The first day is not counted, the last one is; negative when ``end`` is earlier."""
    sign, (low, high) = (1, (begin, end)) if begin <= end else (-1, (end, begin))
    days = (high - low).days
    months = (high.year - low.year) * 12 + high.month - low.month
    while _months_later(low, months) > high:
        months -= 1
    weeks, rest = divmod(days, 7)
    working = 5 * weeks + sum((low + timedelta(days=weeks * 7 + n)).weekday() < SATURDAY for n in range(1, rest + 1))
    return {
        "days": sign * days,
        "working_days": sign * working,
        "years": sign * (months // 12),
        "months": sign * (months % 12),
        "rest_days": sign * (high - _months_later(low, months)).days,
    }

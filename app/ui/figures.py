"""Amounts, dates and times as a person reads them."""

from __future__ import annotations

from datetime import datetime

_UNITS = ("bytes", "KB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Bytes in decimal units, as the command line and the status line say them: ``410 MB``, ``1.6 GB``."""
    amount, unit = float(count), 0
    while round(amount, 1 if unit > 1 else 0) >= 1000 and unit < len(_UNITS) - 1:
        amount /= 1000
        unit += 1
    return f"{amount:.0f} {_UNITS[unit]}" if unit < 2 or amount >= 100 else f"{amount:.1f} {_UNITS[unit]}"


def plural(count: int, one: str, many: str = "") -> str:
    """``1 file``, ``1,614 files``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(names: list[str]) -> str:
    """``sales, orders and stock``."""
    return " and ".join(x for x in (", ".join(names[:-1]), *names[-1:]) if x)


def as_title(name: str) -> str:
    """``search_documents`` as ``Search documents``."""
    return name.replace("_", " ").capitalize()


def took(seconds: float) -> str:
    """``3.4 s``; nothing takes no time."""
    return f"{seconds:.1f} s" if seconds >= 0.05 else "under 0.1 s"


def left(seconds: float | None) -> str:
    """An estimate, said as one."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"about {max(5, round(seconds / 5) * 5)} s left"
    minutes = round(seconds / 60)
    return (
        f"about {plural(minutes, 'minute')} left"
        if minutes < 90
        else f"about {plural(round(minutes / 60), 'hour')} left"
    )


def day(then: datetime) -> str:
    local = then.astimezone()
    return f"{local.day} {local:%b %Y}"


def minute(then: datetime) -> str:
    return f"{day(then)}, {then.astimezone():%H:%M}"

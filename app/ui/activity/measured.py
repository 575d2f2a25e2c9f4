"""Measured fields as lines: a title, the figure, and what it is counted against. Nothing measured is no line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import BaseModel

from app.domain.metrics import Part, Rate, Spread
from app.ui import figures

_COUNTED = re.compile(r"\b(answer|call|load|question|quote|repair|result|sentence|token)s\b")
_ANSWERS = {
    "once": "allowed once",
    "conversation": "allowed in the chat",
    "deny": "denied",
    "unattended": "nobody was there",
    "closed": "not answered",
}


@dataclass(frozen=True)
class Line:
    """Attributes:
    meaning: the definition, for the tooltip and a screen reader.
    """

    title: str
    figure: str
    against: str
    meaning: str


def measured(values: BaseModel, names: tuple[str, ...]) -> tuple[list[Line], list[str]]:
    """Lines of the named fields, and the titles of those for which nothing was counted."""
    lines: list[Line] = []
    empty: list[str] = []
    for name in names:
        field = type(values).model_fields[name]
        title, meaning = str(field.title), str(field.description)
        line = _line(title, meaning, getattr(values, name), _ANSWERS if name == "permissions" else {})
        if line is not None:
            lines.append(line)
        elif not isinstance(getattr(values, name), tuple):
            empty.append(title)
    return lines, empty


def _line(title: str, meaning: str, value: object, words: dict[str, str]) -> Line | None:
    match value:
        case Rate(share=float(share)):
            things = meaning.rpartition(", of ")[2]
            if value.of == 1:
                things = _COUNTED.sub(r"\1", things).replace(" and ", " or ")
            return Line(title, percent(share), f"{value.count:,} of {value.of:,} {things}", meaning)
        case Spread(p50=float(p50), p95=float(p95), longest=float(longest)):
            against = f"95 % within {seconds(p95)}, longest {seconds(longest)}, {value.count:,} measured"
            return Line(title, seconds(p50), against, f"{meaning}; half took less")
        case tuple() if value:
            parts = [part for part in value if isinstance(part, Part)]
            named = ", ".join(f"{words.get(part.name) or plain(part.name)} {part.count:,}" for part in parts)
            return Line(title, f"{sum(part.count for part in parts):,}", named, meaning)
        case int() if value:
            return Line(title, f"{value:,}", "", meaning)
        case _:
            return None


def plain(name: str) -> str:
    """``carrel.tool.no_file`` as ``no file``, ``default:files`` as ``files (default)``."""
    if name.startswith("carrel."):
        name = name.rpartition(".")[2]
    elif ruled := re.fullmatch(r"(\w+):(\S+)", name):
        name = f"{ruled[2]} ({ruled[1]})"
    return name.replace("_", " ")


def titled(tool: str, titles: dict[str, str]) -> str:
    """The title of a tool; of one that is gone its name as words."""
    return titles.get(tool) or figures.as_title(tool)


def percent(share: float) -> str:
    """``96 %``, ``99.6 %``: a decimal only where it would round to all or nothing."""
    whole = round(share * 100)
    if whole in {0, 100} and share not in {0.0, 1.0}:
        return f"{share * 100:.1f} %"
    return f"{whole} %"


def seconds(amount: float) -> str:
    if amount < 1:
        return f"{amount * 1000:.0f} ms"
    return f"{amount:.1f} s" if amount < 120 else f"{figures.plural(round(amount / 60), 'minute')}"

"""What a tool call gave, below its arguments: words, tables, charts, files. A program wrote it: all of it is plain text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtWidgets import QWidget

from app.domain.messages import ToolCall
from app.domain.tool import ToolArtifact
from app.ui import figures
from app.ui.chats.artifact import PICTURE, Artifact, Table, Toolroom
from app.ui.chats.tool_file import FileView
from app.ui.chats.tool_table import TableView
from app.ui.chats.tool_text import ToolText
from app.ui.parts.words import Fact, Words

BARE = frozenset({"code", "text", "value"})
"""Speak for themselves: shown without their name."""
_FOR_THE_MODEL = frozenset({"note", "next", "proposal"})
"""Tell the model what to do next, or what the person sees."""
_IDS = frozenset({"chunk", "document", "proposal"})
_ID = re.compile(r"[0-9a-f]{32}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class _Result(BaseModel):
    """The parts of a result that are shown each in its own way; what else it holds is shown as it is."""

    model_config = ConfigDict(frozen=True, extra="allow")

    text: str = ""
    tables: tuple[Table, ...] = ()
    artifacts: tuple[ToolArtifact, ...] = ()
    files_not_kept: int = 0


@dataclass(frozen=True)
class Shown:
    """A result taken apart.

    Attributes:
        text: what was printed, or a result without parts.
        artifacts: what can be opened and saved: files, then tables.
        lists: rows that the tool gave, shown as tables.
    """

    text: str = ""
    artifacts: tuple[Artifact, ...] = ()
    lists: tuple[Table, ...] = ()
    not_kept: int = 0


def taken_apart(call: ToolCall) -> Shown:
    """The result of a call that is over, without what its arguments said already."""
    result = call.result
    if not isinstance(result, dict):
        return Shown(worded(result))
    try:
        found = _Result.model_validate(result)
    except ValidationError:
        return Shown(worded(result))
    rest = {
        name: value
        for name, value in (found.model_extra or {}).items()
        if name not in _FOR_THE_MODEL and not is_id(name, value) and call.arguments.get(name) != value
    }
    lists = {name: table for name, value in rest.items() if (table := _listed(value)) is not None}
    told = worded({name: value for name, value in rest.items() if name not in lists})
    text = "\n".join(x for x in (found.text.rstrip(), told) if x)
    drawn_first = sorted(found.artifacts, key=lambda file: file.media_type != PICTURE)
    files = tuple(Artifact(call, file.title, file=file) for file in drawn_first)
    many = len(found.tables) > 1
    tables = tuple(
        Artifact(call, f"table-{number}.csv" if many else "table.csv", table=table)
        for number, table in enumerate(found.tables, 1)
    )
    return Shown(text, files + tables, tuple(lists.values()), found.files_not_kept)


def is_id(name: str, value: Any) -> bool:
    """By it Carrel knows a passage, a document or a proposal; to a person it says nothing."""
    return name in _IDS and isinstance(value, str) and _ID.fullmatch(value) is not None


def worded(value: Any) -> str:
    """Names and values as lines, long texts as they are, a single text without its name."""
    if not isinstance(value, dict):
        return _words(value)
    inners = [(name, _words(inner)) for name, inner in value.items() if inner not in ([], {}, "", None)]
    alone = len(inners) == 1 and isinstance(value[inners[0][0]], str)
    return "\n".join(
        words if alone or name in BARE or "\n" in words else f"{_name(name)}: {words}" for name, words in inners
    )


def _name(name: str) -> str:
    return name.replace("_", " ")


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(inner, str | int | float) for inner in value):
        return ", ".join(str(inner) for inner in value)
    return value.rstrip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def _listed(value: Any) -> Table | None:
    """Rows with named, plain values as a table; None for anything else."""
    if not isinstance(value, list) or not value or not all(isinstance(row, dict) and row for row in value):
        return None
    named = dict.fromkeys(name for row in value for name in row)
    columns = [name for name in named if not all(is_id(name, row.get(name)) for row in value)]
    rows = tuple(tuple(_cell(row.get(name)) for name in columns) for row in value)
    if not columns or any(isinstance(cell, list | dict) for row in rows for cell in row):
        return None
    return Table(columns=tuple(_name(str(name)) for name in columns), rows=rows, rows_in_all=len(rows))


def _cell(value: Any) -> Any:
    """``2026-11-30`` as ``30 Nov 2026``; anything else as it is."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        return f"{day.day} {day:%b %Y}"
    return value


def result_views(shown: Shown, room: Toolroom) -> tuple[QWidget, ...]:
    """The parts from the top: charts and files, tables, words, what was not kept."""
    views: list[QWidget] = []
    for artifact in shown.artifacts:
        if artifact.table is not None:
            views.append(TableView(artifact.table, artifact, room))
        else:
            views.append(FileView(artifact, room))
    views += [TableView(table) for table in shown.lists]
    if shown.text:
        views += [Words("Result", "caption", 600, "ink3"), ToolText(shown.text, "Result")]
    if shown.not_kept:
        said = f"{figures.plural(shown.not_kept, 'file')} not kept: too many or too large."
        views.append(Fact("warn", said, "warn", wrap=True))
    return tuple(views)

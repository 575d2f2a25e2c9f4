"""What a tool call gave, below its arguments: words, tables, charts, files. A program wrote it: all of it is plain text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from PySide6.QtWidgets import QWidget

from app.domain.tool import ToolArtifact
from app.ui import figures
from app.ui.chats.tool_file import FileView, Toolroom
from app.ui.chats.tool_table import Table, TableView
from app.ui.parts.layout import block
from app.ui.parts.words import Fact, Words
from app.ui.theme import MONO

MOST_SHOWN = 4000


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
    """

    text: str = ""
    tables: tuple[Table, ...] = ()
    artifacts: tuple[ToolArtifact, ...] = ()
    not_kept: int = 0

    @property
    def rich(self) -> bool:
        """There is more than words."""
        return bool(self.tables or self.artifacts)


def taken_apart(result: Any) -> Shown:
    """``note`` is left out: it tells the model what the person sees."""
    if not isinstance(result, dict):
        return Shown(worded(result))
    try:
        found = _Result.model_validate(result)
    except ValidationError:
        return Shown(worded(result))
    rest = {name: value for name, value in (found.model_extra or {}).items() if name != "note"}
    text = "\n".join(x for x in (found.text.rstrip(), worded(rest) if rest else "") if x)
    return Shown(text, found.tables, found.artifacts, found.files_not_kept)


def worded(value: Any) -> str:
    """Names and values as lines, long texts as they are, a single value without its name; bounded."""
    if isinstance(value, dict) and value:
        inners = [(name, _words(inner)) for name, inner in value.items() if inner not in ([], {}, "", None)]
        lines = [words if len(inners) == 1 or "\n" in words else f"{name}: {words}" for name, words in inners]
        text = "\n".join(lines)
    else:
        text = _words(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + " …"


def _words(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(inner, str | int | float) for inner in value):
        return ", ".join(str(inner) for inner in value)
    return value.rstrip() if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def sunken(untrusted_text: str) -> QWidget:
    """Text of a program, in its own type on its own ground."""
    code = Words(untrusted_text, "small", 400, "ink2", MONO, wrap=True)
    return block(code, name="sunken", margins=(12, 8, 12, 8))


def result_views(shown: Shown, room: Toolroom) -> tuple[QWidget, ...]:
    """The parts from the top: charts and files, tables, words, what was not kept."""
    views: list[QWidget] = [FileView(artifact, room) for artifact in shown.artifacts]
    views += [TableView(table) for table in shown.tables]
    if shown.text:
        views += [Words("Result", "caption", 600, "ink3"), sunken(shown.text)]
    if shown.not_kept:
        said = f"{figures.plural(shown.not_kept, 'file')} not kept: too many or too large."
        views.append(Fact("warn", said, "warn", wrap=True))
    return tuple(views)

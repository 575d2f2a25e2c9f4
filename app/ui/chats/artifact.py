"""What a call left that can be opened and saved: charts, tables and files. Its bytes, its words for the clipboard."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject

from app.bridge.desk import Call
from app.domain.base import Frozen
from app.domain.messages import ToolCall
from app.domain.tool import ToolArtifact, ToolSpec
from app.kernel.errors import Known
from app.ui import figures
from app.ui.chats.remedy import Place

PICTURE = "image/png"
SEPARATED = {"text/csv": ",", "text/tab-separated-values": "\t"}
_ICONS = {PICTURE: "chart"} | dict.fromkeys(SEPARATED, "table")


class Table(Frozen):
    """As the program gave it. ``rows_in_all`` counts those it left out too."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    rows_in_all: int

    def separated(self, by: str) -> str:
        """Its head and its rows, one a line."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=by, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()


@dataclass(frozen=True)
class Artifact:
    """A file a call left, or a table of its result: exactly one of ``file`` and ``table`` is set.

    Attributes:
        title: the name to show and to save under.
    """

    call: ToolCall
    title: str
    file: ToolArtifact | None = None
    table: Table | None = None

    @property
    def icon(self) -> str:
        return "table" if self.file is None else _ICONS.get(self.file.media_type, "documents")

    @property
    def is_picture(self) -> bool:
        return self.file is not None and self.file.media_type == PICTURE

    @property
    def size(self) -> str:
        """How much it is: rows of a table, bytes of a file."""
        if self.table is not None:
            given, whole = len(self.table.rows), self.table.rows_in_all
            return f"{given:,} of {whole:,} rows" if whole > given else figures.plural(given, "row")
        return figures.size(self.file.bytes) if self.file is not None else ""


@dataclass
class Toolroom:
    """What cards of calls need from outside. What is None cannot be done here, and is not offered.

    Attributes:
        fetch: bytes of a kept file by its name in the vault.
        open: shows an artifact large.
        stop: ends the running call of this id.
        go: to where a refused call is allowed: the Tools page, or the scope of the chat.
        specs: of the tools, by name.
        begun: when each running call was first seen, seconds of the monotonic clock: a chat can be left and come back to.
    """

    fetch: Callable[[str], Call[bytes]] | None = None
    open: Callable[[Artifact], object] | None = None
    stop: Callable[[str], object] | None = None
    go: Callable[[Place], object] | None = None
    specs: dict[str, ToolSpec] = field(default_factory=dict)
    begun: dict[str, float] = field(default_factory=dict)

    def read(
        self, artifact: Artifact, done: Callable[[bytes], None], refused: Callable[[Known], None], owner: QObject
    ) -> None:
        """Have the bytes of an artifact, now or later; a table is written as CSV."""
        if artifact.table is not None:
            done(artifact.table.separated(",").encode())
        elif artifact.file is not None and self.fetch is not None:
            self.fetch(artifact.file.artifact).then(done, refused, owner=owner)

    def title(self, tool: str) -> str:
        """``search_documents`` as a person reads it."""
        return self.specs[tool].title if tool in self.specs else figures.as_title(tool)

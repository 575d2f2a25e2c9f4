"""One artifact shown large: a chart that can be enlarged, a whole table, the text of a file."""

from __future__ import annotations

import csv
import io
import re
from itertools import zip_longest
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.kernel.errors import Known
from app.ui.chats.artifact import SEPARATED, Artifact, Table, Toolroom
from app.ui.chats.chart import ChartArea
from app.ui.chats.tool_file import chart_name, picture_of
from app.ui.chats.tool_table import MOST, TableGrid
from app.ui.parts.layout import NONE, STRETCH, Grow, block, clear, column, dress, fill
from app.ui.parts.notes import Empty
from app.ui.parts.plain import PlainText

MOST_BYTES = 2**20
_WIDEST_ROW = 200
_LONGEST_CELL = 2**15
_WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,20})?")


def table_of(untrusted_text: str, by: str) -> Table | None:
    """Separated values as a table; None for a file that is none. At most ``MOST`` rows are read."""
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(untrusted_text), delimiter=by):
            if len(row) > _WIDEST_ROW or len(rows) > MOST:
                break
            if max(map(len, row), default=0) > _LONGEST_CELL:
                return None
            rows.append(tuple(row))
    except csv.Error:
        return None
    if not rows or not rows[0]:
        return None
    columns = [_numbers(column) for column in zip_longest(*rows[1:], fillvalue="")]
    whole = max(len(untrusted_text.splitlines()), len(rows)) - 1
    return Table(columns=rows[0], rows=tuple(zip(*columns, strict=True)), rows_in_all=whole)


def _numbers(column: tuple[str, ...]) -> tuple[Any, ...]:
    """A column as numbers where every cell is one as programs write it; "007" is none."""
    if all(_WHOLE.fullmatch(cell) for cell in column):
        return tuple(int(cell) for cell in column)
    return tuple(float(cell) for cell in column) if all(_NUMBER.fullmatch(cell) for cell in column) else column


class Viewer(QWidget):
    """Signals:
        drawn: the picture of a chart, once it is there.

    Attributes:
        chart: what can be enlarged now, if anything can.
    """

    drawn = Signal(QImage)

    def __init__(self, room: Toolroom) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self._room = room
        self._asked = 0
        self.chart: ChartArea | None = None

    def show_artifact(self, artifact: Artifact | None) -> None:
        """Put it in the place of what was shown; what comes late of an earlier one is left out."""
        self._asked += 1
        self.chart = None
        clear(self)
        if artifact is None:
            return
        if artifact.table is not None:
            self._put(_framed(TableGrid(artifact.table)))
        elif artifact.file is not None and artifact.file.bytes > MOST_BYTES and not artifact.is_picture:
            self._cannot("It is too large to be shown here. It can be saved.")
        else:
            asked = self._asked
            self._room.read(
                artifact,
                lambda data: self._take(artifact, data) if asked == self._asked else None,
                lambda why: self._refused(why) if asked == self._asked else None,
                self,
            )

    def _put(self, view: QWidget) -> None:
        fill(self, Grow(view))

    def _take(self, artifact: Artifact, data: bytes) -> None:
        kind = artifact.file.media_type if artifact.file is not None else ""
        if artifact.is_picture:
            self._draw(artifact, picture_of(data))
        elif kind.startswith("text/") or kind == "application/json":
            text = data.decode(errors="replace")
            table = table_of(text, SEPARATED[kind]) if kind in SEPARATED else None
            view = TableGrid(table) if table is not None else PlainText(text, f"Text of {artifact.title}")
            self._put(_framed(view))
        else:
            self._cannot("A file of this kind is not shown here. It can be saved.")

    def _draw(self, artifact: Artifact, picture: QImage | None) -> None:
        if picture is None:
            self._cannot("This picture cannot be drawn. It can be saved.")
            return
        self.chart = ChartArea(picture, chart_name(artifact, picture))
        self._put(self.chart)
        self.drawn.emit(picture)

    def _refused(self, why: Known) -> None:
        self._cannot(f"{why.message} {why.hint}".strip())

    def _cannot(self, sentence: str) -> None:
        self._put(column(STRETCH, Empty("documents", "Not shown", sentence, ground="clear"), STRETCH))


def _framed(view: QWidget) -> QWidget:
    frame = block(name="card", margins=(1, 1, 1, 1))
    fill(frame, Grow(view))
    return frame

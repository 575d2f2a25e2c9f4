"""A table of a tool's result: its first rows, how many there are in all, and more of them on demand."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QVBoxLayout

from app.domain.base import Frozen
from app.ui import theme
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, dress, fill, row
from app.ui.parts.words import Fact

FIRST = 12
LARGEST = 1e15  # beyond it a number is written with its exponent
ROW, WIDEST = 26, 260
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class Table(Frozen):
    """As the program gave it. ``rows_in_all`` counts those it left out too."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    rows_in_all: int


class _Cells(QAbstractTableModel):
    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table
        self._shown = min(FIRST, len(table.rows))

    def show_all(self) -> None:
        self.beginInsertRows(_ROOT, self._shown, len(self._table.rows) - 1)
        self._shown = len(self._table.rows)
        self.endInsertRows()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else self._shown

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        cells = self._table.rows[index.row()]
        value = cells[index.column()] if index.column() < len(cells) else None
        if role == Qt.ItemDataRole.DisplayRole:
            return _cell(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "" if value is None else str(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(numeric=_is_number(value))
        return None

    def headerData(self, section: int, where: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if where is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return " ".join(self._table.columns[section].split())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            first = self._table.rows[0] if self._table.rows else ()
            return _side(numeric=section < len(first) and _is_number(first[section]))
        return None


class _Grid(QTableView):
    """The transcript scrolls, not its tables; sideways they do where they are wider than it."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if abs(event.angleDelta().x()) > abs(event.angleDelta().y()):
            super().wheelEvent(event)
        else:
            event.ignore()


class TableView(QFrame):
    def __init__(self, table: Table) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", (1, 1, 1, 1), 0)
        self._table = table
        self._cells = _Cells(table)
        self._cells.setParent(self)
        self.grid = _Grid()
        self.grid.setObjectName("result")
        self.grid.setModel(self._cells)
        self.grid.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.grid.setTabKeyNavigation(False)
        self.grid.setShowGrid(False)
        self.grid.setWordWrap(False)
        self.grid.setFrameShape(QFrame.Shape.NoFrame)
        self.grid.verticalHeader().hide()
        self.grid.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.grid.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.grid.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        self._count = Fact("table", "", "ink2")
        self._more = Button(f"Show {len(table.rows):,} rows", "small", pressed=self._show_all)
        self._more.setVisible(len(table.rows) > FIRST)
        fill(self, self.grid, row(self._count, STRETCH, self._more, margins=(12, 6, 8, 6)))
        self.retheme()

    def retheme(self) -> None:
        self.grid.setFont(theme.font("small"))
        self.grid.verticalHeader().setDefaultSectionSize(theme.px(ROW))
        self.grid.horizontalHeader().setFixedHeight(theme.px(ROW + 2))
        self._share()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """Columns as wide as their cells, up to a bound; the room that is left goes to all of them alike."""
        self.grid.resizeColumnsToContents()
        header, columns = self.grid.horizontalHeader(), range(len(self._table.columns))
        wide = [min(header.sectionSize(column), theme.px(WIDEST)) for column in columns]
        left = max(self.width() - 4 - sum(wide), 0) // max(len(wide), 1)
        for column in columns:
            header.resizeSection(column, wide[column] + left)

    def _show_all(self) -> None:
        self._cells.show_all()
        self._more.hide()
        self.grid.setFocus()
        self._fit()

    def _fit(self) -> None:
        shown, whole = self._cells.rowCount(), self._table.rows_in_all
        words = f"{shown:,} of {whole:,} rows" if whole > shown else f"{shown:,} row{'' if shown == 1 else 's'}"
        self._count.words.setText(words)
        self.grid.setAccessibleName(f"Table, {words}, {len(self._table.columns)} columns")
        self.grid.setFixedHeight(theme.px(ROW) * shown + theme.px(ROW + 2) + 10)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and 1 <= abs(value) < LARGEST:
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return " ".join(str(value).split())


def _side(*, numeric: bool) -> int:
    side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
    return (side | Qt.AlignmentFlag.AlignVCenter).value

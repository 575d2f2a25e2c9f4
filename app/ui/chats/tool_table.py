"""A table of a tool's result: its first rows, how many there are in all, and more of them on demand."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView, QVBoxLayout

from app.ui import figures, theme
from app.ui.accessibility import announce
from app.ui.chats.artifact import Artifact, Table, Toolroom
from app.ui.chats.tool_file import ArtifactLine
from app.ui.parts.buttons import Button
from app.ui.parts.layout import STRETCH, dress, fill, row
from app.ui.parts.words import Icon, Words

FIRST = 12
MOST = 10_000
LARGEST = 1e15  # beyond it a number is written with its exponent
ROW, WIDEST = 26, 260
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class _Cells(QAbstractTableModel):
    def __init__(self, table: Table, first: int) -> None:
        super().__init__()
        self._table = table
        self._shown = min(first, len(table.rows))

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


class TableGrid(QTableView):
    """All rows in a place that scrolls; Ctrl+C copies what is chosen."""

    def __init__(self, table: Table, first: int = MOST) -> None:
        super().__init__()
        self._table = table
        self.cells = _Cells(table, first)
        self.cells.setParent(self)
        self.setObjectName("result")
        self.setModel(self.cells)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.verticalHeader().hide()
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        self.retheme()

    def retheme(self) -> None:
        self.setFont(theme.font("small"))
        self.verticalHeader().setDefaultSectionSize(theme.px(ROW))
        self.horizontalHeader().setFixedHeight(theme.px(ROW + 2))
        self._say()
        self._share()

    def rows_shown(self) -> str:
        """How many of how many, in words."""
        shown, whole = self.cells.rowCount(), self._table.rows_in_all
        return f"{shown:,} of {whole:,} rows" if whole > shown else figures.plural(shown, "row")

    def show_all(self) -> None:
        self.cells.show_all()
        self._say()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and self.selectedIndexes():
            QGuiApplication.clipboard().setText(self._chosen())
            announce(self, "Copied")
        else:
            super().keyPressEvent(event)

    def _chosen(self) -> str:
        """What is chosen, as it was given."""
        found = self.selectedIndexes()
        rows = sorted({index.row() for index in found})
        columns = sorted({index.column() for index in found})
        cells = self._table.rows
        return "\n".join(
            "\t".join("" if (cell := cells[at][n : n + 1]) in {(), (None,)} else str(cell[0]) for n in columns)
            for at in rows
        )

    def _say(self) -> None:
        self.setAccessibleName(f"Table, {self.rows_shown()}, {len(self._table.columns)} columns")

    def _share(self) -> None:
        """Columns as wide as their cells, up to a bound; the room that is left goes to all of them alike."""
        self.resizeColumnsToContents()
        header, columns = self.horizontalHeader(), range(len(self._table.columns))
        wide = [min(header.sectionSize(column), theme.px(WIDEST)) for column in columns]
        left = max(self.viewport().width() - 2 - sum(wide), 0) // max(len(wide), 1)
        for column in columns:
            header.resizeSection(column, wide[column] + left)


class _CardGrid(TableGrid):
    """The transcript scrolls, not its tables; sideways they do where they are wider than it."""

    def __init__(self, table: Table) -> None:
        super().__init__(table, FIRST)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._fit()

    def retheme(self) -> None:
        super().retheme()
        self._fit()

    def show_all(self) -> None:
        super().show_all()
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if abs(event.angleDelta().x()) > abs(event.angleDelta().y()):
            super().wheelEvent(event)
        else:
            event.ignore()

    def _fit(self) -> None:
        self.setFixedHeight(theme.px(ROW) * self.cells.rowCount() + theme.px(ROW + 2) + 10)


class TableView(QFrame):
    """A table in a card. What is an ``artifact`` can be opened and saved; any other is only shown."""

    def __init__(self, table: Table, artifact: Artifact | None = None, room: Toolroom | None = None) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card", (1, 1, 1, 1), 0)
        self.grid = _CardGrid(table)
        self._count = Words(self.grid.rows_shown(), "small", 400, "ink2")
        self._more = Button(f"Show {len(table.rows):,} rows", "small", pressed=self._show_all)
        fill(self, self.grid)
        if artifact is not None and room is not None:
            fill(self, ArtifactLine(artifact, room, self._count, self._more))
        else:
            fill(self, row(Icon("table", "ink2", 14), self._count, STRETCH, self._more, margins=(12, 6, 8, 6), space=6))
        self._more.setVisible(len(table.rows) > FIRST)

    def _show_all(self) -> None:
        self.grid.show_all()
        self._count.setText(self.grid.rows_shown())
        self._more.hide()
        self.grid.setFocus()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int | float) and value < 0:
        return f"−{_cell(-value)}"
    if isinstance(value, float) and 1 <= abs(value) < LARGEST:
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:.3g}"
    return " ".join(str(value).split())


def _side(*, numeric: bool) -> int:
    side = Qt.AlignmentFlag.AlignRight if numeric else Qt.AlignmentFlag.AlignLeft
    return (side | Qt.AlignmentFlag.AlignVCenter).value

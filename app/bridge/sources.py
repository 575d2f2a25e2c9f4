"""Sources as a table model that fetches as it is scrolled, and keeps its rows in place while files are read."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from app.bridge.desk import DeskBridge, SourcePage
from app.bridge.outcomes import SourceRow, sentence, verdict
from app.domain.documents import Source

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
PAGE = 200
COLUMNS = ("Source", "Label", "Outcome", "")
_ROOT = QModelIndex()


class SourceTable(QAbstractTableModel):
    """Rows of a collection (None: all) with some outcomes (none: all), in the order of the desk.

    Signals:
        counted: a dict of outcome to number over the whole collection, after each answer of the desk.
        arrived: rows came or went.
    """

    counted = Signal(object)
    arrived = Signal()

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._collection: str | None = None
        self._outcomes: tuple[str, ...] = ()
        self._rows: list[SourceRow] = []
        self._given = False
        self._asked = 0
        self._incoming: list[Source] = []
        self._part = self._offset = self._wanted = 0
        self._fetching = self._replacing = False
        self._reading = ""
        self.total = 0

    @property
    def fetching(self) -> bool:
        """An answer of the desk is on its way."""
        return self._fetching

    # -- what is shown
    def show_sources(self, collection: str | None, outcomes: tuple[str, ...] = ()) -> None:
        """Show another slice, from its beginning."""
        self._collection, self._outcomes, self._given = collection, outcomes, False
        self._set([])
        self.refresh()

    def show_rows(self, rows: tuple[SourceRow, ...]) -> None:
        """Show rows that were found some other way."""
        self._given, self._asked = True, self._asked + 1
        self._fetching = False
        self.total = len(rows)
        self._merge(list(rows))

    def refresh(self) -> None:
        """Fetch again what is shown; rows that stay keep their place."""
        if self._given:
            return
        self._asked += 1
        self._part, self._offset, self._incoming = 0, 0, []
        self._wanted, self._replacing = max(len(self._rows), 1), True
        self._fetch()

    def set_reading(self, collection: str, name: str) -> None:
        """The file being read now; empty when none is."""
        name = name if self._collection in {None, collection} and not self._given and not self._outcomes else ""
        if name == self._reading:
            return
        self._reading = name
        self._merge([row for row in self._rows if row.source is not None])

    def take(self, source: Source) -> bool:
        """A source has a new outcome; False if it has no row here."""
        for at, row in enumerate(self._rows):
            if row.source is not None and row.source.id == source.id:
                self._rows[at] = SourceRow(source.name, source, standing="same" if row.standing else "")
                self.dataChanged.emit(self.index(at, 0), self.index(at, len(COLUMNS) - 1))
                return True
        return False

    def row(self, at: int) -> SourceRow | None:
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def row_of(self, source: str) -> int:
        """-1 if it is not here."""
        for at, row in enumerate(self._rows):
            if row.source is not None and row.source.id == source:
                return at
        return -1

    # -- fetching
    def _fetch(self) -> None:
        self._fetching = True
        asked = self._asked
        outcome = self._outcomes[self._part] if self._outcomes else None
        page = self._bridge.sources(self._collection, outcome, "", self._offset, PAGE)
        page.then(lambda found: self._take(asked, found), owner=self)

    def _take(self, asked: int, page: SourcePage) -> None:
        if asked != self._asked:
            return
        counts = page.counts
        self.total = sum(counts.get(o, 0) for o in self._outcomes) if self._outcomes else page.total
        self._incoming += page.rows
        self._offset += len(page.rows)
        if self._offset >= page.total or not page.rows:
            self._part, self._offset = self._part + 1, 0
        if self._more() and len(self._incoming) < self._wanted:
            self._fetch()
            return
        self._fetching = False
        new = [SourceRow(source.name, source) for source in self._incoming]
        self._incoming = []
        if self._replacing:
            self._replacing = False
            self._merge(new)
        elif new:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._rows += new
            self.endInsertRows()
            self.arrived.emit()
        self.counted.emit(counts)

    def _more(self) -> bool:
        return not self._given and self._part < max(len(self._outcomes), 1)

    def canFetchMore(self, parent: Index = _ROOT) -> bool:
        return not parent.isValid() and not self._fetching and bool(self._rows) and self._more()

    def fetchMore(self, parent: Index = _ROOT) -> None:
        if self.canFetchMore(parent):
            self._wanted = 1
            self._fetch()

    # -- rows
    def _merge(self, rows: list[SourceRow]) -> None:
        """Take up new rows by removing and inserting; whoever stays keeps its index."""
        rows = self._with_reading(rows)
        keys = [_key(row) for row in rows]
        wanted = set(keys)
        stay = [_key(row) for row in self._rows if _key(row) in wanted]
        kept = set(stay)
        if stay != [key for key in keys if key in kept]:
            self._set(rows)
            return
        for at in range(len(self._rows) - 1, -1, -1):
            if _key(self._rows[at]) not in wanted:
                self.beginRemoveRows(QModelIndex(), at, at)
                del self._rows[at]
                self.endRemoveRows()
        at = 0
        while at < len(rows):
            if keys[at] in kept:
                at += 1
                continue
            end = at
            while end < len(rows) and keys[end] not in kept:
                end += 1
            self.beginInsertRows(QModelIndex(), at, end - 1)
            self._rows[at:at] = rows[at:end]
            self.endInsertRows()
            at = end
        before, self._rows = self._rows, rows
        for at, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old is not new and old != new:
                self.dataChanged.emit(self.index(at, 0), self.index(at, len(COLUMNS) - 1))
        self.arrived.emit()

    def _with_reading(self, rows: list[SourceRow]) -> list[SourceRow]:
        if not self._reading:
            return rows
        if not any(row.name == self._reading for row in rows):
            return [SourceRow(self._reading, reading=True), *rows]
        return [
            SourceRow(row.name, row.source, reading=row.name == self._reading, standing=row.standing) for row in rows
        ]

    def _set(self, rows: list[SourceRow]) -> None:
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()
        self.arrived.emit()

    # -- model
    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return f"  {COLUMNS[section]}" if section == 0 else COLUMNS[section]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return COLUMNS[section] or "Remedy"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() == 0:
            return sentence(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return (row.source.path if row.source is not None else row.name) if index.column() == 0 else self._say(row)
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            label = row.source.label.value.capitalize() if row.source is not None else ""
            return (row.name, label, verdict(row).words, verdict(row).remedy_words)[index.column()]
        return None

    def _say(self, row: SourceRow) -> str:
        found = verdict(row)
        return ". ".join(x.rstrip(".") for x in (found.words, found.reason, found.advice) if x) + "."


def _key(row: SourceRow) -> str:
    return row.source.id if row.source is not None else f"\n{row.name}"

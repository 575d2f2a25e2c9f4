"""Where sources lie, as a list: everything, the collections, and what wants checking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.bridge.outcomes import DUPLICATES, NEEDS_YOU
from app.domain.documents import Collection, Label

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()


@dataclass(frozen=True)
class Place:
    """One entry. ``count`` is None where nobody has counted yet."""

    kind: Literal["all", "collection", "needs", "standing", "duplicates"]
    name: str
    icon: str
    collection: str = ""
    label: Label | None = None
    count: int | None = None

    @property
    def outcomes(self) -> tuple[str, ...]:
        return {"needs": NEEDS_YOU, "duplicates": DUPLICATES}.get(self.kind, ())

    @property
    def key(self) -> str:
        return self.collection or self.kind


class PlaceList(QAbstractListModel):
    """Rows are ``Place`` or a heading, which cannot be selected."""

    def __init__(self) -> None:
        super().__init__()
        self._collections: tuple[Collection, ...] = ()
        self._counts: dict[str, int] = {}
        self._standing: int | None = None
        self._rows: list[Place | str] = []
        self._build()

    @property
    def collections(self) -> tuple[Collection, ...]:
        return self._collections

    def show_collections(self, found: tuple[Collection, ...]) -> None:
        self._collections = found
        self._build()

    def show_counts(self, counts: dict[str, int]) -> None:
        """Numbers by outcome over all collections."""
        self._counts = counts
        self._build()

    def show_standing(self, count: int | None) -> None:
        """How many files were found changed or gone; None takes the number away."""
        self._standing = count
        self._build()

    def count(self, outcomes: tuple[str, ...]) -> int:
        return sum(self._counts.get(outcome, 0) for outcome in outcomes)

    @property
    def total(self) -> int:
        return sum(self._counts.values())

    @property
    def waiting(self) -> int:
        """How many need the person."""
        return self.count(NEEDS_YOU)

    def row_of(self, key: str) -> int:
        """-1 if there is no such place any more."""
        for at, row in enumerate(self._rows):
            if isinstance(row, Place) and row.key == key:
                return at
        return -1

    def _build(self) -> None:
        rows: list[Place | str] = [Place("all", "All sources", "documents", count=self.total)]
        if self._collections:
            rows.append("Collections")
        rows += [
            Place("collection", found.name, found.label.value, found.id, found.label, found.sources)
            for found in self._collections
        ]
        if self.total:
            rows.append("Check")
            rows.append(Place("needs", "Needs you", "warn", count=self.count(NEEDS_YOU)))
            rows.append(Place("standing", "Changed or gone", "stale", count=self._standing))
            rows.append(Place("duplicates", "Duplicates", "copyof", count=self.count(DUPLICATES)))
        if rows == self._rows:
            return
        if [_name(row) for row in rows] == [_name(row) for row in self._rows]:
            self._rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if isinstance(row, str):
            return row if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole} else None
        if role == ROW:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return row.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            label = row.label.value if row.label is not None else ""
            many = "" if row.count is None else f"{row.count:,} source{'' if row.count == 1 else 's'}"
            return ", ".join(x for x in (row.name, label, many) if x)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def _name(row: Place | str) -> str:
    return row if isinstance(row, str) else row.key + "\n" + row.name

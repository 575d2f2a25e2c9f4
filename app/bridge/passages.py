"""Passages a search found, as a list."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.domain.documents import Passage

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()


def where(passage: Passage) -> str:
    """Page and heading: ``page 31, 7.3 Carrying leave over``."""
    page = f"page {passage.page + 1}" if passage.page is not None else ""
    heading = passage.heading_path[-1] if passage.heading_path else ""
    return "  ·  ".join(x for x in (page, heading) if x)


class PassageList(QAbstractListModel):
    """Best first."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Passage, ...] = ()

    def show_passages(self, found: tuple[Passage, ...]) -> None:
        self.beginResetModel()
        self._rows = found
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            place = where(row).replace("  ·  ", ", ")
            return ", ".join(x for x in (row.title, place, row.label.value, " ".join(row.text.split())) if x)
        return None

"""The list of chats as an item model: newest first, under headings of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from app.domain.messages import ConversationHead

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_ROOT = QModelIndex()


@dataclass(frozen=True)
class ChatRow:
    """What one row shows. ``scope`` names the collections; ``note`` takes its place while something waits."""

    head: ConversationHead
    scope: str
    when: str
    note: str = ""


def heading(day: date, today: date) -> str:
    """Today, Yesterday, This week, Last week, or the month."""
    age = (today - day).days
    if age <= 0:
        return "Today"
    if age == 1:
        return "Yesterday"
    monday = today - timedelta(days=today.weekday())
    if day >= monday:
        return "This week"
    if day >= monday - timedelta(days=7):
        return "Last week"
    return f"{day:%B}" if day.year == today.year else f"{day:%B %Y}"


def moment(then: datetime, today: date) -> str:
    """A time today or yesterday, a weekday this week and last, else a date."""
    local = then.astimezone()
    age = (today - local.date()).days
    if age <= 1:
        return f"{local:%H:%M}"
    if age < 14:
        return f"{local:%a}"
    return f"{local.day} {local:%b}" if local.year == today.year else f"{local.day} {local:%b %Y}"


class ConversationList(QAbstractListModel):
    """Rows are ``ChatRow`` or a heading, which cannot be selected."""

    def __init__(self) -> None:
        super().__init__()
        self._heads: tuple[ConversationHead, ...] = ()
        self._names: dict[str, str] = {}
        self._notes: dict[str, str] = {}
        self._rows: list[ChatRow | str] = []

    def show_heads(self, heads: tuple[ConversationHead, ...]) -> None:
        self._heads = heads
        self._build()

    def show_names(self, names: dict[str, str]) -> None:
        """Names of the collections, by id."""
        if names != self._names:
            self._names = names
            self._build()

    def set_note(self, conversation: str, note: str) -> None:
        """What a chat waits for or does, in words; empty takes it away."""
        if self._notes.get(conversation, "") == note:
            return
        self._notes[conversation] = note
        self._build()

    def row_of(self, conversation: str) -> int:
        """-1 if it is not listed."""
        for at, row in enumerate(self._rows):
            if isinstance(row, ChatRow) and row.head.id == conversation:
                return at
        return -1

    def heads(self) -> tuple[ConversationHead, ...]:
        return self._heads

    def _build(self) -> None:
        today = datetime.now().astimezone().date()
        rows: list[ChatRow | str] = []
        last = ""
        for head in self._heads:
            group = heading(head.updated.astimezone().date(), today)
            if group != last:
                rows.append(group)
                last = group
            scope = ", ".join(self._names.get(c, "") for c in head.scope.collections if c in self._names)
            scope = scope or ", ".join(Path(path).name for path in (*head.scope.files, *head.scope.folders))
            note = self._notes.get(head.id, "")
            rows.append(ChatRow(head, scope or "No documents", moment(head.updated, today), note))
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if isinstance(row, str):
            shown = {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}
            return row if role in shown else None
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.head.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.head.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(x for x in (row.head.title, row.note or row.scope, row.when) if x)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self._rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

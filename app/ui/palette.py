"""The command palette: a few letters find anything that can be done now."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.ui import theme
from app.ui.actions import Actions, Deed, native_keys
from app.ui.parts.layout import Grow, dress, fill, hr, row
from app.ui.parts.words import Icon, Words

Index = QModelIndex | QPersistentModelIndex
ROWS_SHOWN = 9


def match(letters: str, text: str) -> int | None:
    """How well letters name a text: 0 is best, None not at all. They must occur in order; gaps cost."""
    wanted, words = letters.casefold().replace(" ", ""), text.casefold()
    if not wanted:
        return 0
    if wanted in words.replace(" ", ""):
        return 0 if words.startswith(letters.casefold()) else 1
    at, cost = -1, 2
    for letter in wanted:
        found = words.find(letter, at + 1)
        if found < 0:
            return None
        cost += found - at - 1
        at = found
    return cost


class _Deeds(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Deed] = []

    def show_rows(self, rows: list[Deed]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        deed = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return deed.text
        if role == Qt.ItemDataRole.UserRole:
            return deed
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(x for x in (deed.text, deed.group, native_keys(deed)) if x)
        return None


class _Rows(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, theme.px(32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        deed: Deed = index.data(Qt.ItemDataRole.UserRole)
        box = QRectF(option.rect)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        if on:
            painter.fillRect(box, theme.colour("select"))
        inner = box.adjusted(14, 0, -14, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(theme.colour("ink"))
        painter.setFont(theme.font("ui", 600 if on else 400))
        painter.drawText(inner, middle, deed.text)
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("ink2"))
        keys = native_keys(deed)
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, keys)
        taken = QFontMetricsF(painter.font()).horizontalAdvance(keys) + (12 if keys else 0)
        painter.setPen(theme.colour("ink3"))
        painter.drawText(inner.adjusted(0, 0, -taken, 0), middle | Qt.AlignmentFlag.AlignRight, deed.group)


class CommandPalette(QFrame):
    """Lies over the window while open; gives the focus back where it was."""

    def __init__(self, window: QWidget, actions: Actions) -> None:
        super().__init__(window)
        self._window = window
        dress(self, QVBoxLayout(self), "sheet", (1, 0, 1, 6), 0)
        self.setAccessibleName("Command palette")
        self._actions = actions
        self._model = _Deeds()
        self._before: QWidget | None = None
        self.field = QLineEdit()
        self.field.setObjectName("bare")
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Command")
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setAccessibleName("Commands")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.clicked.connect(self._chosen)
        self._nothing = Words("Nothing by that name. Try fewer letters.", "small", 400, "ink2")
        self._nothing.setContentsMargins(14, 8, 14, 8)
        line = row(
            Icon("search"),
            Grow(self.field),
            Words("Esc closes", "small", 400, "ink3"),
            margins=(14, 4, 12, 4),
            space=10,
        )
        fill(self, line, hr(), 6, Grow(self.list), self._nothing)
        self.hide()

    def open(self) -> None:
        self._before = self._window.window().focusWidget()
        self.field.clear()
        self._filter("")
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Stand in the upper middle of the window as it is now."""
        wide = min(560, self._window.width() - 80)
        self.setGeometry((self._window.width() - wide) // 2, 84, wide, self._height())

    def close_up(self) -> bool:
        """Close; True if it was open."""
        if not self.isVisible():
            return False
        self.hide()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        return True

    def _height(self) -> int:
        rows = min(len(self._model.rows), ROWS_SHOWN)
        return theme.px(32) * max(rows, 1) + theme.px(30) + 24

    def _filter(self, letters: str) -> None:
        scored = [(match(letters, deed.text), at, deed) for at, deed in enumerate(self._actions.offered())]
        kept = sorted((cost, at, deed) for cost, at, deed in scored if cost is not None)
        self._model.show_rows([deed for _, _, deed in kept])
        self.list.setVisible(bool(kept))
        self._nothing.setVisible(not kept)
        if kept:
            self.list.setCurrentIndex(self._model.index(0, 0))
        self.resize(self.width(), self._height())

    def _chosen(self, index: QModelIndex) -> None:
        deed: Deed = index.data(Qt.ItemDataRole.UserRole)
        self.close_up()
        self._actions.do(deed.id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and watched is self.field:
            if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up} and self._model.rows:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                at = (self.list.currentIndex().row() + step) % len(self._model.rows)
                self.list.setCurrentIndex(self._model.index(at, 0))
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                if self.list.currentIndex().isValid():
                    self._chosen(self.list.currentIndex())
                return True
        return super().eventFilter(watched, event)

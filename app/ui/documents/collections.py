"""The list at the left: all sources, collections, checks; storage below."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.bridge.desk import Storage
from app.domain.documents import Collection, Label, Outcome
from app.ui import figures, icons, theme
from app.ui.parts.buttons import IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, head, hr, row
from app.ui.parts.measures import Meter, Share
from app.ui.parts.words import Words

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True)
class Shelf:
    """One line: what is chosen when it is pressed. ``title`` alone is a heading."""

    title: str
    collection: str | None = None
    outcome: Outcome | None = None
    label: Label | None = None
    icon: str = ""
    count: int | None = None

    @property
    def heading(self) -> bool:
        return not self.icon and self.label is None


CHECKS = (
    Shelf("Need a password", outcome=Outcome.NEEDS_PASSWORD, icon="key"),
    Shelf("Pictures without text", outcome=Outcome.NO_TEXT, icon="eye"),
    Shelf("Duplicates", outcome=Outcome.DUPLICATE, icon="copyof"),
    Shelf("Failed", outcome=Outcome.FAILED, icon="warn"),
)


class _Shelves(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Shelf] = []

    def show_rows(self, rows: list[Shelf]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        shelf = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return shelf
        if role == Qt.ItemDataRole.DisplayRole:
            return shelf.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            count = figures.plural(shelf.count, "source") if shelf.count is not None else ""
            label = shelf.label.value if shelf.label is not None else ""
            return ", ".join(x for x in (shelf.title, label, count) if x)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.rows[index.row()].heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class _Rows(QStyledItemDelegate):
    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return QSize(0, theme.px(35))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shelf: Shelf = index.data(Qt.ItemDataRole.UserRole)
        box = QRectF(option.rect)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = Qt.AlignmentFlag.AlignVCenter
        if shelf.heading:
            painter.setFont(theme.font("caption", 600))
            painter.setPen(theme.colour("ink3"))
            painter.drawText(box.adjusted(20, 8, -8, 0), left, shelf.title)
            painter.restore()
            return
        card = box.adjusted(8, 1, -8, 0)
        if on or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("select" if on else "hover"))
            painter.drawRoundedRect(card, 7, 7)
        if on and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), 6, 6)
        name, size = (shelf.label.value, 12) if shelf.label is not None else (shelf.icon, 14)
        tone = name if shelf.label is not None else "ink2"
        picture = icons.pixmap(name, tone, size, painter.device().devicePixelRatioF())
        painter.drawPixmap(int(card.x() + 12), int(box.center().y() - size / 2), picture)
        text = card.adjusted(36, 0, -12, 0)
        count = f"{shelf.count:,}" if shelf.count is not None else ""
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("ink3"))
        painter.drawText(text, left | Qt.AlignmentFlag.AlignRight, count)
        room = text.width() - QFontMetricsF(painter.font()).horizontalAdvance(count) - 8
        painter.setFont(theme.font("ui", 600 if on else 400))
        painter.setPen(theme.colour("ink"))
        painter.drawText(
            text, left, QFontMetricsF(painter.font()).elidedText(shelf.title, Qt.TextElideMode.ElideRight, room)
        )
        painter.restore()


class Shelves(QWidget):
    """Signals:
    chosen: a ``Shelf``.
    new_wanted: a new collection.
    """

    chosen = Signal(object)
    new_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "panel", NONE, 0)
        self._model = _Shelves()
        self._current = Shelf("All sources", icon="documents")
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(_Rows(self.view))
        self.view.setAccessibleName("Collections and checks")
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.selectionModel().currentChanged.connect(self._moved)
        self._free = Words("", "small", 400, "ink2")
        self._meter = Meter(6)
        self._told = Words("", "small", 400, "ink2", wrap=True)
        plus = IconButton("plus", "New collection", tone="ink", size=18, pressed=self.new_wanted.emit)
        top = head(Words("Documents", "head", 600), STRETCH, plus, name="clear", margins=(20, 0, 10, 0))
        title = row(Words("Storage", "small", 500), STRETCH, self._free)
        storage = column(title, self._meter, self._told, margins=(20, 12, 20, 14), space=6)
        fill(self, top, Grow(self.view), hr(), storage)
        self.show_collections(())

    @property
    def current(self) -> Shelf:
        return self._current

    def show_collections(self, collections: tuple[Collection, ...]) -> None:
        total = sum(c.sources for c in collections)
        rows = [Shelf("All sources", icon="documents", count=total)]
        if collections:
            rows.append(Shelf("Collections"))
        rows += [Shelf(c.name, collection=c.id, label=c.label, count=c.sources) for c in collections]
        rows += [Shelf("Check"), *CHECKS]
        self._model.show_rows(rows)
        self.choose(self._current.collection, self._current.outcome)

    def choose(self, collection: str | None, outcome: Outcome | None = None) -> None:
        for at, shelf in enumerate(self._model.rows):
            if not shelf.heading and (shelf.collection, shelf.outcome) == (collection, outcome):
                self._current = shelf
                self.view.setCurrentIndex(self._model.index(at, 0))

    def show_storage(self, storage: Storage) -> None:
        self._free.setText(f"{figures.size(storage.free)} free")
        parts = (("text", storage.text, "ink2"), ("vectors", storage.vectors, "ink3"), ("pages", storage.pages, "edge"))
        total = sum(amount for _, amount, _ in parts)
        words = ", ".join(f"{figures.size(amount)} {name}" for name, amount, _ in parts)
        self._meter.show_shares(max(total * 1.5, 1), tuple(Share(amount, tone) for _, amount, tone in parts), words)
        self._told.setText(words)

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        shelf = now.data(Qt.ItemDataRole.UserRole)
        if isinstance(shelf, Shelf) and not shelf.heading:
            changed = (shelf.collection, shelf.outcome) != (self._current.collection, self._current.outcome)
            self._current = shelf
            if changed:
                self.chosen.emit(shelf)

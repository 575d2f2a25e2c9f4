"""The places on the left: all sources, collections, checks; below them what is stored."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QListView, QVBoxLayout, QWidget

from app.bridge.desk import Storage
from app.bridge.places import ROW, Place, PlaceList
from app.ui import icons, theme
from app.ui.accessibility import give_role
from app.ui.documents.over_bar import OverBar
from app.ui.figures import size
from app.ui.parts.buttons import IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, head, hr, row
from app.ui.parts.measures import Meter, Share
from app.ui.parts.rows import MARGIN, CardRows
from app.ui.parts.words import Words

NO_BREAK = "\u00a0"


class PlaceRows(CardRows[Place]):
    """A heading, or a mark, a name and a number."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Place, ROW, entry=35, heading=32, gap=0.5)

    def draw(self, painter: QPainter, box: QRectF, entry: Place, *, on: bool) -> None:
        mark, tone = (12, entry.label.value) if entry.label is not None else (14, "ink2")
        ratio = painter.device().devicePixelRatio()
        spot = box.topLeft() + QPointF(MARGIN + (16 - mark) / 2 - 1, (box.height() - mark) / 2)
        painter.drawPixmap(spot, icons.pixmap(entry.icon, tone, mark, ratio))
        text = box.adjusted(44, 0, -MARGIN, 0)
        many = "" if entry.count is None else f"{entry.count:,}"
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("ink3"))
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, many)
        text.setRight(text.right() - QFontMetricsF(painter.font()).horizontalAdvance(many) - 8)
        painter.setFont(theme.font("ui", 600 if on else 400))
        painter.setPen(theme.colour("ink"))
        name = QFontMetricsF(painter.font()).elidedText(entry.name, Qt.TextElideMode.ElideRight, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)


class StorageNote(QWidget):
    """What the documents take on the disk, and what it has left."""

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", (20, 12, 20, 14), 6)
        self._free = Words("", "small", 400, "ink2")
        self._meter = Meter(6)
        give_role(self._meter, "meter")
        self._parts = Words("", "small", 400, "ink2", wrap=True)
        fill(self, row(Words("Storage", "small", 500), STRETCH, self._free), self._meter, self._parts)
        self.hide()

    def show_storage(self, storage: Storage) -> None:
        parts = (
            ("text", storage.text, "ink2"),
            ("vectors", storage.vectors, "ink3"),
            ("page pictures", storage.pages, "edge"),
        )
        shown = [part for part in parts if part[1]]
        words = (
            ", ".join(f"{size(number).replace(' ', NO_BREAK)} {name}" for name, number, _ in shown)
            or "Nothing stored yet"
        )
        self._free.setText(f"{size(storage.free)} free")
        self._parts.setText(words)
        used = sum(number for _, number, _ in shown)
        shares = tuple(Share(number, tone) for _, number, tone in shown)
        # Against twice what is used or a hundredth of the disk: a share of a whole disk could not be seen.
        self._meter.show_shares(max(used * 1.5, storage.free / 100), shares, f"Documents take {size(used)}: {words}")
        self.show()


class Places(QWidget):
    """Signals:
    chosen: a ``Place``.
    new_wanted: the plus.
    """

    chosen = Signal(object)
    new_wanted = Signal()

    def __init__(self, model: PlaceList) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "panel", NONE, 0)
        self.setAccessibleName("Collections and checks")
        self._model = model
        self._wanted = "all"
        self.view = QListView()
        self.view.setModel(model)
        self.view.setItemDelegate(PlaceRows(self.view))
        self.view.setAccessibleName("Collections and checks")
        self.view.setMouseTracking(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.bar = OverBar(self.view)
        self.view.selectionModel().currentChanged.connect(self._moved)
        model.modelReset.connect(self._restore)
        self.storage = StorageNote()
        plus = IconButton("plus", "New collection", tone="ink", size=18, pressed=self.new_wanted.emit)
        top = head(Words("Documents", "head", 600), STRETCH, plus, name="clear", margins=(20, 0, 10, 0))
        fill(self, top, Grow(self.view), column(hr(), self.storage))
        self._restore()

    def retheme(self) -> None:
        self.view.doItemsLayout()

    def show_current(self, key: str) -> None:
        self._wanted = key
        self._restore()

    def _restore(self) -> None:
        at = max(self._model.row_of(self._wanted), 0)
        chosen = self.view.selectionModel()
        with QSignalBlocker(chosen):
            chosen.setCurrentIndex(self._model.index(at, 0), QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.view.viewport().update()

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        place = now.data(ROW)
        if isinstance(place, Place) and place.key != self._wanted:
            self._wanted = place.key
            self.chosen.emit(place)

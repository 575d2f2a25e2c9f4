"""Rows of the lists that stand beside a page: headings, and entries that lie on a card when chosen or pointed at."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.ui import theme

Index = QModelIndex | QPersistentModelIndex
Entry = TypeVar("Entry")
MARGIN = 20  # from the side of the list to its words
_CARD, _RADIUS = 8, 7


class CardRows(QStyledItemDelegate, Generic[Entry]):
    """A row whose ``ROW`` role holds an entry is drawn by ``draw``; every other row is a heading.

    Args:
        kind: the type of an entry.
        role: where the model keeps it.
        entry, heading: heights in logical pixels.
        gap: clear pixels above and below a card.
    """

    def __init__(self, parent: QWidget, kind: type[Entry], role: int, *, entry: int, heading: int, gap: float) -> None:
        super().__init__(parent)
        self._kind, self._role, self._gap = kind, role, gap
        self._entry, self._heading = entry, heading

    def draw(self, painter: QPainter, box: QRectF, entry: Entry, *, on: bool) -> None:
        """Paint an entry over its card; ``on``: it is chosen."""
        raise NotImplementedError

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme.px(self._entry if isinstance(index.data(self._role), self._kind) else self._heading))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect)
        entry = index.data(self._role)
        if isinstance(entry, self._kind):
            on = bool(option.state & QStyle.StateFlag.State_Selected)
            self._card(painter, option, box, on=on)
            self.draw(painter, box, entry, on=on)
        else:
            painter.setFont(theme.font("caption", 600))
            painter.setPen(theme.colour("ink3"))
            painter.drawText(box.adjusted(MARGIN, 10, -8, 0), Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.restore()

    def _card(self, painter: QPainter, option: QStyleOptionViewItem, box: QRectF, *, on: bool) -> None:
        card = box.adjusted(_CARD, self._gap, -_CARD, -self._gap)
        painter.setPen(Qt.PenStyle.NoPen)
        if on or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.colour("select" if on else "hover"))
            painter.drawRoundedRect(card, _RADIUS, _RADIUS)
        if on and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.colour("focus"), 2))
            painter.drawRoundedRect(card.adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)

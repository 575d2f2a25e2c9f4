"""Where new files go and how they are labelled: a sheet in the page, in front of nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QVBoxLayout, QWidget

from app.domain.documents import Collection, Label
from app.ui import icons
from app.ui.parts.buttons import Button
from app.ui.parts.choice import label_choice
from app.ui.parts.layout import STRETCH, Grow, dress, fill, row
from app.ui.parts.words import Caption, Elided, Icon, Words

NEW = "New collection…"
_WHO = {
    Label.PUBLIC: "Anyone may see it",
    Label.INTERNAL: "For people inside the organisation",
    Label.CONFIDENTIAL: "Only for who needs it",
}


@dataclass(frozen=True)
class Adding:
    """What the sheet was told. ``collection`` is an id, empty for a new one called ``name``."""

    paths: tuple[Path, ...]
    collection: str
    name: str
    label: Label


class Dropdown(QComboBox):
    """A combo box that shows it is one."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        spot = QPointF(self.width() - 24, (self.height() - 14) / 2)
        QPainter(self).drawPixmap(spot, icons.pixmap("down", "ink2", 14, self.devicePixelRatioF()))


class AddSheet(QFrame):
    """Signals:
    accepted: an ``Adding``.
    cancelled: nothing is added.
    """

    accepted = Signal(object)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "sheet", (18, 14, 18, 14), 10)
        self._paths: tuple[Path, ...] = ()
        self._collections: tuple[Collection, ...] = ()
        self._title = Elided("", "head", 600, middle=True)
        self._place = Dropdown()
        self._place.setAccessibleName("Collection")
        self._place.currentIndexChanged.connect(self._chosen)
        self._name = QLineEdit()
        self._name.setAccessibleName("Name of the new collection")
        self._name.setPlaceholderText("Name of the new collection")
        self._name.textChanged.connect(lambda _text: self._settle())
        self._name.returnPressed.connect(self._accept)
        self.label = label_choice()
        self.label.chosen.connect(lambda _label: self._settle())
        self._who = Elided("", "small", 400, "ink3")
        self._hint = Words("Files are read in place and never changed.", "small", 400, "ink2")
        self._cancel = Button("Cancel", pressed=self.cancelled.emit)
        self._add = Button("Add", "act", pressed=self._accept)
        self._collection_row = row(Caption("Collection", 76), self._place, Grow(self._name), space=8)
        fill(
            self,
            row(Icon("folder", "ink", 18), Grow(self._title), space=8),
            self._collection_row,
            row(Caption("Label", 76), self.label, 4, Grow(self._who), space=8),
            row(self._hint, STRETCH, self._cancel, self._add, space=8),
        )
        self.hide()

    def open(self, paths: tuple[Path, ...], collections: tuple[Collection, ...], current: str) -> None:
        """Ask about ``paths``; without any it only makes a collection."""
        self._paths, self._collections = paths, collections
        self._title.set_text(_about(paths))
        self.setAccessibleName(self._title.text())
        self._hint.setVisible(bool(paths))
        self._add.setText("Add" if paths else "Create")
        with QSignalBlocker(self._place):
            self._place.clear()
            for found in collections if paths else ():
                self._place.addItem(found.name, found.id)
            self._place.addItem(NEW, "")
            at = self._place.findData(current) if current and paths else -1
            self._place.setCurrentIndex(at if at >= 0 else self._place.count() - 1)
        self._place.setVisible(bool(paths) and bool(collections))
        self._name.setText(_usual_name(paths))
        self._chosen()
        self.show()
        first: QWidget = self._place if self._place.isVisibleTo(self) else self._name
        first.setFocus(Qt.FocusReason.PopupFocusReason)
        if first is self._name:
            self._name.selectAll()

    def adding(self) -> Adding:
        chosen = str(self._place.currentData() or "")
        return Adding(self._paths, chosen, "" if chosen else self._name.text().strip(), Label(self.label.value()))

    def _chosen(self) -> None:
        chosen = str(self._place.currentData() or "")
        self._name.setVisible(not chosen)
        for found in self._collections:
            if found.id == chosen:
                self.label.set_value(found.label.value)
        self._settle()

    def _settle(self) -> None:
        now = self.adding()
        self._who.set_text(_WHO[now.label])
        self._add.setEnabled(bool(now.collection or now.name))

    def _accept(self) -> None:
        if self._add.isEnabled():
            self.accepted.emit(self.adding())


def _about(paths: tuple[Path, ...]) -> str:
    if not paths:
        return "New collection"
    if len(paths) == 1:
        return f"Add “{paths[0].name or paths[0]}”"
    return f"Add {len(paths):,} files"


def _usual_name(paths: tuple[Path, ...]) -> str:
    if not paths:
        return ""
    return (paths[0] if paths[0].is_dir() else paths[0].parent).name

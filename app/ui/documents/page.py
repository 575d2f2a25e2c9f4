"""The Documents page: shelves, sources, details; what is being read stands over the list."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QStackedWidget,
    QTableView,
    QWidget,
)

from app.bridge.desk import DeskBridge
from app.bridge.sources import SourceTable
from app.domain.documents import Collection, Label, Outcome, SearchResult
from app.domain.events import ListsChanged, ReadingChanged
from app.domain.messages import Scope
from app.ui import icons, theme
from app.ui.actions import Actions
from app.ui.documents.collections import Shelf, Shelves
from app.ui.documents.details import Details
from app.ui.documents.hits import Hits
from app.ui.documents.naming import NamingRow
from app.ui.documents.outcomes import SHOWN, spoken
from app.ui.documents.progress import RunNote
from app.ui.documents.rows import HEIGHT, SourceRows
from app.ui.figures import plural
from app.ui.files import choose_files, choose_folder
from app.ui.page import Page
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, head, row, vr
from app.ui.parts.notes import Empty
from app.ui.parts.words import Elided, Tag

REFRESH_MS = 700


class DocumentsPage(Page):
    """Signals:
    passage_opened: a ``Passage`` to be shown as evidence.
    note_changed: words for the status line.
    """

    passage_opened = Signal(object)
    note_changed = Signal(str)

    def __init__(self, bridge: DeskBridge, actions: Actions) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "desk", NONE, 0)
        self.setAcceptDrops(True)
        self._bridge, self._actions = bridge, actions
        self._collections: tuple[Collection, ...] = ()
        self._pending: tuple[Path, ...] = ()
        self._details_on, self._width = False, 1440
        self._outcome: Outcome | None = None
        self._note = ""
        self.shelves = Shelves()
        self.model = SourceTable(bridge)
        self.model.speak = spoken
        self.details = Details(bridge)
        self._title = Elided("All sources", "head", 600, grow=False)
        self._tag = Tag(Label.INTERNAL)
        self._tag.hide()
        self.search = QLineEdit()
        self.search.setObjectName("soft")
        self.search.setPlaceholderText("Search without asking")
        self.search.setAccessibleName("Search without asking")
        self.search.setFixedWidth(220)
        self._glass = self.search.addAction(icons.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        add = Button("Add folder…", "act", "plus", pressed=self.add_folder)
        top = head(self._title, 2, self._tag, STRETCH, self.search, add, margins=(20, 0, 18, 0))
        self.run = RunNote()
        self._naming = NamingRow()
        self._chips = row(margins=(20, 0, 20, 10), space=6)
        self._group = QButtonGroup(self)
        self.table = self._make_table()
        self.hits = Hits()
        empty = Empty(
            "documents",
            "No documents yet",
            "Add a folder, or drop files here. They are read on this computer only.",
            "Add folder…",
            self.add_folder,
            action_icon="plus",
        )
        self._stack = QStackedWidget()
        for widget in (self.table, self.hits, column(STRETCH, empty, STRETCH, margins=(60, 0, 60, 60))):
            self._stack.addWidget(widget)
        self._over = column(self._naming, self.run, margins=(20, 14, 20, 12), space=8)
        middle = column(top, self._over, self._chips, Grow(self._stack), name="paper")
        self._rule = vr()
        fill(self, self.shelves, vr(), Grow(middle), self._rule, self.details)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(REFRESH_MS)
        self._settle.timeout.connect(self.refresh)
        self._connect()
        self._bind()
        self._divide()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.model)
        self._rows = SourceRows(table)
        table.setItemDelegate(self._rows)
        table.setShowGrid(False)
        table.setAccessibleName("Sources")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setTabKeyNavigation(False)
        table.setMouseTracking(True)
        table.viewport().installEventFilter(self)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(theme.px(HEIGHT))
        header = table.horizontalHeader()
        header.setFixedHeight(theme.px(28))
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for at, wide in ((1, 112), (2, 262), (3, 116)):
            table.setColumnWidth(at, wide)
        return table

    def _connect(self) -> None:
        bridge = self._bridge
        bridge.lists_changed.connect(self._lists_changed)
        bridge.reading_changed.connect(self._reading)
        self.shelves.chosen.connect(self._choose)
        self.shelves.new_wanted.connect(self.new_collection)
        self.model.counted.connect(self._counted)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self._rows.remedy_pressed.connect(self._again)
        self.details.closed.connect(self.toggle_details)
        self.details.again_wanted.connect(self._again)
        self.search.returnPressed.connect(self._search)
        self.hits.opened.connect(self.passage_opened)
        self.hits.closed.connect(self._back_to_list)
        self.run.pause_wanted.connect(bridge.pause_reading)
        self.run.resume_wanted.connect(bridge.resume_reading)
        self.run.stop_wanted.connect(bridge.stop_reading)
        self._naming.named.connect(self._make_collection)

    def _bind(self) -> None:
        bind = self._actions.bind
        bind("documents.add", self.add_folder)
        bind("documents.add_files", self.add_files)
        bind("documents.collection", self.new_collection)
        bind("details", self.toggle_details)
        bind("documents.again", lambda: self._again(""))
        bind("documents.pause", self.run.toggle)
        bind("documents.delete", self._delete, pane=self.table)

    # -- page
    def panes(self) -> tuple[QWidget, ...]:
        return (self.shelves.view, self.table, self.details)

    def escape(self) -> bool:
        if self._naming.isVisible():
            self._naming.hide()
            return True
        if self._stack.currentIndex() == 1:
            self._back_to_list()
            return True
        if self._details_on:
            self.toggle_details()
            return True
        return False

    def find_here(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def set_width(self, width: int) -> None:
        self._width = width
        self._divide()

    def shown(self) -> None:
        self.refresh()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def note(self) -> str:
        return self._note

    def retheme(self) -> None:
        self._glass.setIcon(icons.icon("search", "ink3"))
        self.table.verticalHeader().setDefaultSectionSize(theme.px(HEIGHT))

    def refresh(self) -> None:
        self._bridge.collections().then(self._take_collections)
        self._bridge.storage().then(self.shelves.show_storage)
        self.model.refresh()

    # -- what arrives
    def _lists_changed(self, event: ListsChanged) -> None:
        if event.what == "collections" and self.isVisible():
            self._settle.start()

    def _reading(self, event: ReadingChanged) -> None:
        progress = event.progress
        self.run.show_progress(progress)
        self._over.setVisible(True)
        self._note = f"{progress.chunks_per_second:.0f} chunks per second" if self.run.running else ""
        self.note_changed.emit(self._note)
        if self.isVisible() and not self._settle.isActive():
            self._settle.start()

    def _take_collections(self, found: tuple[Collection, ...]) -> None:
        self._collections = found
        self.shelves.show_collections(found)
        self._say_title()

    def _counted(self, total: int, counts: dict[str, int]) -> None:
        shelf = self.shelves.current
        everything = sum(counts.values())
        clear(self._chips)
        if self._stack.currentIndex() != 1:
            nothing = everything == 0 and shelf.outcome is None and not self.run.running
            self._stack.setCurrentIndex(2 if nothing else 0)
        if shelf.outcome is None and everything:
            self._chip(f"All {everything:,}", None)
            for outcome in Outcome:
                if counts.get(outcome.value):
                    self._chip(f"{SHOWN[outcome].words.split(',')[0]} {counts[outcome.value]:,}", outcome)
        fill(self._chips, STRETCH)
        self._chips.setVisible(everything > 0 and shelf.outcome is None)
        self._over.setVisible(self.run.running or self._naming.isVisible())
        self.table.setAccessibleName(f"Sources, {plural(total, 'row')}")

    def _chip(self, words: str, outcome: Outcome | None) -> None:
        chip = Button(words, "chip", pressed=lambda: self._filter(outcome))
        chip.setCheckable(True)
        chip.setChecked(outcome == self._outcome)
        self._group.addButton(chip)
        fill(self._chips, chip)

    # -- what the person does
    def _choose(self, shelf: Shelf) -> None:
        self._outcome = None
        self._back_to_list()
        self.model.show_sources(shelf.collection, shelf.outcome.value if shelf.outcome else None, "")
        self._say_title()

    def _filter(self, outcome: Outcome | None) -> None:
        self._outcome = outcome
        self.model.show_sources(self.shelves.current.collection, outcome.value if outcome else None, "")

    def _say_title(self) -> None:
        shelf = self.shelves.current
        self._title.set_text(shelf.title)
        self._tag.setVisible(shelf.label is not None)
        if shelf.label is not None:
            self._tag.set_label(shelf.label)

    def _row_changed(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid():
            source = self.model.source(now.row())
            names = {c.id: c.name for c in self._collections}
            self.details.show_source(source, names.get(source.collection, ""))
            if not self._details_on and self._width >= 1360:
                self._details_on = True
            self._divide()

    def toggle_details(self) -> None:
        self._details_on = not self._details_on and self.table.currentIndex().isValid()
        self._divide()

    def _divide(self) -> None:
        """Shelves 240 (280 from 2000), details 304; below 1360 details cover the shelves."""
        self.shelves.setFixedWidth(280 if self._width >= 2000 else 240 if self._width >= 1360 else 208)
        self.details.setFixedWidth(304)
        self.details.setVisible(self._details_on)
        self._rule.setVisible(self._details_on)
        self.shelves.setVisible(self._width >= 1360 or not self._details_on)
        self.search.setFixedWidth(220 if self._width >= 1100 else 160)

    def add_folder(self) -> None:
        choose_folder(self, "Add a folder", lambda folder: self._add((folder,)))

    def add_files(self) -> None:
        choose_files(self, "Add files", "All files (*)", self._add)

    def _add(self, paths: tuple[Path, ...]) -> None:
        """Into the collection that is chosen, else into a new one named by the person."""
        self._pending = ()
        collection = self.shelves.current.collection
        if collection is None:
            self._pending = paths
            self._naming.ask(paths[0].stem if paths[0].suffix else paths[0].name)
            self._over.show()
            return
        self._bridge.add_documents(paths, collection)

    def new_collection(self) -> None:
        self._pending = ()
        self._naming.ask("")
        self._over.show()

    def _make_collection(self, name: str, label: str) -> None:
        self._bridge.new_collection(name, Label(label)).then(self._made)

    def _made(self, collection: Collection) -> None:
        paths, self._pending = self._pending, ()
        self._collections = (*self._collections, collection)
        self.shelves.show_collections(self._collections)
        self.shelves.choose(collection.id)
        if paths:
            self._bridge.add_documents(paths, collection.id, collection.label)

    def _again(self, source: str) -> None:
        now = self.table.currentIndex()
        wanted = source or (self.model.source(now.row()).id if now.isValid() else "")
        if wanted:
            self._bridge.read_again(wanted)

    def _delete(self) -> None:
        if self.table.currentIndex().isValid():
            self._details_on = True
            self._divide()
            self.details.ask_delete()

    def _search(self) -> None:
        query = self.search.text().strip()
        if not query:
            self._back_to_list()
            return
        chosen = self.shelves.current.collection
        scope = (chosen,) if chosen else tuple(c.id for c in self._collections)
        found = self._bridge.search(query, Scope(collections=scope), 20)
        found.then(lambda result: self._show_hits(query, result), owner=self)

    def _show_hits(self, query: str, found: SearchResult) -> None:
        self.hits.show_result(query, found)
        self._chips.hide()
        self._stack.setCurrentIndex(1)

    def _back_to_list(self) -> None:
        self._stack.setCurrentIndex(0)
        self._chips.setVisible(self.shelves.current.outcome is None)

    # -- mouse
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.table.viewport() and event.type() in {QEvent.Type.MouseMove, QEvent.Type.Leave}:
            position = getattr(event, "position", None)
            row_under = (
                self.table.rowAt(int(position().y())) if event.type() == QEvent.Type.MouseMove and position else -1
            )
            if row_under != self._rows.hovered:
                self._rows.hovered = row_under
                self.table.viewport().update()
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = tuple(Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile())
        if paths:
            self._add(paths)

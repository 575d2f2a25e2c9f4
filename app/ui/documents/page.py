"""The Documents page: places, sources, details; what is being read stands over the list."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.bridge.outcomes import SourceRow
from app.bridge.places import Place, PlaceList
from app.bridge.sources import SourceTable
from app.bridge.standing import StandingCheck
from app.domain.documents import Collection, Passage, SearchResult
from app.domain.events import ListsChanged, ReadingChanged, SourceChanged
from app.ui import theme
from app.ui.accessibility import announce
from app.ui.actions import Actions
from app.ui.documents.add_sheet import AddSheet
from app.ui.documents.adding import Intake, dropped
from app.ui.documents.finding import Search
from app.ui.documents.header import DocumentsHeader
from app.ui.documents.listing import Places
from app.ui.documents.middle import Middle
from app.ui.documents.progress import RunNote, speed
from app.ui.documents.remedies import Remedies
from app.ui.documents.room import Room
from app.ui.documents.side import RightSide
from app.ui.files import choose_files, choose_folder
from app.ui.page import Page
from app.ui.parts.layout import NONE, Grow, column, dress, fill
from app.ui.parts.sides import Sides

LISTING, DETAILS = 240, 304
SETTLE_MS = 700
HERE = ("details", "documents.again", "documents.delete")


class DocumentsPage(Page):
    """Signals:
    note_changed: the sentence at the right of the status line.
    waiting_changed: what waits here, in words, for the rail.
    shown_wanted: something was asked of this page from elsewhere; bring it to the front.
    """

    note_changed = Signal(str)
    waiting_changed = Signal(str)
    shown_wanted = Signal()

    def __init__(self, bridge: DeskBridge, actions: Actions) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self.setAcceptDrops(True)
        self._bridge, self._actions = bridge, actions
        self._place = Place("all", "All sources", "documents")
        self._room = Room(DETAILS)
        self.places = PlaceList()
        self.sources = SourceTable(bridge)
        self.check = StandingCheck(bridge)
        self.finding = Search(bridge)
        self.listing = Places(self.places)
        self.header = DocumentsHeader(self.add_folder, self.add_files)
        self.run = RunNote()
        self.sheet = AddSheet()
        self.intake = Intake(bridge, self.places, self.sheet, self.run)
        self.middle = Middle(self.sources, self.add_folder)
        self.chips, self.table, self.results = self.middle.chips, self.middle.table, self.middle.results
        self.right = RightSide(bridge)
        self.remedies = Remedies(bridge, self.table, self.right, self.run)
        self._over = column(self.sheet, self.run, margins=(20, 14, 20, 0), space=8)
        middle = column(self.header, self._over, Grow(self.middle), name="paper")
        self._sides = Sides(self.listing, middle, self.right)
        fill(self, Grow(self._sides))
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self.refresh)
        self._connect()
        self._bind()
        self._run_changed()
        self._divide()

    # -- wiring
    def _connect(self) -> None:
        bridge = self._bridge
        bridge.lists_changed.connect(self._lists_changed)
        bridge.reading_changed.connect(self._reading_changed)
        bridge.source_changed.connect(self._source_changed)
        self.listing.chosen.connect(self._choose)
        self.listing.new_wanted.connect(self.new_collection)
        self.header.search.entered.connect(self.search)
        self.header.search.left.connect(self.close_results)
        self.run.pause_wanted.connect(bridge.pause_reading)
        self.run.resume_wanted.connect(bridge.resume_reading)
        self.run.stop_wanted.connect(bridge.stop_reading)
        self.run.changed.connect(self._run_changed)
        self.intake.closed.connect(self._sheet_closed)
        self.intake.begun.connect(self._begun)
        self.chips.chosen.connect(self._filter)
        self.sources.counted.connect(self._counted)
        self.sources.arrived.connect(self._say_nothing_or_table)
        self.table.shown.connect(self.right.show_row)
        self.table.picked.connect(self._enable)
        self.table.opened.connect(self._open_details)
        self.right.closed.connect(self.toggle_details)
        self.right.deleted.connect(self._deleted)
        self.remedies.right_wanted.connect(self._show_right)
        self.remedies.details_wanted.connect(self._open_details)
        self.right.details.deletion.closed.connect(self._divide)
        self.finding.found.connect(self._found)
        self.results.opened.connect(self._show_passage)
        self.results.closed.connect(self.close_results)
        self.check.went_on.connect(self.middle.nothing.checking)
        self.check.ended.connect(self._checked)

    def _bind(self) -> None:
        bind = self._actions.bind
        bind("documents.add", self.add_folder)
        bind("documents.add_files", self.add_files)
        bind("documents.collection", self.new_collection)
        bind("details", self.toggle_details)
        bind("documents.again", self.remedies.read_again)
        bind("documents.pause", self.run.toggle)
        bind("documents.delete", self.remedies.delete, pane=self.table)
        self._enable()

    # -- page
    def panes(self) -> tuple[QWidget, ...]:
        return (*((self.listing.view,) if self._room.listing else ()), self.middle.front, self.right)

    def escape(self) -> bool:
        if self.right.leave_deletion():
            self._divide()
        elif self.sheet.isVisible():
            self.intake.cancel()
        elif self._room.over and self._room.details:
            self.toggle_details()
        elif self.middle.finding:
            self.close_results()
        else:
            return False
        return True

    def toggle_list(self) -> None:
        self._room = self._room.with_list(shown=not self._room.listing)
        self._divide()
        if not self._room.listing and not self.middle.front.hasFocus():
            self.middle.front.setFocus(Qt.FocusReason.OtherFocusReason)

    def find_here(self) -> None:
        self.header.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.header.search.selectAll()

    def set_width(self, width: int) -> None:
        self._room = self._room.at_width(width)
        self._divide()

    def shown(self) -> None:
        if not self.places.total:
            self._choose(self._place)
        self.refresh()
        self._enable()
        self.panes()[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._enable()

    def note(self) -> str:
        now = self.run.progress
        return speed(now) if now is not None else ""

    def forget(self) -> None:
        """Show nothing of any document: the vault is shut."""
        self.check.stop()
        self.close_results()
        self.results.model.show_passages(())
        self.right.forget()
        self.places.show_collections(())
        self.places.show_counts({})
        self.sources.show_rows(())

    def refresh(self) -> None:
        """Fetch what this page shows."""
        self._bridge.collections().then(self._take_collections)
        self._bridge.sources(None, None, "", 0, 1).then(lambda page: self._take_counts(page.counts), owner=self)
        self._bridge.storage().then(self.listing.storage.show_storage)
        self.sources.refresh()

    def _divide(self) -> None:
        """Details of nothing beside an empty list would say the same twice."""
        left, right = self._room.sized(theme.px(DETAILS)).sides(theme.px(LISTING))
        nothing = self.middle.currentWidget() is self.middle.nothing and self.right.empty
        self._sides.divide(left, 0 if nothing else right, over=self._room.over)

    def _enable(self) -> None:
        here = self.isVisible()
        chosen = bool(self.table.chosen()) and self.middle.listing
        for deed in HERE:
            self._actions.enable(deed, on=here and (chosen or deed == "details"))
        self._actions.enable("documents.pause", on=self.run.running)

    # -- what arrives
    def _lists_changed(self, event: ListsChanged) -> None:
        if event.what == "collections":
            self._settle.start()

    def _reading_changed(self, event: ReadingChanged) -> None:
        progress = event.progress
        self.run.show_progress(progress)
        self.sources.set_reading(progress.collection, "" if progress.finished or progress.paused else progress.current)
        if not self._settle.isActive():
            self._settle.start()

    def _source_changed(self, event: SourceChanged) -> None:
        self.sources.take(event.source)

    def _run_changed(self) -> None:
        self._over.setVisible(not self.run.isHidden() or not self.sheet.isHidden())
        self._say_nothing_or_table()
        self._enable()
        self.note_changed.emit(self.note())

    def _take_collections(self, found: tuple[Collection, ...]) -> None:
        self.places.show_collections(found)
        self.right.details.show_collections({collection.id: collection.name for collection in found})

    def _take_counts(self, counts: dict[str, int]) -> None:
        self.places.show_counts(counts)
        need = self.places.waiting
        self.waiting_changed.emit(f"{need:,} need{'s' if need == 1 else ''} you" if need else "")
        self._say_nothing_or_table()

    def _counted(self, counts: dict[str, int]) -> None:
        self.chips.show_counts(counts)
        self._say_nothing_or_table()

    def _say_nothing_or_table(self) -> None:
        self.middle.settle(self._place, checking=self.check.running, reading=self.run.running)
        self._divide()

    # -- places and rows
    def _choose(self, place: Place) -> None:
        self._place = place
        self.header.show_place(place)
        self.chips.reset()
        self._leave_results()
        self.right.show_row(None)
        if place.kind == "standing":
            self.check.start()
            self.sources.show_rows(())
        else:
            self.check.stop()
            self.sources.show_sources(place.collection or None, place.outcomes)
        self._say_nothing_or_table()
        self._enable()

    def _checked(self, rows: tuple[SourceRow, ...]) -> None:
        self.places.show_standing(len(rows))
        if self._place.kind == "standing":
            self.sources.show_rows(rows)

    def _filter(self, outcomes: tuple[str, ...]) -> None:
        self.sources.show_sources(self._place.collection or None, outcomes)
        self.right.show_row(None)

    def _open_details(self) -> None:
        self._show_right()
        self._sides.focus_right()

    def _show_right(self) -> None:
        if not self._room.details:
            self.toggle_details()

    def toggle_details(self) -> None:
        self._room = self._room.with_details(shown=not self._room.details)
        self._divide()
        if not self._room.details:
            self.middle.front.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- adding
    def add_folder(self) -> None:
        self.shown_wanted.emit()
        choose_folder(self, "Add a folder", lambda folder: self.offer((folder,)))

    def add_files(self) -> None:
        self.shown_wanted.emit()
        choose_files(self, "Add files", "All files (*)", self.offer)

    def new_collection(self) -> None:
        self.shown_wanted.emit()
        self.offer(())

    def offer(self, paths: tuple[Path, ...]) -> None:
        """Ask where ``paths`` go; without any, what the new collection is called."""
        self.intake.offer(paths, self._place.collection)
        self._over.show()

    def _sheet_closed(self) -> None:
        self._run_changed()
        self.listing.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begun(self, collection: str) -> None:
        at = self.places.row_of(collection)
        if at >= 0:
            self.listing.view.setCurrentIndex(self.places.index(at, 0))
        self._settle.start()

    # -- deleting
    def _deleted(self) -> None:
        self.refresh()
        if self._place.kind == "standing":
            self.check.start()

    # -- searching
    def search(self, words: str) -> None:
        """Passages nearest to ``words`` in the collection on show, else in all."""
        self.finding.look(words, self._place, self.places.collections)

    def _found(self, words: str, place: str, result: SearchResult) -> None:
        self.results.show_result(words, place, result)
        self.middle.show_results()
        self._enable()
        announce(self.results, f"{len(result.hits)} passages found")
        self.results.enter()

    def _show_passage(self, passage: Passage) -> None:
        if self._room.details or not self._room.over:
            self._room = self._room.with_reading(on=True).with_details(shown=True)
        self.right.show_passage(passage)
        self._divide()

    def close_results(self) -> None:
        """Back to the sources."""
        if self.middle.finding:
            self._leave_results()
            self._say_nothing_or_table()
            self.middle.front.setFocus(Qt.FocusReason.OtherFocusReason)

    def _leave_results(self) -> None:
        self.finding.forget()
        self.header.search.clear()
        self.middle.leave_results()
        self.right.show_row(self.table.current())
        self._room = self._room.with_reading(on=False)
        self._divide()

    # -- dropping
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if paths := dropped(event):
            event.acceptProposedAction()
            self.offer(paths)

"""The table of sources. One row is one sentence; Enter opens it, the remedy is a press away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.bridge.outcomes import SourceRow, verdict
from app.bridge.sources import ROW, SourceTable
from app.domain.documents import Source
from app.ui import theme
from app.ui.documents.over_bar import OverBar
from app.ui.documents.rows import HEIGHT, SourceRows, remedy_box
from app.ui.parts.measures import RING_STEP_MS

LABEL, OUTCOME, REMEDY = 112, 262, 128
NARROW = 700
_OUTCOME_COLUMN = 2


class SourcesView(QTableView):
    """Signals:
    picked: other rows are selected now.
    shown: the ``SourceRow`` the keyboard is on, or None.
    opened: it was opened, by Enter or a double click.
    remedy_wanted: a ``SourceRow`` whose remedy was pressed.
    """

    picked = Signal()
    shown = Signal(object)
    opened = Signal()
    remedy_wanted = Signal(object)

    def __init__(self, model: SourceTable) -> None:
        super().__init__()
        self._sources = model
        self._rows = SourceRows(self)
        self.setModel(model)
        self.setItemDelegate(self._rows)
        self.setObjectName("sources")
        self.setAccessibleName("Sources")
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        across = self.horizontalHeader()
        across.setSectionsClickable(False)
        across.setHighlightSections(False)
        across.setMinimumSectionSize(0)
        across.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self._turning: list[int] = []
        self._turn = QTimer(self)
        self._turn.setInterval(RING_STEP_MS)
        self._turn.timeout.connect(self._step)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.selectionModel().selectionChanged.connect(lambda _new, _old: self.picked.emit())
        model.arrived.connect(self._arrived)
        self.bar = OverBar(self, theme.px(28))
        self.retheme()

    def retheme(self) -> None:
        self.verticalHeader().setDefaultSectionSize(theme.px(HEIGHT))
        self.horizontalHeader().setFixedHeight(theme.px(28))
        self.horizontalHeader().setFont(theme.font("caption", 500))
        self._divide()
        self.viewport().update()

    # -- what is chosen
    def current(self) -> SourceRow | None:
        row = self.currentIndex().data(ROW) if self.currentIndex().isValid() else None
        return row if isinstance(row, SourceRow) else None

    def chosen(self) -> tuple[Source, ...]:
        """The selected sources, top to bottom."""
        picked = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        rows = [index.data(ROW) for index in picked]
        return tuple(row.source for row in rows if isinstance(row, SourceRow) and row.source is not None)

    def row_of(self, source: str) -> int:
        """-1 if it is not here."""
        return self._sources.row_of(source)

    def choose(self, at: int) -> None:
        """Put the keyboard on a row."""
        index = self.model().index(at, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(index, flags)
        self.scrollTo(index)

    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        self.shown.emit(now.data(ROW) if now.isValid() else None)

    def _arrived(self) -> None:
        rows = self.model().rowCount()
        self._turning = [at for at in range(min(rows, 400)) if self._row(at).reading]
        reading = bool(self._turning)
        if reading and theme.look().motion and self.isVisible():
            self._turn.start()
        elif not reading:
            self._turn.stop()

    def _row(self, at: int) -> SourceRow:
        row = self.model().index(at, 0).data(ROW)
        return row if isinstance(row, SourceRow) else SourceRow("")

    def _step(self) -> None:
        """Only the cell with the ring is painted again: a table of text is too much for ten times a second."""
        self._rows.step = (self._rows.step + 1) % 12
        for at in self._turning:
            self.viewport().update(self.visualRect(self.model().index(at, _OUTCOME_COLUMN)))

    # -- hands
    def _remedy_at(self, spot: QPoint) -> SourceRow | None:
        index = self.indexAt(spot)
        row = index.data(ROW) if index.isValid() and index.column() == 3 else None
        if not isinstance(row, SourceRow) or not verdict(row).remedy_words:
            return None
        box = remedy_box(QRectF(self.visualRect(index)), verdict(row).remedy_words)
        return row if box.contains(spot) else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        spot = event.position().toPoint()
        self._hover(self.indexAt(spot).row())
        over = self._remedy_at(spot) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        row = self._remedy_at(event.position().toPoint())
        if row is not None and event.button() is Qt.MouseButton.LeftButton:
            self.remedy_wanted.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._remedy_at(event.position().toPoint()) is None:
            self.opened.emit()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._rows.hovered:
            self._rows.hovered = row
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if plain and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.current() is not None:
            self.opened.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Who comes by keyboard finds a row selected."""
        super().focusInEvent(event)
        by_keys = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
        if event.reason() in by_keys and not self.selectionModel().hasSelection() and self.model().rowCount():
            self.choose(max(self.currentIndex().row(), 0))

    # -- room
    def _divide(self) -> None:
        wide = self.viewport().width()
        narrow = wide < theme.px(NARROW)
        label, remedy = theme.px(LABEL if not narrow else 104), theme.px(REMEDY if not narrow else 112)
        outcome = theme.px(OUTCOME if not narrow else 220)
        for column, width in ((1, label), (2, outcome), (3, remedy)):
            self.setColumnWidth(column, width)
        self.setColumnWidth(0, max(wide - label - outcome - remedy, theme.px(150)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._divide()

    def hideEvent(self, event: QHideEvent) -> None:
        self._turn.stop()
        super().hideEvent(event)

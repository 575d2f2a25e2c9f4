"""One source: its first page, what became of it and what to do, the facts, and its way out."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.bridge.outcomes import SourceRow, Standing, verdict
from app.domain.documents import Source
from app.ui import figures
from app.ui.documents.deletion import DeletionNote
from app.ui.documents.first_page import FirstPage
from app.ui.parts.buttons import Button, IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, block, clear, column, dress, fill, head, hr, row
from app.ui.parts.notes import Empty
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Caption, Elided, Fact, Words
from app.ui.theme import MONO, SANS

_STANDING: dict[Standing, tuple[str, str, str]] = {
    "same": ("verified", "Same as the file on disk", "vouch"),
    "changed": ("stale", "Changed since it was read", "warn"),
    "gone": ("stop", "No longer on disk", "warn"),
}


def pair(name: str, value: str, tone: str = "ink", *, mono: bool = False, width: int = 84) -> QWidget:
    """A name and its value; a long value is shortened in the middle and whole in its tooltip."""
    made = Elided(value, "small", 400, tone, MONO if mono else SANS, middle=True)
    made.setAccessibleName(f"{name}: {value}")
    return row(Caption(name, width), Grow(made), space=8)


class Details(QWidget):
    """Signals:
    closed: the person wants it away.
    remedy_wanted: the ``SourceRow`` on show.
    delete_wanted: the same, to be deleted.
    """

    closed = Signal()
    remedy_wanted = Signal(object)
    delete_wanted = Signal()

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self.setAccessibleName("Details")
        self._bridge = bridge
        self._row: SourceRow | None = None
        self._collections: dict[str, str] = {}
        self._name = Elided("Details", "ui", 600, middle=True)
        close = IconButton("close", "Close details", pressed=self.closed.emit)
        self.page = FirstPage(bridge)
        self.deletion = DeletionNote()
        self.deletion.closed.connect(self.deletion.hide)
        self._note = column()
        self._facts = column(space=7)
        self._inner = column(
            self.deletion, self.page, self._note, self._facts, STRETCH, margins=(18, 16, 18, 14), space=14
        )
        self._empty = column(
            STRETCH,
            Empty("documents", "No source is open", "Choose one in the list to see it here.", ground="clear"),
            STRETCH,
            margins=(18, 0, 18, 0),
        )
        self._folder = Button("Open folder", "quiet", "folder", pressed=self.open_folder)
        self._delete = Button("Delete…", "quiet", pressed=self.delete_wanted.emit)
        self._foot = column(hr(), row(self._folder, STRETCH, self._delete, margins=(10, 8, 10, 8)))
        top = head(Grow(self._name), close, margins=(18, 0, 8, 0))
        self._area = Scroll(self._inner)
        fill(self, top, Grow(self._empty), Grow(self._area), self._foot)
        self.show_row(None)

    @property
    def row(self) -> SourceRow | None:
        return self._row

    @property
    def empty(self) -> bool:
        """Neither a source nor a report is on show."""
        return self._row is None and self.deletion.isHidden()

    def show_collections(self, names: dict[str, str]) -> None:
        self._collections = names

    def show_row(self, shown: SourceRow | None) -> None:
        """Show one source; None shows how to choose one. A report of a deletion stays until it is closed."""
        source = shown.source if shown is not None else None
        self._row = shown if source is not None else None
        telling = not self.deletion.isHidden() and not self.deletion.asking
        if self.deletion.asking:
            self.deletion.hide()
        self._empty.setVisible(source is None and not telling)
        self._area.setVisible(source is not None or telling)
        self._foot.setVisible(source is not None)
        self._name.set_text(source.name if source is not None else "Details")
        for part in (self._note, self._facts):
            part.setVisible(source is not None)
        if shown is None or source is None:
            self.page.hide()
            self.page.forget()
            return
        self.page.show_source(source)
        self._say_outcome(shown)
        self._say_facts(source, shown.standing)
        if source.sha256:
            state = self._bridge.source_state(source.id)
            state.then(lambda how: self._stands(source.id, how), lambda _why: None, owner=self)

    def _say_outcome(self, shown: SourceRow) -> None:
        clear(self._note)
        found = verdict(shown)
        self._note.setVisible(found.tone != "vouch")
        if found.tone == "vouch":
            return
        made = block(
            Fact(found.icon or "wait", found.words, found.tone, "ui", 600, size=16),
            Words(found.reason, "small", 400, "ink", wrap=True) if found.reason else None,
            Words(found.advice, "small", 400, "ink2", wrap=True) if found.advice else None,
            name="note",
            margins=(14, 12, 14, 12),
            space=6,
        )
        made.setProperty("tone", found.tone if found.tone in {"warn", "stop"} else "plain")
        made.setAccessibleName(". ".join(x.rstrip(".") for x in (found.words, found.reason, found.advice) if x))
        if found.remedy in {"again", "original", "folder"}:
            words = found.remedy_words
            kind = "act" if found.remedy == "again" else "plain"
            fill(made, row(Button(words, kind, pressed=lambda: self.remedy_wanted.emit(self._row)), STRETCH))
        fill(self._note, made)

    def _say_facts(self, source: Source, standing: Standing) -> None:
        clear(self._facts)
        pages = f", {figures.plural(source.pages, 'page')}" if source.pages else ""
        passages = figures.plural(source.chunks, "passage") if source.chunks else ""
        facts = (
            ("Title", source.title if source.title not in {source.name, Path(source.name).stem} else "", "ink", False),
            ("Collection", self._collections.get(source.collection, ""), "ink", False),
            ("Label", source.label.value.capitalize(), source.label.value, False),
            ("Owner", source.owner, "ink", False),
            ("Read" if source.chunks else "Looked at", figures.minute(source.read_at), "ink", False),
            ("Size", f"{figures.size(source.bytes)}{pages}" if source.bytes else "", "ink", False),
            ("Indexed", passages, "ink", False),
            ("Folder", str(Path(source.path).parent), "ink", False),
            ("SHA-256", source.sha256, "ink", True),
        )
        fill(self._facts, *(pair(name, value, tone, mono=mono) for name, value, tone, mono in facts if value))
        if standing:
            fill(self._facts, self._file_row(standing))

    def _file_row(self, how: Standing) -> QWidget:
        icon, words, tone = _STANDING[how]
        return row(Caption("File", 84), Fact(icon, words, tone), STRETCH, space=8)

    def _stands(self, source: str, how: Standing) -> None:
        shown = self._row
        if shown is None or shown.source is None or shown.source.id != source or shown.standing:
            return
        self._row = SourceRow(shown.name, shown.source, standing=how)
        fill(self._facts, self._file_row(how))
        if how != "same":
            self._say_outcome(self._row)

    def open_folder(self) -> None:
        if self._row is not None and self._row.source is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._row.source.path).parent)))

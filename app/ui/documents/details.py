"""One source: its first page, how reading ended, what is known of it, and what can be done."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.documents import DeletionReport, Outcome, PagePicture, Source
from app.kernel.errors import Known
from app.ui import figures
from app.ui.accessibility import announce
from app.ui.chats.paper import Paper, sheet_of
from app.ui.documents.outcomes import SHOWN, detail
from app.ui.parts.buttons import Button, IconButton
from app.ui.parts.layout import NONE, STRETCH, Grow, block, clear, column, dress, fill, head, hr, row
from app.ui.parts.notes import Note
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Elided, Fact, Words
from app.ui.theme import MONO, SANS

PAPER_WIDTH = 190


def pair(name: str, value: str, tone: str = "ink", *, mono: bool = False, width: int = 84) -> QWidget:
    """A name and its value in a line."""
    caption = Words(name, "small", 400, "ink3")
    caption.setFixedWidth(width)
    shown = Elided(value, "small", 400, tone, MONO if mono else SANS, middle=True)
    return row(caption, Grow(shown), space=8)


class Details(QWidget):
    """Signals:
    closed: away with it.
    again_wanted: id of the source to read again.
    """

    closed = Signal()
    again_wanted = Signal(str)

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self.setAccessibleName("Details")
        self._bridge = bridge
        self._source: Source | None = None
        self._name = Elided("", "ui", 600, middle=True)
        self._paper = Paper()
        self._paper.setFixedSize(PAPER_WIDTH, self._paper.height_for(PAPER_WIDTH))
        self._picture = row(STRETCH, self._paper, STRETCH)
        self._said = column(space=8)
        self._facts = column(space=7)
        body = column(self._picture, self._said, self._facts, STRETCH, margins=(18, 16, 18, 14), space=14)
        top = head(
            Grow(self._name), IconButton("close", "Close details", pressed=self.closed.emit), margins=(18, 0, 8, 0)
        )
        folder = Button("Open folder", "quiet", "folder", pressed=self._open_folder)
        self._again = Button("Read again", "quiet", "stale", pressed=self._read_again)
        self._delete = Button("Delete…", "quiet", pressed=self.ask_delete)
        self._foot = row(folder, self._again, STRETCH, self._delete, margins=(8, 8, 10, 8))
        fill(self, top, Grow(Scroll(body)), hr(), self._foot)

    def show_source(self, source: Source, collection: str) -> None:
        self._source = source
        self._name.set_text(source.name)
        clear(self._said)
        clear(self._facts)
        shown = SHOWN[source.outcome]
        fact = Fact(shown.icon, shown.words, shown.tone, "ui", 600, size=16)
        said = Words(detail(source), "small", 400, "ink2", wrap=True)
        note = block(fact, said, name="note", margins=(14, 12, 14, 12), space=6)
        note.setProperty("tone", shown.tone if shown.tone in {"warn", "stop"} else "plain")
        if source.outcome not in {Outcome.INDEXED, Outcome.UNCHANGED}:
            fill(self._said, note)
        for line in self._lines(source, collection):
            fill(self._facts, line)
        for button in (self._again, self._delete):
            button.setEnabled(True)
        drawn = (
            bool(source.pages)
            and source.kind.lower().lstrip(".") == "pdf"
            and not source.outcome.value.startswith("needs")
        )
        self._picture.setVisible(drawn)
        if drawn:
            self._paper.show_words("")
            wide = round(PAPER_WIDTH * self.devicePixelRatioF())
            picture = self._bridge.page_picture(source.id, 0, wide)
            picture.then(lambda found: self._draw(source.id, found), self._cannot_draw, owner=self)

    def ask_delete(self) -> None:
        """Say what would go; delete only after that."""
        if self._source is None:
            return
        clear(self._said)
        note = Note(
            f"Delete {self._source.name} from Carrel?",
            "Its text, vectors, page pictures and quotes are removed everywhere. The file itself stays where it is.",
            "stop",
        )
        keep = Button("Keep", pressed=self._keep)
        go = Button("Delete", "act", pressed=self._do_delete)
        fill(self._said, note, row(keep, go, STRETCH, space=8))
        keep.setFocus()

    def _keep(self) -> None:
        clear(self._said)

    def _do_delete(self) -> None:
        if self._source is not None:
            source = self._source
            self._bridge.delete_sources((source.id,)).then(
                lambda report: self._deleted(source, report), self._failed, owner=self
            )

    def _deleted(self, source: Source, report: DeletionReport) -> None:
        clear(self._said)
        removed = (
            f"{figures.plural(report.chunks, 'chunk')}, {figures.plural(report.vectors, 'vector')}, "
            f"{figures.plural(report.artifacts, 'page picture')} and {figures.plural(report.quotes, 'quote')} were removed."
        )
        if report.remaining:
            told = f"{removed} A search of every store still found {report.remaining:,}."
            note = Note(f"{source.name} is not wholly gone.", told, "stop")
        else:
            told = f"{removed} A search of every store found nothing left."
            note = Note(f"{source.name} is gone", told, "vouch")
        fill(self._said, note)
        for button in (self._again, self._delete):
            button.setEnabled(False)
        announce(note, note.accessibleName())

    def _failed(self, why: Known) -> None:
        clear(self._said)
        fill(self._said, Note(why.message, why.hint, "stop"))

    def _lines(self, source: Source, collection: str) -> list[QWidget]:
        pages = f", {figures.plural(source.pages, 'page')}" if source.pages else ""
        lines = [
            pair("Collection", collection),
            pair("Label", source.label.value.capitalize(), source.label.value),
            pair("Owner", source.owner) if source.owner else None,
            pair("Read", figures.minute(source.read_at)),
            pair("Size", figures.size(source.bytes) + pages),
            pair("Chunks", f"{source.chunks:,}") if source.chunks else None,
            pair("Folder", str(Path(source.path).parent)),
            pair("SHA-256", source.sha256, mono=True) if source.sha256 else None,
        ]
        return [line for line in lines if line is not None]

    def _draw(self, source: str, picture: PagePicture) -> None:
        if self._source is not None and self._source.id == source:
            self._paper.show_sheet(sheet_of(picture, 0), f"First page of {self._source.name}")
            self._paper.setFixedSize(PAPER_WIDTH, self._paper.height_for(PAPER_WIDTH))

    def _cannot_draw(self, _why: Known) -> None:
        self._picture.hide()

    def _open_folder(self) -> None:
        if self._source is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._source.path).parent)))

    def _read_again(self) -> None:
        if self._source is not None:
            self.again_wanted.emit(self._source.id)

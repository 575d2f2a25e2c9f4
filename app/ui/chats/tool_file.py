"""What a call left, in its card: a chart as a picture; below it the line that opens, copies and saves it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from app.kernel.errors import Known
from app.ui.accessibility import announce
from app.ui.chats.artifact import Artifact, Toolroom
from app.ui.chats.chart import CardChart
from app.ui.files import choose_name
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, Grow, column, dress, fill, row
from app.ui.parts.words import Elided, Icon, Words


def picture_of(data: bytes) -> QImage | None:
    """The picture that untrusted bytes are, or None."""
    picture = QImage()
    return picture if picture.loadFromData(data, "PNG") else None


def chart_name(artifact: Artifact, picture: QImage) -> str:
    """What a screen reader says of a chart."""
    return f"Chart {artifact.title}, {picture.width()} by {picture.height()} pixels"


class ArtifactLine(QWidget):
    """Icon, name and size, then what can be done: Open, Copy, Save as…; how that went is said below.

    Where a name would be cut for them the buttons stand under it.

    Attributes:
        save: the button.
    """

    def __init__(
        self, artifact: Artifact, room: Toolroom, count: QWidget | None = None, more: QWidget | None = None
    ) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self._artifact, self._room = artifact, room
        self._picture: QImage | None = None
        title = artifact.title
        tail = f", {artifact.size}" if artifact.file is not None else ""
        self._name = Elided(title, "small", 400, "ink2", middle=True, tail=tail)
        self.open = Button("Open", "small", name=f"Open {title}", pressed=self._open)
        self.copy = Button("Copy", "small", name=f"Copy {title}", pressed=self.copy_it)
        self.save = Button("Save as…", "small", name=f"Save {title}…", pressed=self.choose)
        self.save.setEnabled(artifact.table is not None or room.fetch is not None)
        self._said = Words("", "small", 400, "ink2", wrap=True)
        self._said.hide()
        mark = Icon(artifact.icon, "ink2", 14)
        self._what = row(mark, Grow(self._name), count, space=6)
        self._deeds = row(more, self.open, self.copy, self.save, space=6)
        line = row(Grow(self._what), self._deeds, margins=(12, 6, 8, 6), space=6)
        self._line = line.layout()
        fill(self, line, row(Grow(self._said), margins=(12, 0, 12, 6)))
        self.open.setVisible(room.open is not None)
        self.copy.setVisible(artifact.table is not None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        if not isinstance(self._line, QBoxLayout):
            return
        margins = self._line.contentsMargins()
        needed = self._what.sizeHint().width() + self._deeds.sizeHint().width() + self._line.spacing()
        beside = needed <= self.width() - margins.left() - margins.right()
        self._line.setDirection(QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom)
        self._line.setAlignment(self._deeds, Qt.AlignmentFlag.AlignRight if not beside else Qt.AlignmentFlag(0))

    def take_picture(self, picture: QImage) -> None:
        """It is this picture: say how large, and let it be copied."""
        self._picture = picture
        self._name.set_tail(f", {picture.width():,} × {picture.height():,} pixels, {self._artifact.size}")
        self.copy.show()
        self._place()

    def copy_it(self) -> None:
        """A picture, or a table as programs of tables take it."""
        if self._picture is not None:
            QGuiApplication.clipboard().setImage(self._picture)
        elif self._artifact.table is not None:
            QGuiApplication.clipboard().setText(self._artifact.table.separated("\t"))
        announce(self, "Copied")

    def choose(self) -> None:
        """Ask where to save it."""
        choose_name(self, f"Save {self._artifact.title}", self._artifact.title, self.save_to)

    def save_to(self, path: Path) -> None:
        """Write it there; how that went is said below its name."""
        self._room.read(self._artifact, lambda data: self._write(path, data), self.refused, self)

    def refused(self, why: Known) -> None:
        self.say(f"{why.message} {why.hint}".strip(), "stop")

    def say(self, words: str, tone: str = "ink2") -> None:
        self._said.setText(words)
        self._said.set_tone(tone)
        self._said.show()
        announce(self, words, at_once=tone == "stop")

    def _open(self) -> None:
        if self._room.open is not None:
            self._room.open(self._artifact)

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.write_bytes(data)
        except OSError as fault:
            self.say(f"Not saved: {fault.strerror or 'the file cannot be written'}. Choose another place.", "stop")
        else:
            self.say(f"Saved as {path.name}.", "vouch")


class FileView(QFrame):
    """A file in a card; a picture is fetched and shown as soon as the view is made.

    Attributes:
        chart: the picture, once it is there.
    """

    def __init__(self, artifact: Artifact, room: Toolroom) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card" if artifact.is_picture else "clear", NONE, 0)
        self._artifact = artifact
        self.chart: CardChart | None = None
        self._place = column(margins=(8, 8, 8, 0))
        self._place.hide()
        self.line = ArtifactLine(artifact, room)
        fill(self, self._place, self.line)
        if artifact.is_picture:
            room.read(artifact, self._draw, self.line.refused, self)

    def _draw(self, data: bytes) -> None:
        picture = picture_of(data)
        if picture is None:
            self.line.say("This picture cannot be drawn. It can be saved.")
            return
        self.chart = CardChart(picture, chart_name(self._artifact, picture))
        fill(self._place, self.chart)
        self._place.show()
        self.line.take_picture(picture)

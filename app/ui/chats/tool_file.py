"""A file that a call left: a chart as a picture, anything else by name; both can be saved where the person says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QPainterPath, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.bridge.desk import Call
from app.domain.tool import ToolArtifact
from app.kernel.errors import Known
from app.ui import figures, theme
from app.ui.accessibility import announce, give_role
from app.ui.files import choose_name
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill, row
from app.ui.parts.words import Elided, Icon, Words

PICTURE = "image/png"
TALLEST = 420
VEIL = 0.09


@dataclass
class Toolroom:
    """What cards of calls need from outside.

    Attributes:
        fetch: bytes of a kept file by its name in the vault; None where nothing can be fetched.
        titles: of the tools, by name, as a person reads them.
    """

    fetch: Callable[[str], Call[bytes]] | None = None
    titles: dict[str, str] = field(default_factory=dict)


class Chart(QWidget):
    """A picture, scaled down to its room and never inverted; in the dark it lies under a thin veil."""

    def __init__(self, picture: QImage, name: str) -> None:
        super().__init__()
        self.picture = picture
        give_role(self, "graphic")
        self.setAccessibleName(name)
        self._place()

    def _scale(self) -> float:
        ratio = min(self.width() / self.picture.width(), theme.px(TALLEST) / self.picture.height())
        return min(ratio, 1.0)

    def _place(self) -> None:
        self.setFixedHeight(max(round(self.picture.height() * self._scale()), 24))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.SmoothPixmapTransform | QPainter.RenderHint.Antialiasing)
        ground = QPainterPath()
        ground.addRoundedRect(QRectF(self.rect()), 7, 7)
        painter.setClipPath(ground)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        wide, high = self.picture.width() * self._scale(), self.picture.height() * self._scale()
        scaled = self.picture.scaled(
            round(wide * self.devicePixelRatioF()),
            round(high * self.devicePixelRatioF()),
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        painter.drawImage(QRectF((self.width() - wide) / 2, 0, wide, high), scaled)
        if theme.look().dark:
            painter.fillRect(self.rect(), theme.colour("#000000", VEIL))


class FileView(QFrame):
    """Name, size and "Save…"; a picture is fetched and shown as soon as the view is made.

    Attributes:
        chart: the picture, once it is there.
    """

    def __init__(self, artifact: ToolArtifact, room: Toolroom) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "card" if artifact.media_type == PICTURE else "clear", NONE, 0)
        self._artifact, self._room = artifact, room
        self.chart: Chart | None = None
        self._place = column(margins=(8, 8, 8, 0))
        self._place.hide()
        icon = {PICTURE: "chart", "text/csv": "table", "text/tab-separated-values": "table"}
        self._name = Elided(artifact.title, "small", 400, "ink2", middle=True, tail=self._size())
        self._copy = Button("Copy", "small", name=f"Copy {artifact.title}", pressed=self._copy_picture)
        self._copy.hide()
        self.save = Button("Save as…", "small", name=f"Save {artifact.title}…", pressed=self._choose)
        self.save.setEnabled(room.fetch is not None)
        mark = Icon(icon.get(artifact.media_type, "documents"), "ink2", 14)
        self._said = Words("", "small", 400, "ink2", wrap=True)
        self._said.hide()
        line = row(mark, Grow(self._name), self._copy, self.save, margins=(12, 6, 8, 6), space=6)
        fill(self, self._place, line, row(self._said, STRETCH, margins=(12, 0, 12, 0)))
        if artifact.media_type == PICTURE and room.fetch is not None:
            room.fetch(artifact.artifact).then(self._draw, self._refused)

    def _size(self, picture: QImage | None = None) -> str:
        pixels = f", {picture.width():,} × {picture.height():,} pixels" if picture is not None else ""
        return f"{pixels}, {figures.size(self._artifact.bytes)}"

    def _draw(self, data: bytes) -> None:
        picture = QImage()
        if not picture.loadFromData(data, "PNG"):
            self._say("This picture cannot be drawn. It can be saved.")
            return
        name = f"Chart {self._artifact.title}, {picture.width()} by {picture.height()} pixels"
        self.chart = Chart(picture, name)
        fill(self._place, self.chart)
        self._place.show()
        self._copy.show()
        self._name.set_tail(self._size(picture))

    def _copy_picture(self) -> None:
        if self.chart is not None:
            QGuiApplication.clipboard().setImage(self.chart.picture)
            announce(self, "Copied")

    def _choose(self) -> None:
        choose_name(self, f"Save {self._artifact.title}", self._artifact.title, self.save_to)

    def save_to(self, path: Path) -> None:
        """Write it there; how that went is said below its name."""
        if self._room.fetch is not None:
            self._room.fetch(self._artifact.artifact).then(
                lambda data: self._write(path, data), self._refused, owner=self
            )

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.write_bytes(data)
        except OSError as fault:
            self._say(f"Not saved: {fault.strerror or 'the file cannot be written'}. Choose another place.", "stop")
        else:
            self._say(f"Saved as {path.name}.", "vouch")

    def _refused(self, why: Known) -> None:
        self._say(f"{why.message} {why.hint}".strip(), "stop")

    def _say(self, words: str, tone: str = "ink2") -> None:
        self._said.setText(words)
        self._said.set_tone(tone)
        self._said.show()
        announce(self, words)

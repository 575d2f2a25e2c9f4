"""Artifacts: what the tools of this chat made, one of them shown large, with how it was made and where to save it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.messages import ToolCall
from app.ui import theme
from app.ui.chats.artifact import Artifact, Toolroom
from app.ui.chats.chat_artifacts import Left
from app.ui.chats.tabs import Tabs
from app.ui.chats.tool_file import ArtifactLine
from app.ui.chats.viewer import Viewer
from app.ui.parts.buttons import IconButton, RowButton
from app.ui.parts.layout import NONE, STRETCH, Grow, clear, column, dress, fill, head, hr, row
from app.ui.parts.notes import Empty
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Elided, Fact, Icon, Words

ROWS_SHOWN, ROW = 4, 34


def made_how(call: ToolCall, room: Toolroom) -> str:
    """What the call could reach, and how long it took of what it had."""
    spec = room.specs.get(call.tool)
    most = f" (at most {spec.timeout_seconds:g} s)" if spec is not None else ""
    where = "in the sandbox, without network" if spec is not None and spec.confined else "without network"
    given = call.arguments.get("files")
    names = ", ".join(str(name) for name in given) if isinstance(given, list) else ""
    read = f", from a copy of {names}" if names else ""
    return f"Made by {room.title(call.tool)} in {call.seconds:.1f} s{most}, {where}{read}."


class ArtifactsPane(QWidget):
    """Signals:
    closed: the person wants it away.

    Attributes:
        tabs: at its head.
        viewer: the one that is open.
        line: its name, Copy and Save as…; None while nothing is open.
    """

    closed = Signal()

    def __init__(self, room: Toolroom) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self.setAccessibleName("Artifacts")
        self._room = room
        self._all: tuple[Left, ...] = ()
        self._open: Left | None = None
        self.tabs = Tabs("Artifacts")
        self.line: ArtifactLine | None = None
        close = IconButton("close", "Close artifacts", pressed=self.closed.emit)
        self._rows = column()
        self._list = Scroll(self._rows)
        self._from = Elided("", "small", 400, "ink2")
        self._fit = Words("Whole", "small", 400, "ink2")
        out = IconButton("zoomout", "Zoom out", pressed=lambda: self.zoom(-1))
        into = IconButton("zoomin", "Zoom in", pressed=lambda: self.zoom(1))
        self._zoom = row(out, self._fit, into, space=6)
        self.viewer = Viewer(room)
        self.viewer.drawn.connect(self._drawn)
        self._how = Fact("sandbox", "", "ink2", wrap=True)
        self._foot = column(margins=(6, 0, 6, 2))
        info = row(Grow(self._from), self._zoom, margins=(18, 6, 14, 6), space=8)
        view = column(Grow(self.viewer), margins=(12, 0, 12, 8))
        how = row(Grow(self._how), margins=(18, 8, 14, 2))
        listing = column(self._list, margins=(8, 8, 8, 6))
        self._body = column(listing, hr(), info, Grow(view), hr(), how, self._foot)
        sentence = "Charts, tables and files that tools make in this chat are shown here, and can be saved."
        self._empty = column(
            STRETCH, Empty("chart", "Nothing was made yet", sentence, ground="clear"), STRETCH, margins=(24, 0, 24, 0)
        )
        top = head(self.tabs, STRETCH, close, margins=(18, 0, 8, 0))
        fill(self, top, Grow(self._empty), Grow(self._body))
        self.show_left(())

    def show_left(self, left: tuple[Left, ...]) -> None:
        """Show these; the one that was open stays so if it is among them, else the last is."""
        self._all = left
        self.tabs.count(len(left))
        self._empty.setVisible(not left)
        self._body.setVisible(bool(left))
        if not left:
            self._show(None)
        elif self._open not in left:
            self.open_new()
        else:
            self._say_rows()

    def open(self, artifact: Artifact) -> None:
        """Show one of them large."""
        found = next((one for one in reversed(self._all) if one.artifact == artifact), None)
        if found is not None and found != self._open:
            self._show(found)

    def open_new(self) -> None:
        """Show what the last call made: its chart if it drew one, else what it left first."""
        if self._all:
            made = [one for one in self._all if one.artifact.call.id == self._all[-1].artifact.call.id]
            self.open(next((one for one in made if one.artifact.is_picture), made[0]).artifact)

    def step(self, by: int) -> None:
        """The next of them, or the one before."""
        if self._open in self._all:
            self._show(self._all[(self._all.index(self._open) + by) % len(self._all)])

    def zoom(self, step: int) -> None:
        if self.viewer.chart is not None:
            self.viewer.chart.zoom_by(step)
            zoom = self.viewer.chart.zoom
            self._fit.setText("Whole" if zoom == 1.0 else f"{zoom:.0%}".replace("%", " %"))

    def save(self) -> None:
        """Ask where the open one is to be saved."""
        if self.line is not None:
            self.line.choose()

    def retheme(self) -> None:
        self._fit_list()

    def _show(self, left: Left | None) -> None:
        self._open = left
        clear(self._foot)
        self.line = None
        self._fit.setText("Whole")
        self._zoom.hide()
        if left is not None:
            self.line = ArtifactLine(left.artifact, Toolroom(fetch=self._room.fetch))
            fill(self._foot, self.line)
            self._from.set_text(f"For “{left.question}”")
            self._how.words.setText(made_how(left.artifact.call, self._room))
        self.viewer.show_artifact(left.artifact if left is not None else None)
        self._say_rows()

    def _drawn(self, picture: QImage) -> None:
        self._zoom.show()
        if self.line is not None:
            self.line.take_picture(picture)

    def _say_rows(self) -> None:
        """The list anew; the keyboard stays where it was in it."""
        held = any(button.hasFocus() for button in self._rows.findChildren(RowButton))
        clear(self._rows)
        for left in self._all:
            button = self._row(left)
            fill(self._rows, button)
            if held and left == self._open:
                button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._fit_list()

    def _fit_list(self) -> None:
        self._list.setFixedHeight(min(len(self._all), ROWS_SHOWN) * theme.px(ROW))

    def _row(self, left: Left) -> RowButton:
        on, artifact = left == self._open, left.artifact
        name = f"{artifact.title}, {artifact.size}, for: {left.question}{', open' if on else ''}"
        return RowButton(
            Icon(artifact.icon, "ink" if on else "ink2"),
            Grow(Elided(artifact.title, "ui", 600 if on else 400, middle=True)),
            Words(artifact.size, "small", 400, "ink2"),
            Icon("eye", "ink" if on else "edge", 14),
            name=name,
            height=ROW,
            margins=(10, 0, 10, 0),
            pressed=lambda: self._show(left),
        )

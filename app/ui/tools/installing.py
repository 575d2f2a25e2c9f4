"""Taking in a tool of one's own: a folder is chosen, tried in the sandbox, and stays off until it was looked at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.desk import DeskBridge
from app.domain.tool import ToolSpec
from app.kernel.errors import Known
from app.ui.accessibility import announce
from app.ui.files import choose_folder
from app.ui.parts.buttons import Button
from app.ui.parts.layout import NONE, STRETCH, clear, column, dress, fill, row
from app.ui.parts.measures import Ring
from app.ui.parts.notes import Note
from app.ui.parts.words import Words


class Installing(QWidget):
    """Signals:
        installed: name of the tool that was taken in.

    Attributes:
        choose: the button.
    """

    installed = Signal(str)

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 8)
        self._bridge = bridge
        self._told = Words("A tool of your own is a folder with a manifest and code.", "small", 400, "ink2")
        self._ring = Ring(14)
        self._held = False
        self.choose = Button("Install…", "small", "plus", pressed=self._choose, name="Install a tool from a folder…")
        self._said = column()
        fill(self, row(self._ring, self._told, STRETCH, self.choose, space=8), self._said)
        self._ring.hide()

    def add(self, folder: Path) -> None:
        """Have a folder checked and taken in; how that went is said here."""
        clear(self._said)
        self._busy(f"Trying {folder.name} in the sandbox")
        self._bridge.add_tool(folder).then(self._added, self._refused)

    def _choose(self) -> None:
        choose_folder(self, "Install a tool", self.add)

    def _busy(self, words: str) -> None:
        held = self.choose.hasFocus()
        self._ring.setVisible(bool(words))
        self._told.setText(words or "A tool of your own is a folder with a manifest and code.")
        self.choose.setEnabled(not words)
        if words:
            self._held = held
        elif self._held:  # a button that is switched off hands the keyboard on
            self._held = False
            self.choose.setFocus()

    def _added(self, tool: ToolSpec) -> None:
        self._say(f"{tool.title} is installed and off.", "Read what it may reach, then switch it on.", "vouch")
        self.installed.emit(tool.name)

    def _refused(self, why: Known) -> None:
        self._say(why.message, why.hint, "stop")

    def _say(self, sentence: str, remedy: str, tone: str) -> None:
        self._busy("")
        wrong = tone == "stop"
        fill(self._said, Note(sentence, remedy, "stop" if wrong else "vouch"))
        announce(self, f"{sentence} {remedy}", at_once=wrong)

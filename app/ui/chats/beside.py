"""What stands beside the transcript: Evidence for what was quoted, Artifacts for what was made."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from app.bridge.chat import OpenChat
from app.bridge.desk import DeskBridge
from app.domain.messages import ConversationHead, Exchange
from app.ui.chats.artifact import Artifact, Toolroom
from app.ui.chats.artifacts import ArtifactsPane
from app.ui.chats.chat_artifacts import ChatArtifacts, Left
from app.ui.chats.evidence import Evidence
from app.ui.chats.tabs import Tabs


class Beside(QStackedWidget):
    """A quote that is opened brings Evidence to the front, something that is made Artifacts.

    Signals:
        closed: the person wants it away.
        wanted: something is shown that the person asked to see: the pane has to be there.
        artifacts_changed: how many there are.
    """

    closed = Signal()
    wanted = Signal()
    artifacts_changed = Signal(int)

    def __init__(self, bridge: DeskBridge, chat: OpenChat, room: Toolroom) -> None:
        super().__init__()
        tabs = Tabs("Evidence")
        self.evidence = Evidence(bridge, tabs)
        self.artifacts = ArtifactsPane(room)
        self._tabs = (tabs, self.artifacts.tabs)
        self.addWidget(self.evidence)
        self.addWidget(self.artifacts)
        for pane in (self.evidence, self.artifacts):
            pane.closed.connect(self.closed)
        for each in self._tabs:
            each.chosen.connect(self.choose)
        self._left = ChatArtifacts(chat)
        self._left.changed.connect(self._changed)
        chat.opened.connect(self._opened)
        self.evidence.quote_shown.connect(lambda _exchange, _number: self.setCurrentWidget(self.evidence))
        room.open = self.open

    def choose(self, name: str) -> None:
        """Bring a pane to the front, the keyboard on its name."""
        panes = {"Evidence": self.evidence, "Artifacts": self.artifacts}
        self.setCurrentWidget(panes[name])
        self._tabs[self.currentIndex()].take_focus()

    def show_artifacts(self) -> None:
        """Bring the artifacts to the front, the keyboard on them."""
        self.wanted.emit()
        self.choose("Artifacts")

    def open(self, artifact: Artifact) -> None:
        """Show one artifact large."""
        self.wanted.emit()
        self.setCurrentWidget(self.artifacts)
        self.artifacts.open(artifact)

    def zoom(self, step: int) -> None:
        """Enlarge what is in front; 0 fits it."""
        if self.currentWidget() is self.artifacts:
            self.artifacts.zoom(step)
        else:
            self.evidence.zoom(step)

    def save(self) -> None:
        """Ask where to save the artifact that is open."""
        self.wanted.emit()
        self.setCurrentWidget(self.artifacts)
        self.artifacts.save()

    def _changed(self, left: tuple[Left, ...], new: bool) -> None:
        self.artifacts.show_left(left)
        self._tabs[0].count(len(left))
        self.artifacts_changed.emit(len(left))
        if new:
            self.artifacts.open_new()
            self.setCurrentWidget(self.artifacts)

    def _opened(self, _head: ConversationHead | None, exchanges: tuple[Exchange, ...]) -> None:
        """A chat with nothing quoted shows what was made in it."""
        quoted = any(e.answer is not None and e.answer.quotes for e in exchanges)
        made = any(e.answer is not None and e.answer.tool_calls for e in exchanges)
        self.setCurrentWidget(self.artifacts if made and not quoted and self.artifacts.line else self.evidence)

"""What the calls of the open chat left, in the order it came. No widgets."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.bridge.chat import OpenChat, RunningTurn, TurnEvent
from app.domain.events import ToolStateChanged
from app.domain.messages import Answer, ConversationHead, Exchange, ToolCall
from app.ui.chats.artifact import Artifact
from app.ui.chats.tool_result import taken_apart


@dataclass(frozen=True)
class Left:
    """An artifact with the question it was made for."""

    artifact: Artifact
    question: str


class ChatArtifacts(QObject):
    """Follows an ``OpenChat``, the turn that runs in it too.

    Signals:
        changed: all of them, as tuple of ``Left``; and whether one has just been made.
    """

    changed = Signal(object, bool)

    def __init__(self, chat: OpenChat) -> None:
        super().__init__()
        self._chat = chat
        self._questions: dict[str, str] = {}
        self._left: dict[str, tuple[Artifact, ...]] = {}
        chat.opened.connect(self._opened)
        chat.started.connect(self._started)
        chat.grown.connect(self._grown)
        chat.ended.connect(self._ended)

    def _opened(self, _head: ConversationHead | None, exchanges: tuple[Exchange, ...]) -> None:
        self._questions = {exchange.id: exchange.question for exchange in exchanges}
        self._left = {e.id: _of(e.answer.tool_calls) for e in exchanges if e.answer is not None}
        self._tell(new=False)

    def _started(self, running: RunningTurn, replaced: str) -> None:
        """What is asked anew goes, with all that came after it."""
        ids = list(self._questions)
        gone = next((ids.index(one) for one in (replaced, running.exchange.id) if one in ids), len(ids))
        for one in ids[gone:]:
            del self._questions[one]
            self._left.pop(one, None)
        self._questions[running.exchange.id] = running.exchange.question
        self._tell(new=False)

    def _grown(self, event: TurnEvent) -> None:
        running = self._chat.running
        if isinstance(event, ToolStateChanged) and event.call.result is not None and running is not None:
            made = _of((event.call,))
            self._left[running.exchange.id] = self._left.get(running.exchange.id, ()) + made
            if made:
                self._tell(new=True)

    def _ended(self, exchange: str, answer: Answer) -> None:
        if exchange in self._questions:
            self._left[exchange] = _of(answer.tool_calls)
            self._tell(new=False)

    def _tell(self, *, new: bool) -> None:
        left = ((one, question) for key, question in self._questions.items() for one in self._left.get(key, ()))
        self.changed.emit(tuple(Left(one, question) for one, question in left), new)


def _of(calls: tuple[ToolCall, ...]) -> tuple[Artifact, ...]:
    return tuple(artifact for call in calls for artifact in taken_apart(call).artifacts)

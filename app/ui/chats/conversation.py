"""The open chat in the middle: its exchanges and the one being written, or an invitation to ask."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.chat import OpenChat, RunningTurn, TurnEvent
from app.domain.messages import Answer, AnswerState, ConversationHead, Exchange
from app.ui.accessibility import announce
from app.ui.chats.artifact import Toolroom
from app.ui.chats.transcript import Transcript
from app.ui.parts.layout import NONE, STRETCH, Grow, column, dress, fill
from app.ui.parts.notes import Empty


class ConversationView(QWidget):
    """Follows an ``OpenChat``; says aloud when an answer begins and how it ends, never its words.

    Attributes:
        transcript: the exchanges.
    """

    def __init__(self, chat: OpenChat, room: Toolroom | None = None) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "clear", NONE, 0)
        self._chat = chat
        self.transcript = Transcript(room)
        invitation = Empty(
            "chats",
            "Ask your documents",
            "The answer shows the passages it stands on, word for word. What no passage says is marked.",
            ground="clear",
        )
        self._blank = column(STRETCH, invitation, STRETCH, STRETCH, margins=(32, 0, 32, 0))
        fill(self, Grow(self.transcript), Grow(self._blank))
        chat.opened.connect(self._opened)
        chat.started.connect(self._started)
        chat.grown.connect(self._grown)
        chat.ended.connect(self._ended)

    def _opened(self, _head: ConversationHead | None, exchanges: tuple[Exchange, ...]) -> None:
        self._show_blank(on=not exchanges)
        self.transcript.show_exchanges(exchanges)
        running = self._chat.running
        for view in self.transcript.views.values():
            if view.exchange.answer is None and (running is None or running.exchange.id != view.exchange.id):
                view.interrupted()

    def _show_blank(self, *, on: bool) -> None:
        self._blank.setVisible(on)
        self.transcript.setVisible(not on)

    def _started(self, running: RunningTurn, replaced: str) -> None:
        self._show_blank(on=False)
        if replaced:
            self.transcript.drop_from(replaced)
        if running.exchange.id in self.transcript.views:
            self.transcript.drop_from(running.exchange.id)
        self.transcript.add(running.exchange).begin()
        self.transcript.follow()
        announce(self.transcript, "Answer begun")

    def _grown(self, event: TurnEvent) -> None:
        last = self.transcript.last()
        if last is not None and last.writing is not None:
            last.writing.take(event)

    def _ended(self, exchange: str, answer: Answer) -> None:
        view = self.transcript.views.get(exchange)
        if view is not None:
            view.finish(answer)
            announce(view, how_it_ended(answer))


def how_it_ended(answer: Answer) -> str:
    """The end of an answer in a sentence."""
    if answer.asked is not None:
        return f"A question to you: {answer.asked.question}"
    match answer.state:
        case AnswerState.STOPPED:
            return "Answer stopped"
        case AnswerState.ABSTAINED:
            return "Your documents do not say"
        case AnswerState.FAILED:
            return (answer.error or {}).get("message", "The answer could not be written.")
        case _:
            count = len(answer.quotes)
            return f"Answer finished with {count} quote{'' if count == 1 else 's'}"

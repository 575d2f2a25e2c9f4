"""Between a quote in the transcript and its page beside it: opening one, walking from one to the next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt

from app.bridge.chat import OpenChat
from app.domain.documents import Passage
from app.domain.messages import Answer, ConversationHead, Exchange
from app.ui.chats.evidence import Evidence
from app.ui.chats.panes import Panes
from app.ui.chats.transcript import Transcript


class QuoteWalk(QObject):
    """Keeps transcript and evidence at the same quote. A chat that is opened and an answer that ends show their first."""

    def __init__(self, chat: OpenChat, transcript: Transcript, evidence: Evidence, panes: Panes) -> None:
        super().__init__()
        self._chat, self._transcript, self._evidence, self._panes = chat, transcript, evidence, panes
        transcript.quote_opened.connect(self._open_quote)
        transcript.passage_opened.connect(self._open_passage)
        evidence.quote_shown.connect(self._tint)
        evidence.file_changed.connect(transcript.file_changed)
        chat.opened.connect(self._opened)
        chat.ended.connect(self._ended)

    def step(self, by: int) -> None:
        """The next quote or the one before, opened, with the keyboard on its button."""
        self._panes.show_evidence()
        self._evidence.step(by)
        for view in self._transcript.views.values():
            for card in view.cards.values():
                if card.property("on") == "true":
                    self._transcript.area.ensureWidgetVisible(card)
                    if not self._panes.room.covered:
                        card.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _opened(self, _head: ConversationHead | None, exchanges: tuple[Exchange, ...]) -> None:
        self._evidence.show_nothing()
        quoted = [e for e in exchanges if e.answer is not None and e.answer.quotes]
        if quoted and quoted[-1].answer is not None:
            self._evidence.show_quote(quoted[-1], quoted[-1].answer.quotes[0].number)

    def _ended(self, exchange: str, answer: Answer) -> None:
        found = self._chat.exchange(exchange)
        if found is not None and answer.quotes:
            self._evidence.show_quote(found, answer.quotes[0].number)

    def _open_quote(self, exchange: str, number: int) -> None:
        found = self._chat.exchange(exchange)
        if found is not None:
            self._panes.show_evidence()
            self._evidence.show_quote(found, number)

    def _open_passage(self, exchange: str, passage: Passage) -> None:
        self._panes.show_evidence()
        self._evidence.show_passage(passage, self._chat.exchange(exchange))

    def _tint(self, exchange: str, number: int) -> None:
        for key, view in self._transcript.views.items():
            view.set_open_quote(number if key == exchange else 0)

"""The chat that is open: its exchanges, the turn that runs in it, the question that waits for an answer. No widgets."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from app.bridge.desk import DeskBridge
from app.chat.clarification import ASK_PERSON
from app.domain.events import PermissionAsked, ToolStateChanged, TurnEnded, TurnPhase, TurnStarted, TurnStreamed
from app.domain.messages import Conversation, ConversationHead, Exchange, Scope
from app.domain.stream import ToolCallStarted
from app.domain.tool import Consent
from app.kernel.errors import Known

TurnEvent = TurnStreamed | TurnPhase | ToolStateChanged
UNTITLED = "New chat"
WAITING = "Waiting for your answer"


@dataclass
class RunningTurn:
    """What a turn has said so far, so that a chat can be left and come back to."""

    turn: str
    exchange: Exchange
    events: list[TurnEvent] = field(default_factory=list)


class OpenChat(QObject):
    """Follows every running turn; shows those of the open chat.

    Signals:
        opened: head (None for a draft), exchanges, as tuple.
        head_changed: the head, or None.
        started: a ``RunningTurn`` of the open chat, and the exchange id it replaces or "".
        grown: a ``TurnEvent`` of the open chat's turn.
        ended: exchange id, ``Answer``.
        running_changed: whether the open chat has a running turn.
        permission_changed: the ``PermissionAsked`` that waits in the open chat, or None.
        waiting_changed: conversation id and what it waits for or does, in words; empty when nothing.
        not_asked: the question that could not be asked, and the ``Known`` why.
    """

    opened = Signal(object, object)
    head_changed = Signal(object)
    started = Signal(object, str)
    grown = Signal(object)
    ended = Signal(str, object)
    running_changed = Signal(bool)
    permission_changed = Signal(object)
    waiting_changed = Signal(str, str)
    not_asked = Signal(str, object)

    def __init__(self, bridge: DeskBridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._head: ConversationHead | None = None
        self._wanted = ""
        self._scope = Scope(documents=False)
        self._exchanges: dict[str, Exchange] = {}
        self._running: dict[str, RunningTurn] = {}
        self._pending: dict[str, PermissionAsked] = {}
        self._replacing = ""
        self._asking = False
        bridge.turn.connect(self._turn)
        bridge.permission_asked.connect(self._asked)

    # -- what is open
    @property
    def head(self) -> ConversationHead | None:
        return self._head

    @property
    def scope(self) -> Scope:
        return self._head.scope if self._head is not None else self._scope

    @property
    def running(self) -> RunningTurn | None:
        """The turn that runs in the open chat."""
        here = self._head.id if self._head is not None else ""
        return next((r for r in self._running.values() if r.exchange.conversation == here), None)

    @property
    def permission(self) -> PermissionAsked | None:
        return self._pending.get(self._head.id) if self._head is not None else None

    def exchange(self, exchange: str) -> Exchange | None:
        return self._exchanges.get(exchange)

    def last(self) -> Exchange | None:
        return next(reversed(self._exchanges.values()), None)

    def open(self, conversation: str) -> None:
        """Fetch a chat and show it; a later wish overtakes an earlier one."""
        self._wanted = conversation
        self._bridge.conversation(conversation).then(self._take)

    def draft(self, scope: Scope) -> None:
        """An empty chat that is made when its first question is asked."""
        self._wanted, self._head, self._scope = "", None, scope
        self._exchanges = {}
        self.opened.emit(None, ())
        self._say_state()

    # -- what is done
    def ask(self, question: str, *, replace: str = "") -> None:
        """Ask in the open chat, making it first if it is a draft. One question at a time."""
        if self._asking or self.running is not None or not question.strip():
            return
        self._asking, self._replacing = True, replace
        if self._head is not None:
            self._send(self._head.id, question)
            return
        made = self._bridge.new_conversation(self._scope)
        made.then(lambda head: self._made(head, question), lambda why: self._refused(question, why), owner=self)

    def go_on(self, exchange: str) -> None:
        """Go on with the last answer, which was cut off."""
        if self._head is not None and self.running is None:
            self._bridge.go_on(self._head.id, exchange)

    def stop(self) -> bool:
        """Stop the running turn; True if there was one."""
        running = self.running
        if running is not None:
            self._bridge.stop(running.turn)
        return running is not None

    def decide(self, request: str, decision: Consent) -> None:
        """Answer the permission question."""
        for conversation, asked in tuple(self._pending.items()):
            if asked.request == request:
                del self._pending[conversation]
                self._bridge.permit(request, decision)
                self.waiting_changed.emit(conversation, "Answering" if self._runs_in(conversation) else "")
        self.permission_changed.emit(self.permission)

    def set_scope(self, scope: Scope) -> None:
        if self._head is None:
            self._scope = scope
            self.head_changed.emit(None)
        else:
            self._bridge.set_scope(self._head.id, scope).then(self._take_head)

    def rename(self, title: str) -> None:
        if self._head is not None and title.strip():
            renamed = self._head.model_copy(update={"title": title.strip()})
            self._bridge.rename_conversation(self._head.id, title.strip()).then(
                lambda _none: self._take_head(renamed), owner=self
            )

    def take_heads(self, heads: tuple[ConversationHead, ...]) -> None:
        """The list was fetched again: the open chat may have a new title."""
        for head in heads:
            if self._head is not None and head.id == self._head.id and head != self._head:
                self._take_head(head)

    # -- what arrives
    def _take(self, conversation: Conversation) -> None:
        if conversation.head.id != self._wanted:
            return
        self._head = conversation.head
        self._exchanges = {exchange.id: exchange for exchange in conversation.exchanges}
        self.opened.emit(self._head, conversation.exchanges)
        running = self.running
        if running is not None:
            self.started.emit(running, running.exchange.id)
            for event in running.events:
                self.grown.emit(event)
        self._say_state()

    def _take_head(self, head: ConversationHead) -> None:
        if self._head is not None and head.id == self._head.id:
            self._head = head
            self.head_changed.emit(head)

    def _made(self, head: ConversationHead, question: str) -> None:
        if not self._wanted:
            self._wanted, self._head = head.id, head
            self.head_changed.emit(head)
        self._send(head.id, question)

    def _send(self, conversation: str, question: str) -> None:
        asked = self._bridge.ask(conversation, question, replace=self._replacing or None)
        asked.then(self._sent, lambda why: self._refused(question, why), owner=self)

    def _sent(self, _turn: str) -> None:
        self._asking = False

    def _refused(self, question: str, why: Known) -> None:
        self._asking, self._replacing = False, ""
        self.not_asked.emit(question, why)

    def _runs_in(self, conversation: str) -> bool:
        return any(r.exchange.conversation == conversation for r in self._running.values())

    def _asked(self, asked: PermissionAsked) -> None:
        self._pending[asked.conversation] = asked
        self.waiting_changed.emit(asked.conversation, WAITING)
        if self._head is not None and asked.conversation == self._head.id:
            self.permission_changed.emit(asked)

    def _turn(self, event: TurnStarted | TurnEvent | TurnEnded) -> None:
        match event:
            case TurnStarted():
                self._start(event)
            case TurnEnded():
                self._end(event)
            case TurnStreamed(event=ToolCallStarted(tool=ASK_PERSON.name)):
                pass  # a question back is no card of a tool: it is shown as what the turn ended with
            case ToolStateChanged(call=call) if call.tool == ASK_PERSON.name:
                pass
            case _:
                running = self._running.get(event.turn)
                if running is not None:
                    running.events.append(event)
                    if self._head is not None and event.conversation == self._head.id:
                        self.grown.emit(event)

    def _start(self, event: TurnStarted) -> None:
        running = RunningTurn(event.turn, event.exchange)
        self._running[event.turn] = running
        conversation = event.exchange.conversation
        self.waiting_changed.emit(conversation, "Answering")
        if self._head is None or conversation != self._head.id:
            return
        replaced, self._replacing = self._replacing, ""
        ids = list(self._exchanges)
        if replaced in ids:
            for gone in ids[ids.index(replaced) :]:
                del self._exchanges[gone]
        self._exchanges[event.exchange.id] = event.exchange
        self.started.emit(running, replaced)
        self.running_changed.emit(True)

    def _end(self, event: TurnEnded) -> None:
        self._running.pop(event.turn, None)
        self._pending.pop(event.conversation, None)
        self.waiting_changed.emit(event.conversation, WAITING if event.answer.asked is not None else "")
        if self._head is None or event.conversation != self._head.id:
            return
        known = self._exchanges.get(event.exchange)
        if known is not None:
            self._exchanges[event.exchange] = known.model_copy(update={"answer": event.answer})
        self.ended.emit(event.exchange, event.answer)
        self._say_state()

    def _say_state(self) -> None:
        self.running_changed.emit(self.running is not None)
        self.permission_changed.emit(self.permission)

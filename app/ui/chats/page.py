"""The Chats page: puts list, transcript, composer and evidence together and says which shortcut does what."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge.chat import OpenChat, RunningTurn
from app.bridge.conversations import ConversationList
from app.bridge.desk import DeskBridge
from app.domain.documents import Collection
from app.domain.events import ListsChanged, PermissionAsked, Problem
from app.domain.messages import Answer, ConversationHead, Exchange
from app.domain.model import ModelCard
from app.domain.tool import ToolSpec
from app.kernel.errors import Known
from app.ui.accessibility import announce
from app.ui.actions import Actions
from app.ui.chats.answer_text import plain
from app.ui.chats.artifact import Toolroom
from app.ui.chats.attaching import Attaching, without_attached
from app.ui.chats.below import Below
from app.ui.chats.beside import Beside
from app.ui.chats.composer import KeepWindowKeys
from app.ui.chats.conversation import ConversationView
from app.ui.chats.deletion import Deletion
from app.ui.chats.header import ChatHeader
from app.ui.chats.listing import Listing
from app.ui.chats.panes import Panes
from app.ui.chats.quotes import QuoteWalk
from app.ui.chats.remedy import Place
from app.ui.chats.scope import usual_scope
from app.ui.chats.scope_keeper import ScopeKeeper
from app.ui.documents.adding import dropped
from app.ui.page import Page
from app.ui.parts.layout import NONE, Grow, column, dress, fill


class ChatsPage(Page):
    """Signals:
    go_to: a place of the rail.
    note_changed: the sentence at the right of the status line.
    """

    go_to = Signal(str)
    note_changed = Signal(str)

    def __init__(self, bridge: DeskBridge, actions: Actions) -> None:
        super().__init__()
        dress(self, QVBoxLayout(self), "desk", NONE, 0)
        self._bridge, self._actions = bridge, actions
        self._editing = ""
        self._note = ""
        self.chat = OpenChat(bridge)
        self._deletion = Deletion(bridge, self.chat)
        self.model = ConversationList()
        self.listing = Listing(self.model)
        self.header = ChatHeader(actions)
        self._toolroom = Toolroom(bridge.artifact, stop=self._stop_call, go=self._go)
        middle = ConversationView(self.chat, self._toolroom)
        self.transcript = middle.transcript
        self.below = Below()
        self.composer = self.below.composer
        self.beside = Beside(bridge, self.chat, self._toolroom)
        self.evidence = self.beside.evidence
        self._scope = ScopeKeeper(self.chat, self.header, self.composer)
        self._attaching = Attaching(self.chat, self.composer.chips)
        self.setAcceptDrops(True)
        self._split = Panes(self.listing, column(self.header, Grow(middle), self.below, name="paper"), self.beside)
        self._quotes = QuoteWalk(self.chat, self.transcript, self.evidence, self._split)
        fill(self, Grow(self._split))
        self._keys = KeepWindowKeys(self)
        self.listing.search.installEventFilter(self._keys)
        self._connect()
        self._bind()
        self.chat.draft(usual_scope(()))

    # -- wiring
    def _connect(self) -> None:
        bridge, chat, script = self._bridge, self.chat, self.transcript
        bridge.lists_changed.connect(self._lists_changed)
        self.listing.chosen.connect(chat.open)
        self.listing.new_wanted.connect(self.new_chat)
        self.listing.searched.connect(self._search)
        self.header.renamed.connect(chat.rename)
        chat.opened.connect(self._opened)
        chat.head_changed.connect(self._head_changed)
        chat.started.connect(self._started)
        chat.ended.connect(self._ended)
        chat.running_changed.connect(self._running_changed)
        chat.permission_changed.connect(self._permission_changed)
        self.below.decided.connect(chat.decide)
        self.below.answered.connect(self.write_question)
        self._deletion.changed.connect(lambda _possible: self._enable())
        chat.waiting_changed.connect(self.model.set_note)
        chat.not_asked.connect(self._not_asked)
        script.copy_wanted.connect(self._copy)
        script.again_wanted.connect(self._ask_again)
        script.edit_wanted.connect(self._edit)
        script.read_again.connect(bridge.read_again)
        script.reply_chosen.connect(chat.ask)
        script.reply_wanted.connect(self.write_question)
        script.go_on_wanted.connect(chat.go_on)
        self.beside.closed.connect(self._split.toggle_evidence)
        self.beside.wanted.connect(self._split.show_evidence)
        self.beside.artifacts_changed.connect(lambda _count: self._enable())
        self.composer.ask_wanted.connect(self.ask)
        self.composer.stop_wanted.connect(chat.stop)
        self.composer.scope_wanted.connect(self.choose_scope)
        self.composer.files_wanted.connect(self.attach_files)
        self.composer.folder_wanted.connect(self.attach_folder)
        self._attaching.problem.connect(bridge.problem)
        self._attaching.removed.connect(self.write_question)
        self.composer.remedy_wanted.connect(lambda: self.go_to.emit("models"))

    def _bind(self) -> None:
        bind = self._actions.bind
        bind("chat.evidence", self._split.toggle_evidence)
        bind("chat.question", self.write_question)
        bind("chat.new", self.new_chat)
        bind("chat.ask", self.ask)
        bind("chat.again", lambda: self._ask_again(""))
        bind("chat.edit", lambda: self._edit(""))
        bind("chat.copy", lambda: self._copy(""))
        bind("quote.next", lambda: self._quotes.step(1))
        bind("quote.previous", lambda: self._quotes.step(-1))
        bind("file.open", self.evidence.open_file)
        bind("zoom.in", lambda: self.beside.zoom(1))
        bind("zoom.out", lambda: self.beside.zoom(-1))
        bind("zoom.fit", lambda: self.beside.zoom(0))
        bind("page.previous", lambda: self.evidence.turn_page(-1), pane=self.evidence)
        bind("page.next", lambda: self.evidence.turn_page(1), pane=self.evidence)
        bind("chat.artifacts", self.beside.show_artifacts)
        bind("artifact.save", self.beside.save)
        bind("chat.scope", self.choose_scope)
        bind("chat.attach", self.attach_files)
        bind("chat.attach_folder", self.attach_folder)
        bind("chat.rename", self._rename)
        bind("chat.delete", self._delete)
        bind("chat.restore", self._deletion.undo)
        bind("permit.once", lambda: self.below.decide("once"))
        bind("permit.chat", lambda: self.below.decide("conversation"))
        bind("permit.deny", lambda: self.below.decide("deny"))
        self._enable()

    # -- page
    def panes(self) -> tuple[QWidget, ...]:
        return (self.listing.view, self.transcript, self.below.pane, self.beside)

    def escape(self) -> bool:
        if self.header.stop_renaming():
            return True
        if self.below.asking:
            self.below.decide("deny")
            return True
        if self.chat.stop():
            return True
        if self._split.room.covered and self._split.room.evidence_shown:
            self._split.toggle_evidence()
            return True
        if self._editing:
            self._editing = ""
            self.composer.set_question("")
            return True
        return False

    def toggle_list(self) -> None:
        self._split.toggle_list()

    def find_here(self) -> None:
        self._split.show_list()
        self.listing.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.listing.search.selectAll()

    def set_width(self, width: int) -> None:
        self._split.set_width(width)
        self.composer.set_room(height=self.height(), compact=self._split.room.narrow)

    def shown(self) -> None:
        self.refresh()
        self.write_question()

    def note(self) -> str:
        return self._note

    def refresh(self) -> None:
        """Fetch the lists this page shows."""
        self._search(self.listing.search.text().strip())
        self._bridge.collections().then(self._take_collections)
        self._bridge.tools().then(self._take_tools)
        self._bridge.models().then(self._take_models)

    # -- lists
    def _lists_changed(self, event: ListsChanged) -> None:
        match event.what:
            case "conversations":
                self._search(self.listing.search.text().strip())
            case "collections":
                self._bridge.collections().then(self._take_collections)
            case "models":
                self._bridge.models().then(self._take_models)
            case "tools":
                self._bridge.tools().then(self._take_tools)

    def _search(self, letters: str) -> None:
        self._bridge.conversations(letters).then(self._take_heads)

    def _take_heads(self, heads: tuple[ConversationHead, ...]) -> None:
        self.model.show_heads(heads)
        self.chat.take_heads(heads)
        self._scope.take_heads(heads)

    def _take_collections(self, found: tuple[Collection, ...]) -> None:
        self.model.show_names({c.id: c.name for c in found})
        self._scope.take_collections(found)

    def _take_tools(self, tools: tuple[ToolSpec, ...]) -> None:
        self._toolroom.specs.update({tool.name: tool for tool in tools})
        self._scope.take_tools(tools)

    def _take_models(self, cards: tuple[ModelCard, ...]) -> None:
        self.composer.set_model(loaded=any(card.in_use for card in cards))

    # -- the open chat
    def new_chat(self) -> None:
        """A draft with the scope of the chat that was open, without what was attached to that."""
        self._editing = ""
        self.chat.draft(without_attached(self.chat.scope))
        self.write_question()

    def _opened(self, head: ConversationHead | None, exchanges: tuple[Exchange, ...]) -> None:
        self.listing.show_current(head.id if head is not None else "")
        self._head_changed(head)
        self._say_context(exchanges[-1].answer if exchanges else None)

    def _head_changed(self, head: ConversationHead | None) -> None:
        if head is not None:
            self.listing.show_current(head.id)
        self._scope.say()
        self._attaching.say()
        self._enable()

    def _started(self, running: RunningTurn, _replaced: str) -> None:
        if self.composer.question() == running.exchange.question.strip():
            self.composer.set_question("")
        self._editing = ""

    def _ended(self, _exchange: str, answer: Answer) -> None:
        self._say_context(answer)
        self._enable()

    def _running_changed(self, running: bool) -> None:
        self.composer.set_running(running=running)
        self._enable()

    def _permission_changed(self, asked: PermissionAsked | None) -> None:
        self.below.show_permission(asked)
        self._enable()

    def _not_asked(self, _question: str, why: Known) -> None:
        self._bridge.problem.emit(Problem(code=why.code, message=why.message, hint=why.hint))
        self.write_question()

    def _say_context(self, answer: Answer | None) -> None:
        usage = answer.usage if answer is not None else None
        used = usage.prompt_tokens + usage.completion_tokens if usage is not None else 0
        known = used > 0 and usage is not None and usage.context_tokens > 0
        self._note = f"Context {used:,} of {usage.context_tokens:,} tokens" if usage is not None and known else ""
        self.note_changed.emit(self._note)

    # -- what the person does
    def ask(self) -> None:
        if self.composer.isVisible() and self.composer.question():
            self.chat.ask(self.composer.question(), replace=self._editing)
        else:
            self.write_question()

    def write_question(self) -> None:
        if self.composer.isVisible():
            self.composer.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _find(self, exchange: str) -> Exchange | None:
        return self.chat.exchange(exchange) if exchange else self.chat.last()

    def _ask_again(self, exchange: str) -> None:
        found = self._find(exchange)
        if found is not None:
            self.chat.ask(found.question, replace=found.id)

    def _edit(self, exchange: str) -> None:
        found = self._find(exchange)
        if found is not None and self.chat.running is None:
            self._editing = found.id
            self.composer.set_question(found.question)
            self.write_question()

    def _copy(self, exchange: str) -> None:
        found = self._find(exchange)
        if found is not None and found.answer is not None:
            QGuiApplication.clipboard().setText(plain(found.answer))
            announce(self, "Copied with quotes")

    def _stop_call(self, call: str) -> None:
        running = self.chat.running
        if running is not None:
            self._bridge.stop_call(running.turn, call)
            self.write_question()

    def _go(self, place: Place) -> None:
        """Where a call that was refused can be allowed."""
        if place == "scope":
            self.choose_scope()
        else:
            self.go_to.emit(place)

    def choose_scope(self) -> None:
        self._scope.choose(self)

    def attach_files(self) -> None:
        if not self.below.asking:
            self._attaching.choose_files(self)

    def attach_folder(self) -> None:
        if not self.below.asking:
            self._attaching.choose_folder(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped(event) and not self.below.asking:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if (paths := dropped(event)) and not self.below.asking:
            event.acceptProposedAction()
            self._attaching.add(paths)

    def _rename(self) -> None:
        if self.chat.head is not None:
            self.header.rename()

    def _delete(self) -> None:
        title = self._deletion.delete()
        if title:
            announce(self, f"{title} deleted. Undo for 30 seconds in the command palette.")
            self._note = "Chat deleted. Undo: Ctrl+K, Undo"
            self.note_changed.emit(self._note)

    def forget(self) -> None:
        """Show nothing of any chat: the vault is shut."""
        self._scope.forget()
        self.model.show_heads(())
        self.composer.set_question("")
        self.chat.draft(usual_scope(()))

    def _enable(self) -> None:
        head, running = self.chat.head, self.chat.running is not None
        last = self.chat.last()
        answered = last is not None and last.answer is not None
        states = {
            "chat.again": last is not None and not running,
            "chat.edit": last is not None and not running,
            "chat.copy": answered,
            "chat.rename": head is not None,
            "chat.delete": head is not None,
            "chat.restore": self._deletion.possible,
            "artifact.save": self.beside.artifacts.line is not None,
            "permit.once": self.below.asking,
            "permit.chat": self.below.asking,
            "permit.deny": self.below.asking,
        }
        for deed, on in states.items():
            self._actions.enable(deed, on=on)

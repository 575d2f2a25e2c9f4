"""The desk as the window sees it: calls that never wait, events as Qt signals on the window's thread."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.bridge.coalescer import Coalescer
from app.bridge.core import Call, CoreThread
from app.domain.audit_verdict import Verdict
from app.domain.documents import Collection, DeletionReport, Label, PagePicture, SameText, SearchResult, Source
from app.domain.events import (
    AdmissionChanged,
    Event,
    ListsChanged,
    PermissionAsked,
    Problem,
    ReadingChanged,
    SourceChanged,
    Status,
    StatusChanged,
    ToolStateChanged,
    TurnEnded,
    TurnPhase,
    TurnStarted,
    TurnStreamed,
)
from app.domain.messages import Conversation, ConversationHead, Scope
from app.domain.metrics import Metrics
from app.domain.model import ModelCard
from app.domain.record import AuditEvent, Record
from app.domain.tool import Consent, StandingConsent, ToolSpec, ToolSwitches
from app.kernel.errors import Known
from app.services.desk import Desk, SetupState, SourcePage, Storage

__all__ = ["Call", "DeskBridge", "SetupState", "SourcePage", "Storage"]


class DeskBridge(QObject):
    """A ``Desk`` for widgets. Every method starts the work on the core thread and returns its ``Call``.

    Signals:
        turn: anything about a running turn, in the order it happened.
        permission_asked, reading_changed, source_changed, admission_changed, lists_changed, status_changed: the event.
        problem: a failure nobody was waiting for, as ``Problem``.
    """

    turn = Signal(object)
    permission_asked = Signal(object)
    reading_changed = Signal(object)
    source_changed = Signal(object)
    admission_changed = Signal(object)
    lists_changed = Signal(object)
    status_changed = Signal(object)
    problem = Signal(object)

    def __init__(self, core: CoreThread, desk: Desk) -> None:
        super().__init__()
        self._core = core
        self._desk = desk
        core.unhandled = self._unhandled
        coalescer = Coalescer(lambda batch: core.post(lambda: self._deliver(batch)))
        core.call(self._watch(coalescer))

    async def _watch(self, coalescer: Coalescer) -> None:
        self._desk.watch(coalescer.put)

    def _deliver(self, batch: tuple[Event, ...]) -> None:
        for event in batch:
            match event:
                case TurnStarted() | TurnStreamed() | TurnPhase() | ToolStateChanged() | TurnEnded():
                    self.turn.emit(event)
                case PermissionAsked():
                    self.permission_asked.emit(event)
                case ReadingChanged():
                    self.reading_changed.emit(event)
                case SourceChanged():
                    self.source_changed.emit(event)
                case AdmissionChanged():
                    self.admission_changed.emit(event)
                case ListsChanged():
                    self.lists_changed.emit(event)
                case StatusChanged():
                    self.status_changed.emit(event)
                case Problem():
                    self.problem.emit(event)

    def _unhandled(self, problem: Known) -> None:
        self.problem.emit(Problem(code=problem.code, message=problem.message, hint=problem.hint))

    # -- first run
    def status(self) -> Call[Status]:
        return self._core.call(self._desk.status())

    def setup(self) -> Call[SetupState]:
        return self._core.call(self._desk.setup())

    def create_key(self, passphrase: str | None) -> Call[None]:
        return self._core.call(self._desk.create_key(passphrase))

    def unlock(self, passphrase: str | None) -> Call[None]:
        return self._core.call(self._desk.unlock(passphrase))

    def lock(self) -> Call[None]:
        return self._core.call(self._desk.lock())

    def finish_setup(self) -> Call[None]:
        return self._core.call(self._desk.finish_setup())

    # -- conversations
    def conversations(self, search: str = "") -> Call[tuple[ConversationHead, ...]]:
        return self._core.call(self._desk.conversations(search))

    def conversation(self, conversation: str) -> Call[Conversation]:
        return self._core.call(self._desk.conversation(conversation))

    def new_conversation(self, scope: Scope) -> Call[ConversationHead]:
        return self._core.call(self._desk.new_conversation(scope))

    def set_scope(self, conversation: str, scope: Scope) -> Call[ConversationHead]:
        return self._core.call(self._desk.set_scope(conversation, scope))

    def rename_conversation(self, conversation: str, title: str) -> Call[None]:
        return self._core.call(self._desk.rename_conversation(conversation, title))

    def delete_conversation(self, conversation: str) -> Call[None]:
        return self._core.call(self._desk.delete_conversation(conversation))

    def restore_conversation(self, conversation: str) -> Call[None]:
        return self._core.call(self._desk.restore_conversation(conversation))

    def ask(self, conversation: str, question: str, *, replace: str | None = None) -> Call[str]:
        return self._core.call(self._desk.ask(conversation, question, replace=replace))

    def go_on(self, conversation: str, exchange: str) -> Call[str]:
        return self._core.call(self._desk.go_on(conversation, exchange))

    def stop(self, turn: str) -> Call[None]:
        return self._core.call(self._desk.stop(turn))

    def stop_call(self, turn: str, call: str) -> Call[None]:
        return self._core.call(self._desk.stop_call(turn, call))

    def permit(self, request: str, decision: Consent) -> Call[None]:
        return self._core.call(self._desk.permit(request, decision))

    def tools(self) -> Call[tuple[ToolSpec, ...]]:
        return self._core.call(self._desk.tools())

    def tool_switches(self) -> Call[ToolSwitches]:
        return self._core.call(self._desk.tool_switches())

    def switch_tool(self, name: str, *, on: bool) -> Call[None]:
        return self._core.call(self._desk.switch_tool(name, on=on))

    def add_tool(self, folder: Path) -> Call[ToolSpec]:
        return self._core.call(self._desk.add_tool(folder))

    def remove_tool(self, name: str) -> Call[None]:
        return self._core.call(self._desk.remove_tool(name))

    def stop_tools(self) -> Call[int]:
        return self._core.call(self._desk.stop_tools())

    def release_tools(self) -> Call[None]:
        return self._core.call(self._desk.release_tools())

    def standing_consents(self) -> Call[tuple[StandingConsent, ...]]:
        return self._core.call(self._desk.standing_consents())

    def take_back(self, conversation: str, tool: str) -> Call[None]:
        return self._core.call(self._desk.take_back(conversation, tool))

    def artifact(self, name: str) -> Call[bytes]:
        return self._core.call(self._desk.artifact(name))

    # -- evidence
    def page_picture(self, source: str, page: int, width: int, texts: tuple[str, ...] = ()) -> Call[PagePicture]:
        return self._core.call(self._desk.page_picture(source, page, width, texts))

    def source_text(self, source: str) -> Call[str]:
        return self._core.call(self._desk.source_text(source))

    def source_state(self, source: str) -> Call[Literal["same", "changed", "gone"]]:
        return self._core.call(self._desk.source_state(source))

    # -- documents
    def collections(self) -> Call[tuple[Collection, ...]]:
        return self._core.call(self._desk.collections())

    def new_collection(self, name: str, label: Label) -> Call[Collection]:
        return self._core.call(self._desk.new_collection(name, label))

    def sources(
        self,
        collection: str | None = None,
        outcome: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 200,
    ) -> Call[SourcePage]:
        return self._core.call(self._desk.sources(collection, outcome, search, offset, limit))

    def source(self, source: str) -> Call[Source]:
        return self._core.call(self._desk.source(source))

    def add_documents(self, paths: tuple[Path, ...], collection: str, label: Label | None = None) -> Call[str]:
        return self._core.call(self._desk.add_documents(paths, collection, label))

    def pause_reading(self, run: str) -> Call[None]:
        return self._core.call(self._desk.pause_reading(run))

    def resume_reading(self, run: str) -> Call[None]:
        return self._core.call(self._desk.resume_reading(run))

    def stop_reading(self, run: str) -> Call[None]:
        return self._core.call(self._desk.stop_reading(run))

    def read_again(self, source: str) -> Call[str]:
        return self._core.call(self._desk.read_again(source))

    def same_text(self, sources: tuple[str, ...]) -> Call[tuple[SameText, ...]]:
        return self._core.call(self._desk.same_text(sources))

    def delete_sources(self, sources: tuple[str, ...]) -> Call[DeletionReport]:
        return self._core.call(self._desk.delete_sources(sources))

    def search(self, query: str, scope: Scope, k: int = 10) -> Call[SearchResult]:
        return self._core.call(self._desk.search(query, scope, k))

    def storage(self) -> Call[Storage]:
        return self._core.call(self._desk.storage())

    # -- activity
    def metrics(self, days: int | None = None) -> Call[Metrics]:
        return self._core.call(self._desk.metrics(days))

    def events(self, kinds: tuple[type[Record], ...] = (), limit: int | None = None) -> Call[tuple[AuditEvent, ...]]:
        return self._core.call(self._desk.events(kinds, None, limit))

    def verify_events(self) -> Call[Verdict]:
        return self._core.call(self._desk.verify_events())

    # -- models
    def models(self) -> Call[tuple[ModelCard, ...]]:
        return self._core.call(self._desk.models())

    def add_model(self, path: Path) -> Call[ModelCard]:
        return self._core.call(self._desk.add_model(path))

    def use_model(self, model: str) -> Call[None]:
        return self._core.call(self._desk.use_model(model))

    def unload_model(self) -> Call[None]:
        return self._core.call(self._desk.unload_model())

    def remove_model(self, model: str) -> Call[None]:
        return self._core.call(self._desk.remove_model(model))

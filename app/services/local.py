"""The desk of this computer: ``Desk`` on real parts. It owns the session and hands every act to the service it belongs to."""

from __future__ import annotations

import asyncio
import shutil
import time
from typing import TYPE_CHECKING, Any, Literal

from app.domain.events import Event, ListsChanged, Status, StatusChanged
from app.domain.tool import Grant, StandingConsent, ToolSwitches
from app.kernel.clock import SystemClock
from app.kernel.errors import Known
from app.services import activity, completion
from app.services.desk import SetupState, SourcePage, Storage
from app.services.status import closed_status
from app.vault.settings import Setting
from app.vault.vault import Vault, VaultState, key_words, keyring_report, state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    from app.domain.audit_verdict import Verdict
    from app.domain.documents import (
        Collection,
        DeletionReport,
        Label,
        PagePicture,
        ReadingProgress,
        SameText,
        SearchResult,
        Source,
    )
    from app.domain.messages import Conversation, ConversationHead, Scope
    from app.domain.metrics import Metrics
    from app.domain.model import ModelCard
    from app.domain.record import AuditEvent, Record
    from app.domain.tool import ActionSheet, Consent, ToolOutcome, ToolSpec
    from app.kernel.paths import Home
    from app.models.catalogue import CatalogueEntry
    from app.services.feed import Feed
    from app.services.session import Session

FINISHED = Setting("setup.finished", bool, default=False)


class LocalDesk:
    """See ``Desk`` for what each method promises. Before ``unlock`` only first-run methods work."""

    def __init__(
        self, home: Home, feed: Feed, open_session: Callable[[Vault], Awaitable[Session]], starter: Path | None
    ) -> None:
        self.home = home
        self._feed = feed
        self._open_session = open_session
        self._starter = starter
        self._session: Session | None = None
        self._opening = asyncio.Lock()

    @property
    def session(self) -> Session:
        if self._session is None:
            raise Known("carrel.vault.locked", "Carrel is locked.", "Unlock it first.")
        return self._session

    def watch(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        return self._feed.watch(listener)

    async def status(self) -> Status:
        if self._session is None:
            return await self._closed()
        return await self._session.status.now()

    async def _closed(self) -> Status:
        return await closed_status(await asyncio.to_thread(state, self.home))

    # -- first run

    async def setup(self) -> SetupState:
        if self._session is None:
            at = await asyncio.to_thread(state, self.home)
            keyring = await asyncio.to_thread(keyring_report)
            return SetupState(
                key="missing" if at is VaultState.MISSING else "locked",
                key_source="" if at is VaultState.MISSING else await asyncio.to_thread(key_words, self.home),
                keyring=keyring.acceptable,
                keyring_reason="" if keyring.acceptable else keyring.says,
                starter_model=str(self._starter or ""),
            )
        session = self._session
        chosen = next((card for card in await session.library.cards() if card.in_use), None)
        heads = await session.conversations.list("")
        return SetupState(
            key="open",
            key_source=session.vault.key_words,
            keyring=True,
            model=f"{chosen.name} {chosen.quantisation}" if chosen else "",
            starter_model=str(self._starter or ""),
            sources=(await session.documents.sources(limit=1)).total,
            asked=any(head.exchanges for head in heads),
            finished=await session.vault.settings.get(FINISHED),
        )

    async def create_key(self, passphrase: str | None) -> None:
        await self._open(lambda: Vault.create(self.home, passphrase))

    async def unlock(self, passphrase: str | None) -> None:
        await self._open(lambda: Vault.unlock(self.home, passphrase))

    async def lock(self) -> None:
        async with self._opening:
            session, self._session = self._session, None
            if session is not None:
                await session.close()
        self._feed.publish(StatusChanged(status=await self._closed()))

    async def finish_setup(self) -> None:
        await self.session.vault.settings.set(FINISHED, value=True)

    async def _open(self, open_vault: Callable[[], Awaitable[Vault]]) -> None:
        async with self._opening:
            if self._session is not None:
                return
            vault = await open_vault()
            try:
                self._session = await self._open_session(vault)
            except BaseException:
                await vault.close()
                raise
        self._feed.publish(StatusChanged(status=await self.status()))

    # -- conversations

    async def conversations(self, search: str = "") -> tuple[ConversationHead, ...]:
        return await self.session.conversations.list(search)

    async def conversation(self, conversation: str) -> Conversation:
        return await self.session.conversations.get(conversation)

    async def new_conversation(self, scope: Scope) -> ConversationHead:
        return await self.session.conversations.new(scope)

    async def set_scope(self, conversation: str, scope: Scope) -> ConversationHead:
        return await self.session.conversations.set_scope(conversation, scope)

    async def rename_conversation(self, conversation: str, title: str) -> None:
        await self.session.conversations.rename(conversation, title)

    async def delete_conversation(self, conversation: str) -> None:
        await self.session.conversations.delete(conversation)

    async def restore_conversation(self, conversation: str) -> None:
        await self.session.conversations.restore(conversation)

    async def ask(self, conversation: str, question: str, *, replace: str | None = None) -> str:
        return await self.session.conversations.ask(conversation, question, replace=replace)

    async def go_on(self, conversation: str, exchange: str) -> str:
        return await self.session.conversations.go_on(conversation, exchange)

    async def stop(self, turn: str) -> None:
        await self.session.conversations.stop(turn)

    async def stop_call(self, turn: str, call: str) -> None:
        await self.session.conversations.stop_call(turn, call)

    async def permit(self, request: str, decision: Consent) -> None:
        self.session.conversations.permissions.answer(request, decision)

    # -- tools

    async def tools(self) -> tuple[ToolSpec, ...]:
        return self.session.toolbox.specs

    async def tools_named(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names, each known. Raises ``carrel.tool.unknown``."""
        return tuple(self.session.toolbox.spec(name).name for name in names)

    async def run_tool(self, name: str, untrusted_arguments: str, grant: Grant | None = None) -> ToolOutcome:
        """See ``tool_grant`` for what it reaches without a ``grant`` of its own."""
        return await self.session.toolbox.run(name, untrusted_arguments, grant or await self.tool_grant())

    async def tool_grant(
        self, *, folders: tuple[str, ...] = (), files: tuple[str, ...] = (), attended: bool = False
    ) -> Grant:
        """A call outside a chat: every tool and collection, the folders and files that were named."""
        toolbox = self.session.toolbox
        return Grant(
            tools=tuple(spec.name for spec in toolbox.specs),
            collections=tuple(row.id for row in await self.collections()),
            folders=folders,
            files=files,
            attended=attended,
        )

    async def action_sheet(self, name: str, untrusted_arguments: str) -> ActionSheet | None:
        """What an action outside a chat would do; None when it can do nothing, and for a query."""
        return await self.session.toolbox.sheet_of(name, untrusted_arguments)

    async def consent(self, sheet: ActionSheet) -> None:
        """The person saw the sheet of an action outside a chat and said yes."""
        self.session.toolbox.consent("", sheet)

    async def standing_consents(self) -> tuple[StandingConsent, ...]:
        session = self.session
        return session.conversations.permissions.standing(await session.conversations.list())

    async def take_back(self, conversation: str, tool: str) -> None:
        self.session.toolbox.take_back(conversation, tool)

    async def artifact(self, name: str) -> bytes:
        return await self.session.toolbox.artifact(name)

    async def tool_switches(self) -> ToolSwitches:
        return ToolSwitches(stopped=self.session.toolbox.stopped, off=tuple(sorted(self.session.toolbox.off)))

    async def switch_tool(self, name: str, *, on: bool) -> None:
        await self.session.toolbox.switch(name, on=on)

    async def add_tool(self, folder: Path) -> ToolSpec:
        return await self.session.toolbox.shelf.add(folder)

    async def remove_tool(self, name: str) -> None:
        await self.session.toolbox.remove(name)

    async def refused_tools(self) -> dict[str, Known]:
        """Installed tools that are not loaded, by name, and why."""
        return dict(self.session.toolbox.shelf.refused)

    async def stop_tools(self) -> int:
        return await self.session.toolbox.stop()

    async def release_tools(self) -> None:
        await self.session.toolbox.release()

    async def complete(self, untrusted_request: str) -> dict[str, Any]:
        session, begun = self.session, time.monotonic()
        done = await completion.complete(session.library, untrusted_request)
        activity.completed(session.trail, session.library, done, time.monotonic() - begun)
        return done

    # -- evidence

    async def page_picture(self, source: str, page: int, width: int, texts: tuple[str, ...] = ()) -> PagePicture:
        return await self.session.evidence.page_picture(source, page, width, texts)

    async def source_text(self, source: str) -> str:
        return await self.session.evidence.source_text(source)

    async def source_state(self, source: str) -> Literal["same", "changed", "gone"]:
        return await self.session.evidence.source_state(source)

    # -- documents

    async def collections(self) -> tuple[Collection, ...]:
        return await self.session.collections.all()

    async def collection_named(self, name: str) -> Collection:
        """By id or name. Raises ``carrel.collection.unknown``."""
        for row in await self.collections():
            if name in (row.id, row.name):
                return row
        raise Known(
            "carrel.collection.unknown",
            f"There is no collection {name}.",
            "See them: carrel documents list --collections",
        )

    async def collections_named(self, names: list[str] | None) -> tuple[str, ...]:
        """Ids of the named collections, or of all when none is named."""
        if not names:
            return tuple(row.id for row in await self.collections())
        return tuple([(await self.collection_named(name)).id for name in names])

    async def new_collection(self, name: str, label: Label) -> Collection:
        made = await self.session.collections.add(name, label)
        self._feed.publish(ListsChanged(what="collections"))
        return made

    async def sources(
        self,
        collection: str | None = None,
        outcome: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 200,
    ) -> SourcePage:
        page = await self.session.documents.sources(collection, outcome, search, offset, limit)
        return SourcePage(rows=page.rows, total=page.total, counts=page.counts)

    async def source(self, source: str) -> Source:
        return await self.session.documents.source(source)

    async def add_documents(
        self, paths: tuple[Path, ...], collection: str, label: Label | None = None, *, jobs: int = 1
    ) -> str:
        return await self.session.reading.add(paths, collection, label, jobs=jobs)

    async def pause_reading(self, run: str) -> None:
        await self.session.reading.pause(run)

    async def resume_reading(self, run: str) -> None:
        await self.session.reading.resume(run)

    async def stop_reading(self, run: str) -> None:
        await self.session.reading.stop(run)

    async def reading_over(self, run: str) -> ReadingProgress:
        """Wait for the end of a run. Raises what ended it early."""
        return await self.session.reading.over(run)

    async def read_again(self, source: str) -> str:
        return await self.session.reading.again(source)

    async def same_text(self, sources: tuple[str, ...]) -> tuple[SameText, ...]:
        return await self.session.documents.same_text(sources)

    async def delete_sources(self, sources: tuple[str, ...]) -> DeletionReport:
        return await self.session.reading.delete(sources)

    async def search(
        self, query: str, scope: Scope, k: int = 10, mode: Literal["hybrid", "lexical", "vector"] = "hybrid"
    ) -> SearchResult:
        """See ``Desk``. Where no embedder runs, a hybrid search goes on by words alone and says so."""
        session = self.session
        try:
            return await session.retrieval.find(query, scope.collections, k, mode)
        except Known as known:
            if mode != "hybrid":
                raise
            found = await session.retrieval.find(query, scope.collections, k, "lexical")
            return found.model_copy(update={"lacking": f"Only words were compared, not meanings. {known.message}"})

    async def storage(self) -> Storage:
        text, vectors = await self.session.documents.bytes_used()
        models = sum(card.bytes for card in await self.session.library.cards())
        free = (await asyncio.to_thread(shutil.disk_usage, self.home.root)).free
        return Storage(text=text, vectors=vectors, pages=0, models=models, free=free)

    # -- activity

    async def metrics(self, days: int | None = None) -> Metrics:
        return await activity.metrics(self.session.trail, self.session.library, SystemClock(), days)

    async def events(
        self, kinds: tuple[type[Record], ...] = (), since: datetime | None = None, limit: int | None = None
    ) -> tuple[AuditEvent, ...]:
        return await self.session.trail.list(kinds, since, limit)

    async def verify_events(self) -> Verdict:
        return await self.session.trail.verify()

    # -- models

    async def models(self) -> tuple[ModelCard, ...]:
        return await self.session.library.cards()

    async def model(self, model: str) -> ModelCard:
        """By id, the beginning of an id, or name."""
        return await self.session.library.card(model)

    def catalogue(self) -> tuple[CatalogueEntry, ...]:
        return self.session.library.catalogue

    async def get_model(self, name: str, consent: Callable[[str], Awaitable[bool]]) -> ModelCard:
        return await self.session.library.get(name, consent)

    async def add_model(self, path: Path) -> ModelCard:
        return await self.session.library.add(path)

    async def use_model(self, model: str, *, remember: bool = True) -> None:
        await self.session.library.use(model, remember=remember)

    async def unload_model(self) -> None:
        await self.session.library.unload()

    async def verify_model(self, model: str) -> None:
        await self.session.library.verify(model)

    async def remove_model(self, model: str) -> None:
        await self.session.library.remove(model)

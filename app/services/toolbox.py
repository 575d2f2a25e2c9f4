"""Tools as services use them: what is installed, one call under the rules of a conversation, consent, and the stop."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.chat.setting import Attached
from app.domain.audit import CallRecord, Decision, StopRecord, ToolRecord
from app.domain.events import ListsChanged, Recorded, ToolRan
from app.domain.record import worded
from app.domain.tool import ActionSheet, ErrorType, Grant, Judgement, ToolError, ToolKind, ToolOutcome, ToolSpec
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.services.tool_documents import ScopedDocuments
from app.services.tool_shelf import ToolShelf
from app.tools.actions import Actions
from app.tools.files import READABLE, beginning
from app.tools.installed import InstalledTools
from app.tools.manifest import PROPOSAL
from app.tools.placing import Placing
from app.tools.proposals import Proposals
from app.tools.registry import Registry
from app.tools.runtime import ToolRuntime
from app.tools.validation import check_arguments, judge
from app.vault.artifacts import OF_A_TOOL
from app.vault.settings import Setting

if TYPE_CHECKING:
    from app.chat.citations import Found
    from app.documents.store import DocumentStore
    from app.domain.messages import Scope, ToolCall
    from app.kernel.clock import Clock
    from app.sandbox.nursery import Launcher
    from app.services.feed import Feed
    from app.services.retrieval import Retrieval
    from app.vault.vault import Vault

OFF: Setting[tuple[str, ...]] = Setting("tools.off", tuple[str, ...], default=())
MOST_ATTACHED = 8
STOPPED = Setting("tools.stopped", bool, default=False)


class Toolbox:
    """Everything about tools for one open vault. Make it with ``open``.

    Attributes:
        shelf: the tools that a person installed.
    """

    def __init__(
        self,
        registry: Registry,
        runtime: ToolRuntime,
        actions: Actions,
        shelf: ToolShelf,
        retrieval: Retrieval,
        store: DocumentStore,
        vault: Vault,
        feed: Feed,
    ) -> None:
        self._registry = registry
        self._runtime = runtime
        self._actions = actions
        self.shelf = shelf
        self._retrieval = retrieval
        self._store = store
        self._vault = vault
        self._feed = feed

    @classmethod
    async def open(
        cls, vault: Vault, launcher: Launcher, retrieval: Retrieval, store: DocumentStore, feed: Feed, clock: Clock
    ) -> Toolbox:
        """Shipped and installed tools; what a kill left half told is settled, and what nobody holds any more is removed."""
        registry = Registry.shipped()
        actions = Actions(Proposals(vault.database, clock), Placing())
        runtime = ToolRuntime(launcher, registry, actions)
        off: tuple[str, ...] = await vault.settings.get(OFF)
        runtime.off = frozenset(off)
        runtime.stopped = await vault.settings.get(STOPPED)
        shelf = ToolShelf(InstalledTools(vault.database, clock), registry, runtime, launcher, feed)
        await shelf.load()
        toolbox = cls(registry, runtime, actions, shelf, retrieval, store, vault, feed)
        await actions.recover()
        await toolbox.forget()
        return toolbox

    # -- what is there
    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        return self._registry.specs

    @property
    def off(self) -> frozenset[str]:
        """Names of the tools that are switched off."""
        return self._runtime.off

    @property
    def stopped(self) -> bool:
        """Whether the emergency stop holds."""
        return self._runtime.stopped

    def spec(self, name: str) -> ToolSpec:
        """Raises ``carrel.tool.unknown``, or why an installed tool of that name is not loaded."""
        if name in self.shelf.refused:
            raise self.shelf.refused[name]
        return self._registry.spec(name)

    def in_scope(self, scope: Scope) -> tuple[ToolSpec, ...]:
        """What a model is shown: in scope, switched on, nothing while all are stopped."""
        if self._runtime.stopped:
            return ()
        return tuple(spec for spec in self._registry.in_scope(scope) if spec.name not in self._runtime.off)

    async def attached(self, scope: Scope) -> tuple[Attached, ...]:
        """The files of ``scope`` that programs are given, with how they begin."""
        readable = [path for path in map(Path, scope.files[:MOST_ATTACHED]) if path.suffix.lower() in READABLE]
        return tuple([Attached(path.name, await asyncio.to_thread(beginning, path)) for path in readable])

    # -- calls
    async def call(self, spec: ToolSpec, call: ToolCall, grant: Grant) -> tuple[ToolOutcome, tuple[Found, ...]]:
        """One call of a turn; passages that a search brought come back whole, so that they can be quoted."""
        documents = self._documents(grant)
        outcome = await self._run(spec, call.arguments, grant, documents)
        told = ToolRan(
            turn=grant.turn,
            call=call.id,
            tainted=grant.tainted,
            redacted=outcome.redacted,
            duplicate=outcome.duplicate,
        )
        self._feed.publish(told)
        return outcome, tuple(documents.brought) if documents else ()

    async def run(self, name: str, untrusted_arguments: str, grant: Grant) -> ToolOutcome:
        """One call outside a turn, written down. Raises ``carrel.tool.unknown``; every other failure is in the outcome."""
        spec = self.spec(name)
        judged = judge(spec, untrusted_arguments)
        arguments = judged.outcome
        if isinstance(arguments, ToolError):
            outcome = ToolOutcome(error=arguments)
        else:
            outcome = await self._run(spec, arguments.values, grant, self._documents(grant))
        record = _record(spec, untrusted_arguments, grant, outcome, judged.judgement)
        self._feed.publish(Recorded(record=record))
        return outcome

    async def _run(
        self, spec: ToolSpec, arguments: dict[str, Any], grant: Grant, documents: ScopedDocuments | None
    ) -> ToolOutcome:
        async def keep(data: bytes, title: str, origins: tuple[str, ...]) -> str:
            return await self._sealed(data, title, origins, grant.conversation)

        outcome = await self._runtime.run(spec, arguments, grant, documents=documents, keep=keep)
        covered = documents.covered if documents else 0
        return outcome.model_copy(update={"redacted": outcome.redacted + covered})

    def _documents(self, grant: Grant) -> ScopedDocuments | None:
        return ScopedDocuments(self._retrieval, self._store, grant.collections) if grant.collections else None

    # -- consent
    async def sheet(self, spec: ToolSpec, arguments: dict[str, Any], conversation: str) -> ActionSheet | None:
        """Exactly what an action would do; None when it can do nothing, so that nobody need be asked."""
        if spec.kind is not ToolKind.ACTION:
            return None
        try:
            return await self._actions.sheet(str(arguments.get(PROPOSAL, "")), conversation, spec.name)
        except Known:
            return None

    async def sheet_of(self, name: str, untrusted_arguments: str) -> ActionSheet | None:
        """The same for a call outside a chat. Raises ``carrel.tool.unknown``."""
        spec = self.spec(name)
        arguments = check_arguments(spec, untrusted_arguments)
        return None if isinstance(arguments, ToolError) else await self.sheet(spec, arguments.values, "")

    def consent(self, conversation: str, sheet: ActionSheet) -> None:
        """The person saw the sheet and said yes."""
        self._runtime.consents.give(conversation, sheet.proposal)

    def let_stand(self, conversation: str, tool: str) -> None:
        """The person said yes for this conversation; it counts only while nothing untrusted is in a turn."""
        self._runtime.consents.let_stand(conversation, tool)
        self._feed.publish(ListsChanged(what="tools"))

    def standing(self, conversation: str) -> frozenset[str]:
        """The tools that may act in a conversation without asking, as far as the turn allows it."""
        return self._runtime.consents.standing(conversation)

    def take_back(self, conversation: str, tool: str = "") -> None:
        """Forget the standing yes to one tool in a conversation, or every yes given in it."""
        self._runtime.consents.take_back(conversation, tool)
        self._feed.publish(ListsChanged(what="tools"))

    # -- switches
    async def switch(self, name: str, *, on: bool) -> None:
        """Switch one tool off or on, for all conversations, also after a restart. Raises ``carrel.tool.unknown``."""
        spec = self.spec(name)
        if on:
            await self.shelf.agree(spec.name)
        await self._set_off(self._runtime.off - {spec.name} if on else self._runtime.off | {spec.name})
        switched = ToolRecord(act="on" if on else "off", tool=worded(spec.name), digest=spec.digest)
        self._feed.publish(Recorded(record=switched))
        self._feed.publish(ListsChanged(what="tools"))

    async def remove(self, name: str) -> None:
        """Take out a tool that a person installed, and its switch. Raises as ``ToolShelf.remove``."""
        await self.shelf.remove(name)
        await self._set_off(self._runtime.off - {name})

    async def _set_off(self, off: frozenset[str]) -> None:
        await self._vault.settings.set(OFF, tuple(sorted(off)))
        self._runtime.off = off

    async def stop(self) -> int:
        """The emergency stop: every running call is ended with its child, none begins, also after a restart."""
        ended = self._runtime.halt()
        self._feed.publish(Recorded(record=StopRecord(children=ended)))
        await self._vault.settings.set(STOPPED, value=True)
        self._feed.publish(ListsChanged(what="tools"))
        return ended

    async def release(self) -> None:
        """Tools may run again."""
        await self._vault.settings.set(STOPPED, value=False)
        self._runtime.release()
        self._feed.publish(Recorded(record=StopRecord(released=True)))
        self._feed.publish(ListsChanged(what="tools"))

    # -- artifacts
    async def artifact(self, name: str) -> bytes:
        """A file that a call left. Raises ``carrel.artifact.none`` or ``carrel.artifact.damaged``."""
        return await self._vault.artifacts.get(name)

    async def _sealed(self, data: bytes, title: str, origins: tuple[str, ...], conversation: str) -> str:
        """Keep a file for its conversation and note the documents it was made from: it goes with the first that goes."""
        sources = await self._vault.database.read(
            lambda connection: connection.execute(
                "SELECT id FROM source WHERE path IN (SELECT value FROM json_each(?))", (json.dumps(origins),)
            ).fetchall()
        )
        for (source,) in sources:
            await self._vault.artifacts.put(data, OF_A_TOOL, title, str(source))
        return (await self._vault.artifacts.put(data, OF_A_TOOL, title, conversation)).name

    async def forget(self) -> None:
        """Remove what calls left in conversations that are gone."""
        rows = await self._vault.database.read(
            lambda connection: connection.execute(
                "SELECT name, source FROM artifact WHERE kind = ?1 AND name NOT IN (SELECT name FROM artifact"
                " WHERE kind = ?1 AND (source = '' OR source IN (SELECT id FROM conversation)))",
                (OF_A_TOOL,),
            ).fetchall()
        )
        for name, source in rows:
            await self._vault.artifacts.delete(str(name), str(source))


def _record(
    spec: ToolSpec, untrusted_arguments: str, grant: Grant, outcome: ToolOutcome, judgement: Judgement
) -> CallRecord:
    """What is written down of a call outside a chat; those of a chat are written down with their turn."""
    error = outcome.error
    refused = error is not None and error.error_type is ErrorType.PERMISSION
    invalid = not judgement.parsed or bool(judgement.fault)
    unattended = error is not None and error.error_code == "carrel.tool.unattended"
    by = "unattended" if unattended else "person" if spec.kind is ToolKind.ACTION and not refused else "rule"
    return CallRecord.model_validate(
        {
            "call": new_id(),
            "tool": spec.name,
            "tool_version": spec.version,
            "tool_kind": spec.kind.value,
            "scope_tools": len(grant.tools),
            "scope_collections": len(grant.collections),
            "decision": Decision.model_validate({"by": by, "allowed": not refused}),
            "outcome": "done" if error is None else "refused" if refused or invalid else "failed",
            "judgement": judgement,
            "attempts": 0 if refused or invalid else 1,
            "error_type": error and error.error_type,
            "error_code": error.error_code if error else "",
            "argument_bytes": len(untrusted_arguments.encode("utf-8", "replace")),
            "result_bytes": len(json.dumps(outcome.result).encode()) if outcome.result is not None else 0,
            "tool_seconds": outcome.seconds,
            "total_seconds": outcome.seconds,
            "tainted": grant.tainted,
            "duplicate": outcome.duplicate,
            "redacted": outcome.redacted,
        }
    )

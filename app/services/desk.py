"""The desk: everything a person can do, as one port. The window (through the bridge) and the command line stand on it.

All methods are coroutines of the core loop; none blocks it. Failures are ``Known``. What happens over time arrives as
``Event`` through ``watch``. ``compose`` builds the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from app.domain.audit_verdict import Verdict
from app.domain.base import Frozen
from app.domain.documents import (
    Collection,
    DeletionReport,
    Label,
    PagePicture,
    SameText,
    SearchResult,
    Source,
)
from app.domain.events import Event, Status
from app.domain.messages import Conversation, ConversationHead, Scope
from app.domain.metrics import Metrics
from app.domain.model import ModelCard
from app.domain.record import AuditEvent, Record
from app.domain.tool import Consent, StandingConsent, ToolSpec, ToolSwitches


class SetupState(Frozen):
    """Where first run stands; each step can be left and resumed.

    Attributes:
        key: ``missing`` no vault yet; ``locked`` a vault that needs unlocking; ``open`` usable now.
        key_source: words such as "In the system keyring" or "Wrapped by your passphrase"; empty while missing.
        keyring: whether an acceptable system keyring is there; if not, ``keyring_reason`` says why in a sentence.
        starter_model: path of a starter model file lying ready to be added, else empty.
    """

    key: Literal["missing", "locked", "open"]
    key_source: str = ""
    keyring: bool = False
    keyring_reason: str = ""
    model: str = ""
    starter_model: str = ""
    sources: int = 0
    asked: bool = False
    finished: bool = False


class SourcePage(Frozen):
    """A slice of a source list: ``total`` rows match, ``counts`` by outcome over the whole collection."""

    rows: tuple[Source, ...]
    total: int
    counts: dict[str, int]


class Storage(Frozen):
    """Bytes by what they are for, and what the disk has left."""

    text: int
    vectors: int
    pages: int
    models: int
    free: int


class Desk(Protocol):
    # -- what happens
    def watch(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``listener`` on the core loop for every event; returns how to stop."""

    async def status(self) -> Status:
        """The status line as it is now."""

    # -- first run
    async def setup(self) -> SetupState:
        """Where first run stands."""

    async def create_key(self, passphrase: str | None) -> None:
        """Make the vault: key in the keyring, or wrapped by ``passphrase``."""

    async def unlock(self, passphrase: str | None) -> None:
        """Open the vault. Raises ``carrel.vault.passphrase`` or ``carrel.vault.key_missing``."""

    async def lock(self) -> None:
        """Seal everything; a later ``unlock`` opens it again."""

    async def finish_setup(self) -> None:
        """Do not show first run again."""

    # -- conversations
    async def conversations(self, search: str = "") -> tuple[ConversationHead, ...]:
        """Newest first."""

    async def conversation(self, conversation: str) -> Conversation:
        """One conversation, whole."""

    async def new_conversation(self, scope: Scope) -> ConversationHead:
        """An empty one."""

    async def set_scope(self, conversation: str, scope: Scope) -> ConversationHead: ...

    async def rename_conversation(self, conversation: str, title: str) -> None: ...

    async def delete_conversation(self, conversation: str) -> None:
        """Out of the list at once; ``restore_conversation`` undoes it for 30 s."""

    async def restore_conversation(self, conversation: str) -> None: ...

    async def ask(self, conversation: str, question: str, *, replace: str | None = None) -> str:
        """Save the question, start the turn, return its turn id. ``replace``: an exchange id to answer anew (ask
        again, or an edited question); it and all after it go."""

    async def go_on(self, conversation: str, exchange: str) -> str:
        """Write on where the last answer was cut off, and judge it as a whole; returns the turn id. See ``Answer.resumable``."""

    async def stop(self, turn: str) -> None:
        """Stop writing; what is there is saved and marked stopped."""

    async def stop_call(self, turn: str, call: str) -> None:
        """End one tool call that runs, with its child; the turn goes on without it."""

    async def permit(self, request: str, decision: Consent) -> None:
        """Answer a ``PermissionAsked``."""

    async def tools(self) -> tuple[ToolSpec, ...]: ...

    async def tool_switches(self) -> ToolSwitches:
        """Whether all tools are stopped, and which are off. ``ListsChanged("tools")`` tells of a change."""

    async def switch_tool(self, name: str, *, on: bool) -> None:
        """For all conversations, also after a restart. Raises ``carrel.tool.unknown``."""

    async def add_tool(self, folder: Path) -> ToolSpec:
        """Take in a folder with a manifest and code. It stays off until ``switch_tool`` lets it be called for the first
        time, which is the person's yes to what its spec says: show them that before. Raises why it is refused."""

    async def remove_tool(self, name: str) -> None:
        """Take out an installed tool with its code. Raises ``carrel.tool.unknown`` or ``carrel.tool.shipped``."""

    async def stop_tools(self) -> int:
        """The emergency stop: running calls end with their children, none begins until ``release_tools``, also after a
        restart. Returns how many were ended."""

    async def release_tools(self) -> None: ...

    async def standing_consents(self) -> tuple[StandingConsent, ...]:
        """Every "in this chat" that still holds. ``ListsChanged("tools")`` tells of a change."""

    async def take_back(self, conversation: str, tool: str) -> None:
        """Ask again before ``tool`` acts in a conversation."""

    async def artifact(self, name: str) -> bytes:
        """A file that a call left, by the name in its result. Raises ``carrel.artifact.none`` or ``.damaged``."""

    # -- evidence
    async def page_picture(self, source: str, page: int, width: int, texts: tuple[str, ...] = ()) -> PagePicture:
        """Draw one page (0-based) ``width`` pixels wide in a reader child and find ``texts`` on it.

        Formats without pages are laid out as text on paper-like pages by the window itself: this raises
        ``carrel.page.none`` for them; use ``source_text``.
        """

    async def source_text(self, source: str) -> str:
        """The normalised text that was indexed; spans of quotes are offsets into it."""

    async def source_state(self, source: str) -> Literal["same", "changed", "gone"]:
        """The file on disk against what was read."""

    # -- documents
    async def collections(self) -> tuple[Collection, ...]: ...

    async def new_collection(self, name: str, label: Label) -> Collection: ...

    async def sources(
        self,
        collection: str | None = None,
        outcome: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 200,
    ) -> SourcePage: ...

    async def source(self, source: str) -> Source: ...

    async def add_documents(
        self, paths: tuple[Path, ...], collection: str, label: Label | None = None, *, jobs: int = 1
    ) -> str:
        """Start reading files and folders; returns the run id. Progress and rows arrive as events."""

    async def pause_reading(self, run: str) -> None: ...

    async def resume_reading(self, run: str) -> None: ...

    async def stop_reading(self, run: str) -> None: ...

    async def read_again(self, source: str) -> str:
        """Read one file again; returns the run id."""

    async def same_text(self, sources: tuple[str, ...]) -> tuple[SameText, ...]:
        """Who would keep the text of ``sources`` if they were deleted."""

    async def delete_sources(self, sources: tuple[str, ...]) -> DeletionReport:
        """Remove from every store and prove it."""

    async def search(
        self, query: str, scope: Scope, k: int = 10, mode: Literal["hybrid", "lexical", "vector"] = "hybrid"
    ) -> SearchResult: ...

    async def storage(self) -> Storage: ...

    # -- activity
    async def metrics(self, days: int | None = None) -> Metrics:
        """Rates and times of the last ``days``, or of all that is kept."""

    async def events(
        self, kinds: tuple[type[Record], ...] = (), since: datetime | None = None, limit: int | None = None
    ) -> tuple[AuditEvent, ...]:
        """What happened, oldest first; with ``limit`` the newest so many. No kinds means all."""

    async def verify_events(self) -> Verdict:
        """Prove the whole chain of events."""

    # -- models
    async def models(self) -> tuple[ModelCard, ...]:
        """All, the one in use first, refused ones last; memory figures against what is free now."""

    async def add_model(self, path: Path) -> ModelCard:
        """Check, hash, load confined, admit or refuse; ``AdmissionChanged`` on the way. A refusal is a card."""

    async def use_model(self, model: str) -> None:
        """Load it and make it the one that answers."""

    async def unload_model(self) -> None: ...

    async def remove_model(self, model: str) -> None: ...

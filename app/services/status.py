"""The status line: model, memory, index, network, sandbox, encryption, each in a word and a state."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import psutil

from app.domain.events import Status, StatusItem
from app.domain.policy import Tier
from app.sandbox.check import Refusal
from app.vault.vault import VaultState

if TYPE_CHECKING:
    from app.documents.store import DocumentStore
    from app.sandbox.nursery import Launcher
    from app.services.library import Library
    from app.services.reading import Reading

NO_NETWORK = StatusItem(
    state="good", text="No network", detail="Nothing connects anywhere; only getting a model would, after asking."
)
SANDBOX = {
    Tier.BUBBLEWRAP_LAUNCHER: StatusItem(
        state="good",
        text="Sandbox: full",
        detail="Files are read and tools run with no network, no other files, no programs.",
    ),
    Tier.NONE: StatusItem(
        state="bad", text="No sandbox", detail="Files are not read and tools do not run without one."
    ),
}
PARTIAL = StatusItem(
    state="attention", text="Sandbox: partial", detail="Names of other files can be seen, not their content."
)

OLDER = StatusItem(
    state="attention",
    text="Older database",
    detail="This database is older than the one opened here last: an earlier copy was put in its place.",
)


class StatusLine:
    """Computed when asked; nothing is polled."""

    def __init__(
        self,
        library: Library,
        documents: DocumentStore,
        reading: Reading,
        launcher: Launcher,
        key: str,
        *,
        rolled_back: bool = False,
    ) -> None:
        self._library = library
        self._documents = documents
        self._reading = reading
        self._launcher = launcher
        self._encryption = OLDER if rolled_back else StatusItem(state="good", text="Encrypted", detail=key)

    async def now(self) -> Status:
        memory = await asyncio.to_thread(_memory)
        return Status(
            model=await self._model(),
            memory=_memory_item(*memory),
            memory_used=memory[0],
            memory_total=memory[1],
            index=await self._index(),
            network=NO_NETWORK,
            sandbox=_sandbox_item(self._launcher),
            encryption=self._encryption,
        )

    async def _model(self) -> StatusItem:
        if (loaded := self._library.loaded) is not None:
            return StatusItem(state="good", text=f"{loaded.name} · {loaded.quantisation}", detail="Loaded")
        chosen = next((card for card in await self._library.cards() if card.in_use), None)
        if chosen is None:
            return StatusItem(state="attention", text="No model", detail="Add a model file on the Models page.")
        return StatusItem(
            state="busy", text=f"{chosen.name} · {chosen.quantisation}", detail="Loads with the next question"
        )

    async def _index(self) -> StatusItem:
        if (progress := self._reading.current) is not None:
            text = f"Reading {progress.done:,} of {progress.total:,}"
            if progress.paused:
                return StatusItem(state="paused", text="Reading paused", detail=progress.paused)
            return StatusItem(state="busy", text=text)
        page = await self._documents.sources(limit=1)
        if not page.total:
            return StatusItem(state="attention", text="No documents", detail="Add a folder on the Documents page.")
        need = sum(page.counts.get(outcome, 0) for outcome in ("needs_password", "no_text"))
        if need:
            text = f"{need:,} source needs you" if need == 1 else f"{need:,} sources need you"
            return StatusItem(state="attention", text=text, detail=f"of {page.total:,}")
        return StatusItem(state="good", text=f"{page.total:,} {'source' if page.total == 1 else 'sources'}, up to date")


async def closed_status(at: VaultState) -> Status:
    """The line while no vault is open: it is locked, or there is none yet."""
    locked = at is VaultState.LOCKED
    encryption = StatusItem(state="attention", text="Locked", detail="Unlock to read and ask.")
    none = StatusItem(state="attention", text="No vault yet", detail="The first steps make one.")
    memory = await asyncio.to_thread(_memory)
    return Status(
        model=StatusItem(state="paused" if locked else "attention", text="No model loaded"),
        memory=_memory_item(*memory),
        memory_used=memory[0],
        memory_total=memory[1],
        index=StatusItem(state="paused", text="Documents closed")
        if locked
        else StatusItem(state="attention", text="No documents"),
        network=NO_NETWORK,
        sandbox=StatusItem(
            state="busy",
            text="Sandbox",
            detail="Checked when Carrel is unlocked." if locked else "Checked when the vault is made.",
        ),
        encryption=encryption if locked else none,
    )


def _sandbox_item(launcher: Launcher) -> StatusItem:
    item = SANDBOX.get(launcher.tier, PARTIAL)
    if isinstance(launcher, Refusal):
        return item.model_copy(update={"detail": f"{launcher.why.message} {launcher.why.hint}"})
    return item


def _memory() -> tuple[int, int]:
    """Bytes used on this machine and bytes there are."""
    memory = psutil.virtual_memory()
    return memory.total - memory.available, memory.total


def _memory_item(used: int, total: int) -> StatusItem:
    free = total - used
    text = f"{used / 1e9:.1f} of {total / 1e9:.1f} GB"
    if free < 0.08 * total:
        return StatusItem(state="bad", text=f"{free / 1e9:.1f} GB free", detail=text)
    return StatusItem(state="good", text=text, detail=f"{free / 1e9:.1f} GB free")

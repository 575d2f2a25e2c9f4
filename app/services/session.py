"""Everything that exists only while the vault is open. Locking closes it, in the order that loses nothing."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.remembered import forget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from app.documents.collections import Collections
    from app.documents.store import DocumentStore
    from app.services.audit import Trail
    from app.services.conversation import Conversations
    from app.services.evidence import Evidence
    from app.services.library import Library
    from app.services.reading import Reading
    from app.services.retrieval import Retrieval
    from app.services.status import StatusLine
    from app.services.toolbox import Toolbox
    from app.vault.vault import Vault


@dataclass(frozen=True)
class Session:
    """The services of an open vault.

    Attributes:
        closing: what to close besides the services, innermost last: index, embedder, children.
    """

    vault: Vault
    conversations: Conversations
    library: Library
    reading: Reading
    documents: DocumentStore
    collections: Collections
    retrieval: Retrieval
    evidence: Evidence
    toolbox: Toolbox
    status: StatusLine
    trail: Trail
    closing: tuple[Callable[[], Awaitable[object]], ...] = ()

    async def close(self) -> None:
        """Stop turns (saved as stopped), stop reading, end children, seal the vault; a step that fails keeps none.

        Last, what was kept of words for speed is forgotten.
        """
        async with contextlib.AsyncExitStack() as steps:
            steps.callback(forget)
            steps.push_async_callback(self.vault.close)
            steps.push_async_callback(self.trail.close)
            for close in reversed(self.closing):
                steps.push_async_callback(close)
            for service in (self.library, self.reading, self.conversations):
                steps.push_async_callback(service.close)

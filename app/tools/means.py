"""What a tool that runs in the program itself is handed: ports bound to the scope of one call, nothing wider."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.domain.tool import Grant
from app.kernel.errors import Known
from app.tools.output import Cleaner

if TYPE_CHECKING:
    from app.domain.documents import Passage, Source
    from app.tools.actions import Actions


class Documents(Protocol):
    """The documents of one conversation's collections; what is outside them is not there."""

    async def search(self, query: str, most: int) -> tuple[Passage, ...]:
        """The best passages, best first, their secrets covered."""

    async def list(self, contains: str, most: int) -> tuple[tuple[Source, ...], int]:
        """Sources by path whose name or title holds ``contains``, at most ``most``, and how many there are."""

    async def read(self, source: str) -> tuple[Source, str]:
        """A source and its whole text. Raises ``carrel.source.missing`` or ``carrel.source.no_text``."""


@dataclass(frozen=True)
class Means:
    """Attributes:
    grant: what the call may reach.
    cleaner: of the result, for a tool that returns a part of something longer.
    """

    grant: Grant
    within: Documents | None = None
    acting: Actions | None = None
    cleaner: Cleaner = field(default_factory=Cleaner)

    @property
    def documents(self) -> Documents:
        """Raises ``carrel.tool.scope``."""
        if self.within is None:
            raise Known(
                "carrel.tool.scope", "This conversation has no documents to search.", "Choose a collection first."
            )
        return self.within

    @property
    def actions(self) -> Actions:
        """Raises ``carrel.tool.scope``."""
        if self.acting is None or not self.grant.folders:
            raise Known(
                "carrel.tool.scope", "This conversation has no folder to write to.", "Add a folder to its scope."
            )
        return self.acting

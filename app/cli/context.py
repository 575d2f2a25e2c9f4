"""What every command is handed: the home, how to unlock it, where to print, and who builds the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from app.cli.output import Output
    from app.kernel.paths import Home
    from app.sandbox.nursery import Launcher
    from app.services.local import LocalDesk


class Composer(Protocol):
    """Builds what a command works with. ``app.compose`` is the one real implementation."""

    def desk(self, home: Home, passphrase: str | None) -> AbstractAsyncContextManager[LocalDesk]:
        """The desk, its vault open (made first if there is none), the home locked for us."""

    def launcher(self) -> AbstractAsyncContextManager[Launcher]:
        """Only confinement, no vault."""


@dataclass(frozen=True)
class Context:
    home: Home
    passphrase: str | None
    out: Output
    composer: Composer

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[LocalDesk]:
        async with self.composer.desk(self.home, self.passphrase) as desk:
            if desk.session.vault.rolled_back:
                from app.services.status import OLDER  # noqa: PLC0415 - most commands never say it

                self.out.note(f"{OLDER.detail} If that was not you, look at who can write to {self.home.root}.")
            yield desk

    def launcher(self) -> AbstractAsyncContextManager[Launcher]:
        return self.composer.launcher()

"""What every command is handed: the home, how to unlock it, where to print, and who builds the rest."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
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

    def desk(self) -> AbstractAsyncContextManager[LocalDesk]:
        return self.composer.desk(self.home, self.passphrase)

    def launcher(self) -> AbstractAsyncContextManager[Launcher]:
        return self.composer.launcher()

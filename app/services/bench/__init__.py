"""Figures of this machine, each against the bare library, interleaved in the same run.

A row is ``{name, ratio, better, ours, bare, unit, runs}``; ``ratio`` is ours divided by bare.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from app.kernel.paths import Home
    from app.sandbox.nursery import Launcher
    from app.services.local import LocalDesk

NAMES = ("engine", "structure", "documents", "search", "storage", "sandbox")


class Opener(Protocol):
    """What a benchmark may open."""

    def desk(self, home: Home, passphrase: str | None) -> AbstractAsyncContextManager[LocalDesk]: ...

    def launcher(self) -> AbstractAsyncContextManager[Launcher]: ...


async def run(name: str, home: Home, opener: Opener, passphrase: str | None, model: str | None) -> list[dict[str, Any]]:
    """The rows of one benchmark. ``engine`` and ``structure`` need an admitted model: ``model``, or the one in use."""
    if name == "sandbox":
        from app.services.bench.sandbox import rows as sandbox_rows  # noqa: PLC0415 - each brings its own libraries

        async with opener.launcher() as launcher:
            return await sandbox_rows(launcher)
    if name == "documents":
        from app.services.bench.documents import rows as documents_rows  # noqa: PLC0415

        home.prepare()
        async with opener.launcher() as launcher:
            return await documents_rows(launcher, home.run)
    if name in ("search", "storage"):
        from app.services.bench.search import rows as search_rows  # noqa: PLC0415
        from app.services.bench.storage import rows as storage_rows  # noqa: PLC0415

        home.prepare()
        return await (search_rows if name == "search" else storage_rows)(home.run)
    from app.services.bench.engine import rows as engine_rows  # noqa: PLC0415
    from app.services.bench.structure import rows as structure_rows  # noqa: PLC0415

    async with opener.desk(home, passphrase) as desk, opener.launcher() as launcher:
        path = await desk.session.library.path(model)
        return await (engine_rows if name == "engine" else structure_rows)(launcher, path)

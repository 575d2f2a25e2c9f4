"""The library of models: how a file gets in, which one is in use, and proof that a file is still what it was.

A file is copied below the home, checked without being run, hashed, loaded once in a confined child, and only then
admitted: moved to ``models/<sha256>.gguf``, read-only. A crash at any step leaves a staged copy or a row in state
``checking``; ``recover`` removes both.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

from app.domain.model import ModelCard, ModelState
from app.kernel.clock import Clock, SystemClock
from app.kernel.errors import Known
from app.kernel.log import logger
from app.kernel.paths import Home, private_folder
from app.models import records, staging
from app.models.admission import Admission, Report, silent
from app.models.catalogue import Catalogue
from app.models.download import Consent, Download
from app.models.facts import display
from app.models.memory import free_memory
from app.models.records import Record
from app.models.shelf import Shelf
from app.models.staging import Staged
from app.models.trial import FirstLoad
from app.vault.database import Database

log = logger(__name__)

SHORTEST_PREFIX = 4


class ModelLibrary:
    """All models of one home. Belongs to the core loop; what blocks runs in threads.

    Attributes:
        catalogue: recognises official files by their hash and gives them their title, purpose and licence.
    """

    def __init__(
        self,
        database: Database,
        home: Home,
        load: FirstLoad,
        catalogue: Catalogue,
        *,
        clock: Clock | None = None,
        free: Callable[[], int] = free_memory,
    ) -> None:
        self.catalogue = catalogue
        self._database = database
        self._shelf = Shelf(private_folder(home.models))
        self._staging = private_folder(home.staging)
        self._admission = Admission(database, self._shelf, load, catalogue, free)
        self._clock = clock or SystemClock()
        self._free = free
        self._one_at_a_time = asyncio.Lock()

    async def recover(self) -> None:
        """Remove what an admission that never ended has left. Call it once, before anything else."""
        for path in self._staging.glob(f"*{staging.SUFFIX}"):
            staging.discard(path)
        for model in await self._database.read(records.unfinished):
            self._shelf.discard(model)
            await self._database.write(records.delete(model))
            log.info("removed an unfinished admission %s", model[:12])

    async def add(self, path: Path, report: Report = silent) -> ModelCard:
        """Bring the file at ``path_of`` in. A refusal is a card with its reason; the person's own file is untouched.

        Adding a file that is in the library already answers with its card.

        Raises:
            Known: nothing could be decided: ``carrel.model.unreadable``, ``carrel.model.memory``,
                ``carrel.disk.full``, or what kept the confined child from starting.
        """
        name = display(path.name)
        async with self._one_at_a_time:
            staged = await self._stage(path, report)
            return await self._judge(staged, name, str(path), report)

    async def get(
        self, name: str, consent: Consent, report: Report = silent, *, tls: ssl.SSLContext | None = None
    ) -> ModelCard:
        """Download a model of the catalogue and bring it in. ``consent`` is asked once, before any connection.

        One that is in the library already is not downloaded again.

        Raises:
            Known: ``carrel.model.not_in_catalogue``, and as ``Download.fetch`` and ``add``.
        """
        entry = self.catalogue.require(name)
        with contextlib.suppress(Known):
            await self.path_of(entry.sha256)
            return await self.show(entry.sha256)
        async with self._one_at_a_time:
            download = Download(entry, self._staging, tls)
            path = await download.fetch(consent, lambda part: report("downloading", part))
            staged = await asyncio.to_thread(staging.adopt, path, self._staging, entry.sha256)
            return await self._judge(staged, entry.title, entry.source, report)

    async def list(self) -> tuple[ModelCard, ...]:
        """All cards: the one in use first, refused ones last; memory against what is free now."""
        free = self._free()
        return tuple(record.card(free) for record in await self._database.read(records.everything))

    async def show(self, text: str) -> ModelCard:
        """The one model whose id starts with ``text`` or that has it as its name.

        Raises:
            Known: ``carrel.model.unknown``, ``carrel.model.ambiguous``.
        """
        return (await self._find(text)).card(self._free())

    async def in_use(self) -> ModelCard | None:
        """The chosen one."""
        return next((card for card in await self.list() if card.in_use), None)

    async def use(self, text: str) -> ModelCard:
        """Choose an admitted model; the one it replaces is remembered in ``before``.

        Raises:
            Known: as ``show`` and ``path_of``.
        """
        record = await self._find(text)
        await self.path_of(record.id)
        await self._database.write(records.choose(record.id))
        log.info("in use: %s", record.id[:12])
        return await self.show(record.id)

    async def largest_context(self, text: str) -> int:
        """Tokens of context that fit in the memory free now, at most what it was trained for; 0 if it does not fit."""
        record = await self._find(text)
        return record.measured.largest_context(self._free(), record.context) if record.measured else 0

    async def path_of(self, text: str) -> Path:
        """The file of an admitted model, to be loaded now. Hashed again only if it does not look as it did.

        Raises:
            Known: ``carrel.model.not_admitted``, ``carrel.model.missing``, ``carrel.model.changed``.
        """
        record = _admitted(await self._find(text))
        if not await asyncio.to_thread(self._shelf.same, record):
            await self._prove(record)
        return self._shelf.path(record.id)

    async def verify(self, text: str) -> ModelCard:
        """Hash the whole file again and answer with its card.

        Raises:
            Known: as ``path_of``.
        """
        record = _admitted(await self._find(text))
        await self._prove(record)
        return record.card(self._free())

    async def remove(self, text: str) -> ModelCard:
        """Take a model and its file out of the library; the card it had is the answer. Unload it first."""
        record = await self._find(text)
        async with self._one_at_a_time:
            await asyncio.to_thread(self._shelf.discard, record.id)
            await self._database.write(records.delete(record.id))
        log.info("removed %s", record.id[:12])
        return record.card(self._free())

    async def _stage(self, path: Path, report: Report) -> Staged:
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def progress(part: float) -> None:
            loop.call_soon_threadsafe(report, "copying", part)

        copying = asyncio.ensure_future(asyncio.to_thread(staging.stage, path, self._staging, progress, stop))
        try:
            return await asyncio.shield(copying)
        except asyncio.CancelledError:
            stop.set()
            with contextlib.suppress(staging.Stopped, Known):
                (await copying).drop()
            raise

    async def _judge(self, staged: Staged, name: str, source: str, report: Report) -> ModelCard:
        record = Record(
            id=staged.sha256,
            state=ModelState.CHECKING,
            added=self._clock.now().isoformat(),
            source=source,
            name=name,
            bytes=staged.bytes,
        )
        try:
            record = await self._admission.judge(staged, record, report)
        finally:
            staged.drop()
        report("refused" if record.state == ModelState.REFUSED else "done", 1.0, record.reason)
        return record.card(self._free())

    async def _prove(self, record: Record) -> None:
        seen = await asyncio.to_thread(self._shelf.prove, record)
        await self._database.write(records.mark(record.id, seen))

    async def _find(self, text: str) -> Record:
        wanted = text.strip().casefold()
        every = await self._database.read(records.everything)
        found = [one for one in every if len(wanted) >= SHORTEST_PREFIX and one.id.startswith(wanted)]
        if not found:
            entry = self.catalogue.by_name(wanted)
            found = [one for one in every if one.name.casefold() == wanted or (entry and one.id == entry.sha256)]
        if not found:
            raise Known(
                "carrel.model.unknown",
                f"No model in the library is called {display(text)!r}.",
                "Run carrel models list to see what is there.",
            )
        if len(found) > 1:
            raise Known(
                "carrel.model.ambiguous",
                f"{len(found)} models match {display(text)!r}.",
                "Use more digits of its id.",
            )
        return found[0]


def _admitted(record: Record) -> Record:
    if record.state != ModelState.ADMITTED:
        raise Known(
            "carrel.model.not_admitted",
            f"{record.name} was not admitted. {record.reason}".strip(),
            "Choose another model, or add this one again from its publisher.",
        )
    return record

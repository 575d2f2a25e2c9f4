"""Judging a staged file: structure, facts, memory, one confined load. Only what passes all of it reaches the shelf."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from typing import Any, Literal, Protocol, TypeVar

from app.domain.model import ModelState
from app.kernel.errors import Known
from app.kernel.log import logger
from app.models import records
from app.models.bounded import Refused, amount
from app.models.catalogue import Catalogue
from app.models.facts import Facts, describe
from app.models.gguf import check
from app.models.memory import Measured
from app.models.records import Record
from app.models.shelf import Shelf
from app.models.staging import Staged
from app.models.trial import FirstLoad, Trial, first_load
from app.vault.database import Database

log = logger(__name__)

T = TypeVar("T")

SHORTEST_CONTEXT = 512

Stage = Literal["downloading", "copying", "checking", "loading", "done", "refused"]


class Report(Protocol):
    """Where an admission stands; ``fraction`` of the stage is done."""

    def __call__(self, stage: Stage, fraction: float, reason: str = "") -> None: ...


def silent(stage: Stage, fraction: float, reason: str = "") -> None:
    """Nobody is watching."""


class Admission:
    """The one way onto the shelf. Belongs to the core loop; what blocks runs in threads."""

    def __init__(
        self, database: Database, shelf: Shelf, load: FirstLoad, catalogue: Catalogue, free: Callable[[], int]
    ) -> None:
        self._database = database
        self._shelf = shelf
        self._load = load
        self._catalogue = catalogue
        self._free = free

    async def judge(self, staged: Staged, record: Record, report: Report) -> Record:
        """Admit or refuse; either way the row that was written is the answer.

        Raises:
            Known: nothing was decided: ``carrel.model.memory``, or what kept the first load from running.
        """
        known = await self._database.read(records.get(staged.sha256))
        if known and known.state == ModelState.ADMITTED:
            return await self._again(staged, known)
        try:
            report("checking", 0.0)
            facts = await asyncio.to_thread(lambda: describe(check(staged.path)))
            record = self._described(record, facts)
            self._require_memory(facts)
            async with self._shown(record):
                report("loading", 0.0)
                trial = await first_load(self._load, staged.path)
                return await _whole(self._admit(staged, _measured(record, facts, trial)))
        except Refused as refusal:
            record = replace(record, state=ModelState.REFUSED, reason=f"Refused: {refusal}.")
            await self._database.write(records.put(record))
            log.info("refused %s", record.id[:12])
            return record

    @contextlib.asynccontextmanager
    async def _shown(self, record: Record) -> AsyncIterator[None]:
        """Show ``record`` as being checked; if it is not admitted, neither row nor file of it stays."""
        await self._database.write(records.put(record))
        try:
            yield
        except BaseException:
            self._shelf.discard(record.id)
            await _whole(self._database.write(records.delete(record.id)))
            raise

    async def _admit(self, staged: Staged, record: Record) -> Record:
        seen = await asyncio.to_thread(self._shelf.place, staged)
        record = record.marked(seen)
        await self._database.write(records.put(record))
        log.info("admitted %s, %d bytes, needs %s", record.id[:12], record.bytes, record.memory_needed)
        return record

    async def _again(self, staged: Staged, known: Record) -> Record:
        """The same bytes were admitted before: nothing to judge, but a lost or changed file is put right."""
        try:
            if await asyncio.to_thread(self._shelf.same, known):
                return known
            seen = await asyncio.to_thread(self._shelf.prove, known)
        except Known:
            seen = await asyncio.to_thread(self._shelf.place, staged)
            log.info("put %s back in place", known.id[:12])
        await self._database.write(records.mark(known.id, seen))
        return known.marked(seen)

    def _described(self, record: Record, facts: Facts) -> Record:
        """An official file is named by the catalogue, any other by itself, else by its file name."""
        entry = self._catalogue.by_sha256(record.id)
        return replace(
            record,
            name=entry.title if entry else facts.name or record.name,
            publisher=entry.publisher if entry else facts.publisher,
            purpose=entry.purpose if entry else "",
            licence=entry.licence if entry else facts.licence,
            architecture=facts.architecture,
            parameters=facts.parameters,
            quantisation=facts.quantisation,
            context=facts.context,
            template=int(facts.template),
            kv_per_token=facts.kv_per_token,
        )

    def _require_memory(self, facts: Facts) -> None:
        needed, free = facts.needed(SHORTEST_CONTEXT), self._free()
        if needed > free:
            raise Known(
                "carrel.model.memory",
                f"This model needs at least {amount(needed)} of memory; {amount(free)} are free.",
                "Close other programs, or choose a smaller model.",
                retryable=True,
            )


def _measured(record: Record, facts: Facts, trial: Trial) -> Record:
    """The record with what the first load showed beside what had been estimated."""
    measured = Measured.of(trial.report.memory, trial.report.context_tokens, facts.kv_per_token)
    return replace(
        record,
        state=ModelState.ADMITTED,
        memory_estimated=facts.needed(measured.context),
        memory_weights=measured.weights,
        memory_working=measured.working,
        memory_needed=measured.needed,
        memory_context=measured.context,
        tokens_per_second=trial.tokens_per_second,
    )


async def _whole(work: Coroutine[Any, Any, T]) -> T:
    """Let a step that must not be cut in two end before a cancellation goes on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise

"""The model library as a person uses it: add, choose, load, unload, remove. Owns the one engine that answers."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from app.domain.audit import AdmissionRecord, ModelRecord, NetworkRecord
from app.domain.events import AdmissionChanged, ListsChanged, Recorded
from app.domain.model import ModelCard, ModelState
from app.domain.record import Record, worded
from app.kernel.errors import Known
from app.kernel.log import logger

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from app.domain.generation import Engine
    from app.models.admission import Report, Stage
    from app.models.catalogue import CatalogueEntry
    from app.models.library import ModelLibrary
    from app.services.feed import Feed

_log = logger(__name__)
T = TypeVar("T")

CONTEXT_TOKENS = 8192
SHORTEST_CONTEXT = 1024


class StartEngine(Protocol):
    """Loads a model file in a child of its own."""

    def __call__(self, path: Path, context_tokens: int) -> Awaitable[Engine]: ...


class Library:
    """One engine at most is loaded; loading another ends the one before. A dead one is started again when asked for."""

    def __init__(self, models: ModelLibrary, start_engine: StartEngine, feed: Feed) -> None:
        self._models = models
        self._start_engine = start_engine
        self._feed = feed
        self._loading = asyncio.Lock()
        self._engine: Engine | None = None
        self._loaded: ModelCard | None = None

    @property
    def loaded(self) -> ModelCard | None:
        """The model whose engine is running."""
        return self._loaded if self._engine is not None else None

    @property
    def engine(self) -> Engine | None:
        return self._engine

    async def cards(self) -> tuple[ModelCard, ...]:
        return await self._models.list()

    async def card(self, model: str) -> ModelCard:
        """By id, the beginning of an id, or name."""
        return await self._models.show(model)

    async def add(self, path: Path) -> ModelCard:
        """Check and admit a file; the first one admitted is put to use."""
        return await self._welcome(await self._judged("file", self._models.add(path, self._report(path.name))))

    async def get(self, name: str, consent: Callable[[str], Awaitable[bool]]) -> ModelCard:
        """Download a model of the catalogue, after asking, and admit it."""

        async def asked(question: str) -> bool:
            allowed = await consent(question)
            self._tell(NetworkRecord(subject=worded(name), allowed=allowed))
            return allowed

        return await self._welcome(await self._judged("download", self._models.get(name, asked, self._report(name))))

    @property
    def catalogue(self) -> tuple[CatalogueEntry, ...]:
        return self._models.catalogue.entries

    async def _welcome(self, card: ModelCard) -> ModelCard:
        if card.state is ModelState.ADMITTED and await self._models.in_use() is None:
            card = await self._models.use(card.id)
        self._feed.publish(ListsChanged(what="models"))
        return card

    def _report(self, name: str) -> Report:
        def report(stage: Stage, fraction: float, reason: str = "") -> None:
            self._feed.publish(AdmissionChanged(name=name, stage=stage, fraction=fraction, reason=reason))

        return report

    async def use(self, model: str, *, remember: bool = True) -> None:
        """Load ``model`` and let it answer from now on; ``remember`` makes it the choice of the next start too."""
        async with self._loading:
            card = await self._models.show(model)
            await self._load(card)
            if remember:
                await self._models.use(card.id)
                self._tell(ModelRecord(model=card.id, act="chosen"))
        self._feed.publish(ListsChanged(what="models"))

    async def ready(self) -> tuple[Engine, ModelCard]:
        """The engine that answers, loaded now if need be.

        Raises:
            Known: ``carrel.model.none`` when no model was chosen.
        """
        async with self._loading:
            if self._engine is not None and self._loaded is not None and self._engine.alive:
                return self._engine, self._loaded
            chosen = self._loaded or await self._models.in_use()
            if chosen is None:
                raise none_chosen()
            return await self._load(chosen), chosen

    async def path(self, model: str | None = None) -> Path:
        """The file of an admitted model: ``model``, or the one in use."""
        if model is None:
            chosen = await self._models.in_use()
            if chosen is None:
                raise none_chosen()
            model = chosen.id
        return await self._models.path_of(model)

    async def unload(self) -> None:
        """End the engine and give its memory back; the choice stays."""
        async with self._loading:
            await self._end()
        self._feed.publish(ListsChanged(what="models"))

    async def verify(self, model: str) -> None:
        """Hash it again. Raises ``carrel.model.changed``."""
        card = await self._models.show(model)
        await self._told(card, "verified", self._models.verify(card.id))

    async def remove(self, model: str) -> None:
        async with self._loading:
            card = await self._models.show(model)
            if self._loaded is not None and self._loaded.id == card.id:
                await self._end()
            await self._models.remove(card.id)
            self._tell(ModelRecord(model=card.id, act="removed"))
        self._feed.publish(ListsChanged(what="models"))

    async def close(self) -> None:
        async with self._loading:
            await self._end()

    async def _load(self, card: ModelCard) -> Engine:
        if self._engine is not None and self._engine.alive and self._loaded is not None and self._loaded.id == card.id:
            return self._engine
        return await self._told(card, "loaded", self._start(card))

    async def _start(self, card: ModelCard) -> Engine:
        path = await self._models.path_of(card.id)
        await self._end()
        context = min(card.context or CONTEXT_TOKENS, CONTEXT_TOKENS)
        if card.memory is not None and not card.memory.fits:
            fitting = await self._models.largest_context(card.id)
            if fitting < min(context, SHORTEST_CONTEXT):
                raise Known(
                    "carrel.model.memory",
                    f"{card.name} does not fit: it needs {_gb(card.memory.needed)}; {_gb(card.memory.free)} are free.",
                    "Close other programs, or choose a smaller model.",
                    retryable=True,
                )
            context = min(context, fitting)
        self._engine = await self._start_engine(path, context)
        self._loaded = card
        _log.info("model %s loaded in %.1f s", card.id[:12], self._engine.report.seconds)
        return self._engine

    async def _told(self, card: ModelCard, act: Literal["loaded", "verified"], work: Awaitable[T]) -> T:
        """``work``; the trail hears that it was done, or why it could not be."""
        begun = time.monotonic()
        try:
            done = await work
        except Known as known:
            seconds = time.monotonic() - begun
            self._tell(ModelRecord(model=card.id, act=act, code=worded(known.code), seconds=seconds))
            raise
        context = self._engine.report.context_tokens if act == "loaded" and self._engine else 0
        self._tell(ModelRecord(model=card.id, act=act, context_tokens=context, seconds=time.monotonic() - begun))
        return done

    async def _judged(self, source: Literal["file", "download"], admission: Awaitable[ModelCard]) -> ModelCard:
        """The card; the trail hears how the file was judged, or why it was not."""
        begun = time.monotonic()
        try:
            card = await admission
        except Known as known:
            seconds = time.monotonic() - begun
            self._tell(AdmissionRecord(outcome="undecided", source=source, code=worded(known.code), seconds=seconds))
            raise
        self._tell(
            AdmissionRecord(
                model=card.id,
                outcome="admitted" if card.state is ModelState.ADMITTED else "refused",
                source=source,
                bytes=card.bytes,
                seconds=time.monotonic() - begun,
            )
        )
        return card

    def _tell(self, record: Record) -> None:
        self._feed.publish(Recorded(record=record))

    async def _end(self) -> None:
        engine, self._engine, self._loaded = self._engine, None, None
        if engine is not None:
            await engine.close()


def none_chosen() -> Known:
    return Known("carrel.model.none", "No model has been chosen.", "Add a model file on the Models page.")


def _gb(number: int) -> str:
    return f"{number / 1e9:.1f} GB"

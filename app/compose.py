"""Builds the object graph, once. The only place that knows everybody."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.documents.chunking import Chunker
from app.documents.collections import Collections
from app.documents.index.opening import open_index
from app.documents.intake import Rooms
from app.documents.search import Search
from app.documents.store import DocumentStore
from app.domain.policy import Tier
from app.engine.llama_engine import LlamaEngine
from app.engine.onnx_embedder import OnnxEmbedder, Recipe
from app.kernel.clock import SystemClock
from app.kernel.errors import Known
from app.kernel.log import logger, write_to
from app.kernel.paths import PRIVATE, Home, resources
from app.models.catalogue import Catalogue
from app.models.library import ModelLibrary
from app.sandbox.check import open_launcher
from app.services.audit import Trail
from app.services.audit_children import WatchedLauncher
from app.services.conversation import Conversations
from app.services.evidence import Evidence
from app.services.feed import Feed
from app.services.library import Library, StartEngine
from app.services.local import LocalDesk
from app.services.quiet import Quiet
from app.services.reading import Reading
from app.services.retrieval import Retrieval
from app.services.session import Session
from app.services.status import StatusLine
from app.services.status_news import StatusNews
from app.services.toolbox import Toolbox
from app.services.trial import EngineTrial
from app.vault.connection import explained
from app.vault.lock import HomeLock
from app.vault.vault import VaultState, state

if TYPE_CHECKING:
    from app.domain.generation import Engine
    from app.sandbox.nursery import Launcher
    from app.ui.window import MainWindow
    from app.vault.vault import Vault

LOG = logger(__name__)

EMBEDDER = "embedder"


class Compose:
    """The real parts, and for each a place to put another one.

    Args:
        attended: a person is there to answer questions.
        start_engine: answers in place of llama.cpp.
        launch: opens confinement; where there is none it gives the launcher that refuses.
        embedder: folder of the embedder.
    """

    def __init__(
        self,
        *,
        attended: bool = False,
        start_engine: StartEngine | None = None,
        launch: Callable[[], Awaitable[Launcher]] = open_launcher,
        embedder: Path | None = None,
    ) -> None:
        self._attended = attended
        self._start_engine = start_engine
        self._launch = launch
        self._embedder = embedder or resources() / EMBEDDER

    @contextlib.asynccontextmanager
    async def launcher(self) -> AsyncIterator[Launcher]:
        """Confinement alone."""
        launcher = await self._launch()
        try:
            yield launcher
        finally:
            await launcher.close()

    @contextlib.asynccontextmanager
    async def closed_desk(self, home: Home) -> AsyncIterator[LocalDesk]:
        """The desk of ``home``, the home locked for us, the vault not yet open.

        Raises:
            Known: ``carrel.home.in_use``, ``carrel.home.unusable``, ``carrel.disk.full``.
        """
        with _taken(home), write_to(home.logs):
            async with self.launcher() as launcher:
                feed = Feed()

                async def open_session(vault: Vault) -> Session:
                    return await self._session(home, vault, launcher, feed)

                desk = LocalDesk(home, feed, open_session, starter_model())
                news = StatusNews(feed, desk.status)
                try:
                    yield desk
                finally:
                    await news.close()
                    await desk.lock()

    @contextlib.asynccontextmanager
    async def desk(self, home: Home, passphrase: str | None) -> AsyncIterator[LocalDesk]:
        """The desk with its vault open; a home without one gets one."""
        async with self.closed_desk(home) as desk:
            if state(home) is VaultState.MISSING:
                await desk.create_key(passphrase)
            else:
                await desk.unlock(passphrase)
            yield desk

    async def _session(self, home: Home, vault: Vault, launcher: Launcher, feed: Feed) -> Session:
        clock = SystemClock()
        database = vault.database
        trail = Trail(vault.events, feed, clock, lambda: toolbox.specs)
        status_launcher, launcher = launcher, WatchedLauncher(launcher, feed)
        start_engine = self._start_engine or _llama(launcher)
        models = ModelLibrary(database, home, EngineTrial(start_engine), Catalogue.shipped(), clock=clock)
        await models.recover()
        store, collections = DocumentStore(database), Collections(database, clock)
        memory = await asyncio.to_thread(_emptied, home)
        embedder = _embedder(launcher, self._embedder)
        index = await open_index(store, embedder.card, None if launcher.tier is Tier.NONE else launcher, memory)
        warming = asyncio.create_task(_warm(embedder))
        quiet = Quiet()
        rooms = Rooms(store, launcher, embedder, Chunker(self._embedder / "tokenizer.json"), index, clock)
        library = Library(models, start_engine, feed)
        retrieval = Retrieval(Search(database, embedder, index), store)
        toolbox = await Toolbox.open(vault, launcher, retrieval, store, feed, clock)
        reading = Reading(rooms, collections, vault.artifacts, quiet, feed)
        return Session(
            vault=vault,
            conversations=Conversations(
                vault.conversations, library, retrieval, toolbox, quiet, feed, clock, attended=self._attended
            ),
            library=library,
            reading=reading,
            documents=store,
            collections=collections,
            retrieval=retrieval,
            evidence=Evidence(store, launcher),
            toolbox=toolbox,
            status=StatusLine(library, store, reading, status_launcher, vault.key_words, rolled_back=vault.rolled_back),
            trail=trail,
            closing=(
                index.close,
                lambda: _ended(warming),
                embedder.close,
                lambda: asyncio.to_thread(_forget, home),
            ),
        )


@contextlib.contextmanager
def _taken(home: Home) -> Iterator[None]:
    """The home locked for this process, its folders made; what is written meanwhile is its owner's only."""
    with contextlib.ExitStack() as held:
        held.callback(os.umask, os.umask(0o077))
        try:
            with explained(home.database):
                held.enter_context(HomeLock.acquire(home))
                home.prepare()
        except (FileExistsError, NotADirectoryError):
            raise Known(
                "carrel.home.unusable",
                f"{home.root} cannot be a home: something there is a file and not a folder.",
                "Name a folder of your own with --home.",
            ) from None
        yield


def _emptied(home: Home) -> Path:
    """The folder in RAM and the one for short-lived files, without what a session that was killed left in them."""
    _forget(home)
    for left in home.run.iterdir():
        shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    try:
        home.memory.mkdir(mode=PRIVATE)
    except FileExistsError:
        raise Known(
            "carrel.home.memory",
            f"{home.memory} is there already and is not yours to empty.",
            "Ask whoever owns it, or your administrator, to remove it.",
        ) from None
    return home.memory


def _forget(home: Home) -> None:
    shutil.rmtree(home.memory, ignore_errors=True)


def _embedder(launcher: Launcher, folder: Path) -> OnnxEmbedder:
    """Its child is started by the first call, so that a vault opens where none can run."""
    return OnnxEmbedder(launcher, folder, Recipe.model_validate_json((folder / "embedder.json").read_bytes()))


async def _warm(embedder: OnnxEmbedder) -> None:
    """Start the child before somebody waits for it. Whoever needs it is told why it does not start."""
    try:
        await embedder.embed(["Good morning."])
    except Known as known:
        LOG.warning("the embedder did not start: %s", known.code)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _llama(launcher: Launcher) -> StartEngine:
    async def start(path: Path, context_tokens: int) -> Engine:
        return await LlamaEngine.start(launcher, path, context_tokens=context_tokens)

    return start


def starter_model() -> Path | None:
    """A model file lying ready to be added: the catalogue's starter in the folder a checkout keeps models in."""
    starter = Catalogue.shipped().starter
    folder = resources().parent / ".models"
    if starter is None or not folder.is_dir():
        return None
    return next((path for path in folder.glob("*.gguf") if path.stat().st_size == starter.bytes), None)


def window(
    asked: Path | None, composer: Compose | None = None, opened: Callable[[MainWindow], None] | None = None
) -> int:
    """Open the window on a home and run until it is closed; returns the exit code. ``opened`` is told of it."""
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - the command line must not load Qt

    from app.bridge.core import CoreThread, quit_on_signals  # noqa: PLC0415
    from app.bridge.desk import DeskBridge  # noqa: PLC0415
    from app.ui.refusal import show_refusal  # noqa: PLC0415
    from app.ui.window import open_window  # noqa: PLC0415

    home = Home.find(asked)
    app = QApplication(["carrel"])
    quit_on_signals(app)
    core = CoreThread()
    held = contextlib.AsyncExitStack()
    try:
        desk = core.run(held.enter_async_context((composer or Compose(attended=True)).closed_desk(home)))
    except Known as known:
        core.stop()
        return show_refusal(known)
    try:
        shown = open_window(DeskBridge(core, desk), home.root / "window.ini")
        if opened is not None:
            opened(shown)
        code = app.exec()
        shown.hide()
        return code
    finally:
        core.run(held.aclose())
        core.stop()

"""The room most tests are held in: the desk of this computer, its parts real, its model a transcript.

Vault, stores, readers and tools are those of the program. Answers are played by the shipped scripted engine, the
shipped embedder knows words only, the index is the exact one alone, and children are started without their locks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from app.documents.chunking import Chunker
from app.documents.collections import Collections
from app.documents.index.exact import ExactIndex
from app.documents.intake import Rooms
from app.documents.search import Search
from app.documents.store import DocumentStore
from app.domain.documents import Label, ReadingProgress
from app.domain.events import Event, TurnEnded
from app.domain.generation import Engine
from app.domain.messages import Answer, Scope
from app.domain.tool import Grant
from app.engine.hashing_embedder import HashingEmbedder
from app.engine.scripted import ScriptedCall, ScriptedEngine, ScriptedReply, Transcript
from app.kernel.clock import SystemClock
from app.kernel.paths import Home, resources
from app.models.catalogue import Catalogue
from app.models.library import ModelLibrary
from app.sandbox.nursery import Nursery
from app.services.audit import Trail
from app.services.conversation import Conversations
from app.services.evidence import Evidence
from app.services.feed import Feed
from app.services.library import Library
from app.services.local import LocalDesk
from app.services.quiet import Quiet
from app.services.reading import Reading
from app.services.retrieval import Retrieval
from app.services.session import Session
from app.services.status import StatusLine
from app.services.status_news import StatusNews
from app.services.toolbox import Toolbox
from app.services.trial import EngineTrial
from app.vault.passphrase import Cost
from app.vault.vault import Vault
from tests.material.gguf_files import GgufFile

PASSPHRASE = "a lantern under the stairs"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
SECONDS = 60.0
GB = 10**9
TALK = Scope(documents=False)
E = TypeVar("E")


def transcript(*replies: ScriptedReply | str, delay: float = 0.0) -> Transcript:
    made = tuple(ScriptedReply(text=reply) if isinstance(reply, str) else reply for reply in replies)
    return Transcript(replies=made, delay_seconds=delay, context_tokens=8192)


@cache
def chunker() -> Chunker:
    """One for all rooms: reading its tokenizer takes longer than opening a vault."""
    return Chunker(resources() / "embedder" / "tokenizer.json")


@dataclass
class Room:
    """A desk and all it said.

    Attributes:
        engines: every engine that answered, oldest first.
        played: by the engine that is started next.
        start: may be replaced to start another engine, later or not at all.
        free: bytes of memory that models may count on.
    """

    desk: LocalDesk
    start: Callable[[], Awaitable[Engine]]
    played: Transcript
    free: int = GB
    events: list[Event] = field(default_factory=list)
    engines: list[Engine] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, event: Event) -> None:
        self.events.append(event)
        self.news.set()

    async def until(self, kind: type[E], true: Callable[[E], bool] = lambda _: True) -> E:
        """The first event of a kind, already heard or still to come."""
        async with asyncio.timeout(SECONDS):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and true(event):
                        return event
                self.news.clear()
                await self.news.wait()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def talk(self) -> str:
        """A new conversation without documents."""
        return (await self.desk.new_conversation(TALK)).id

    async def answer(self, conversation: str, question: str, *, replace: str | None = None) -> Answer:
        turn = await self.desk.ask(conversation, question, replace=replace)
        return (await self.until(TurnEnded, lambda event: event.turn == turn)).answer

    async def read(self, *paths: Path, into: str = "Papers") -> ReadingProgress:
        """Read files and folders into a new collection, to the end."""
        collection = await self.desk.new_collection(into, Label.INTERNAL)
        return await self.desk.reading_over(await self.desk.add_documents(paths, collection.id))

    async def call_to_write(self, folder: Path, *attached: Path) -> str:
        """A conversation in which "Save it" is answered by a call that asks to write ``note.md`` into ``folder``.

        Files of others that are ``attached`` taint it.
        """
        tools, files = ("propose_file", "write_file"), tuple(map(str, attached))
        scope = Scope(documents=False, tools=tools, folders=(str(folder),), files=files)
        conversation = (await self.desk.new_conversation(scope)).id
        grant = Grant(conversation=conversation, tools=scope.tools, folders=scope.folders)
        note = json.dumps({"name": "note.md", "content": "Bread\n"})
        outcome = await self.desk.session.toolbox.run("propose_file", note, grant)
        call = ScriptedCall(tool="write_file", arguments={"proposal": (outcome.result or {})["proposal"]})
        asked = "Save it"
        settled = ScriptedReply(when=asked, text="It is settled.")
        self.played = transcript(ScriptedReply(when=asked, calls=(call,)), settled, "Yes.")
        return conversation


@asynccontextmanager
async def open_room(place: Path, played: Transcript, *, attended: bool = False) -> AsyncIterator[Room]:
    """The room of ``place``, unlocked; its home is made at the first time, with one model in use."""
    async with locked_room(place, played, attended=attended) as room:
        await room.desk.unlock(PASSPHRASE)
        if not await room.desk.models():
            await room.desk.add_model(GgufFile().write(place / "tiny.gguf"))
        yield room


@asynccontextmanager
async def locked_room(place: Path, played: Transcript, *, attended: bool = False) -> AsyncIterator[Room]:
    """The room of ``place`` before ``PASSPHRASE`` was said; a home that is made for it has no model.

    Args:
        attended: a person is there to be asked.
    """
    home = Home(place / "home")
    if not home.database.exists():
        await (await Vault.create(home, PASSPHRASE, cost=CHEAP)).close()
    launcher, feed = Nursery(), Feed()

    async def scripted() -> Engine:
        return ScriptedEngine(room.played)

    async def start(path: Path, context_tokens: int) -> Engine:
        engine = await room.start()
        room.engines.append(engine)
        return engine

    async def start_for_trial(path: Path, context_tokens: int) -> Engine:
        return await scripted()

    async def open_session(vault: Vault) -> Session:
        clock, quiet = SystemClock(), Quiet()
        trail = Trail(vault.events, feed, clock, lambda: toolbox.specs)
        embedder = HashingEmbedder()
        index = ExactIndex(embedder.card.dimensions)
        store, collections = DocumentStore(vault.database), Collections(vault.database, clock)
        retrieval = Retrieval(Search(vault.database, embedder, index), store)
        toolbox = await Toolbox.open(vault, launcher, retrieval, store, feed, clock)
        first_load = EngineTrial(start_for_trial)
        models = ModelLibrary(vault.database, home, first_load, Catalogue.shipped(), free=lambda: room.free)
        library = Library(models, start, feed)
        rooms = Rooms(store, launcher, embedder, chunker(), index, clock)
        reading = Reading(rooms, collections, vault.artifacts, quiet, feed)
        return Session(
            vault=vault,
            conversations=Conversations(
                vault.conversations, library, retrieval, toolbox, quiet, feed, clock, attended=attended
            ),
            library=library,
            reading=reading,
            documents=store,
            collections=collections,
            retrieval=retrieval,
            evidence=Evidence(store, launcher),
            toolbox=toolbox,
            status=StatusLine(library, store, reading, launcher, vault.key_words),
            trail=trail,
        )

    room = Room(LocalDesk(home, feed, open_session, None), scripted, played)
    feed.watch(room.hear)
    news = StatusNews(feed, room.desk.status)
    try:
        yield room
    finally:
        await news.close()
        await room.desk.lock()
        await launcher.close()

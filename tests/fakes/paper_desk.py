"""A desk kept in memory: real conversations, scopes and permissions; answers are played from a script."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from app.domain.audit import AuditEvent, Record, Verdict
from app.domain.documents import (
    Box,
    Collection,
    DeletionReport,
    Label,
    Outcome,
    PagePicture,
    Passage,
    SearchResult,
    SearchSeconds,
    Source,
    Span,
)
from app.domain.events import (
    Event,
    ListsChanged,
    PermissionAsked,
    Status,
    StatusItem,
    ToolStateChanged,
    TurnEnded,
    TurnStarted,
    TurnStreamed,
)
from app.domain.messages import (
    Answer,
    AnswerState,
    Conversation,
    ConversationHead,
    Exchange,
    Quote,
    Scope,
    Sentence,
    ToolCall,
)
from app.domain.metrics import Metrics
from app.domain.model import ModelCard, ModelState
from app.domain.stream import TextDelta
from app.domain.tool import ToolKind, ToolSpec
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.services.desk import SetupState, SourcePage, Storage
from app.services.metrics import measure

WHEN = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)
WORDS = "Up to five days of unused leave may be carried over."
TEXT = f"Leave rules\n\n{WORDS} Requests are made in writing."
SPAN = Span(TEXT.index(WORDS), TEXT.index(WORDS) + len(WORDS))
ANSWER = Answer(
    state=AnswerState.DONE,
    text="You can carry over five days. The office reminds you in May.",
    supported=False,
    sentences=(
        Sentence(text="You can carry over five days.", supported=True, quotes=(1,)),
        Sentence(text="The office reminds you in May.", supported=False, unsupported=("May",)),
    ),
    quotes=(
        Quote(
            number=1,
            text=WORDS,
            chunk="c",
            source="handbook",
            path="/papers/Handbook.pdf",
            title="Handbook.pdf",
            page=30,
            span=SPAN,
            label=Label.INTERNAL,
            verified=True,
        ),
    ),
)
NOTE = Passage(
    chunk="n",
    source="notes",
    collection="staff",
    path="/papers/notes.md",
    title="notes.md",
    page=None,
    span=SPAN,
    text=WORDS,
    label=Label.INTERNAL,
    score=1.0,
)


class PaperDesk:
    """Implements ``app.services.desk.Desk``. One vault, one collection, one model, one tool that asks first.

    Attributes:
        answer: what the next turn ends with; its words are streamed one by one.
        hold: a turn waits for this before its last word, so that it can be looked at while it runs.
        calls: set to play a tool call that asks for permission before the words.
        past, verdict: the events there were, and whether they are whole.
    """

    def __init__(self, *, passphrase: str = "", answer: Answer = ANSWER) -> None:
        self.answer = answer
        self.hold: asyncio.Event | None = None
        self.calls = False
        self.decisions: list[str] = []
        self._passphrase = passphrase
        self._locked = bool(passphrase)
        self._listeners: list[Callable[[Event], None]] = []
        self._chats: dict[str, Conversation] = {}
        self._gone: dict[str, Conversation] = {}
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._questions: dict[str, asyncio.Future[str]] = {}
        self.model = True
        self.past: tuple[AuditEvent, ...] = ()
        self.verdict = Verdict(events=0)

    def _say(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def watch(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def status(self) -> Status:
        good = StatusItem(state="good", text="Fine")
        return Status(
            model=good,
            memory=good,
            memory_used=2,
            memory_total=8,
            index=good,
            network=good,
            sandbox=good,
            encryption=good,
        )

    async def setup(self) -> SetupState:
        words = "Wrapped by your passphrase" if self._passphrase else "In the system keyring"
        return SetupState(
            key="locked" if self._locked else "open", key_source=words, keyring=not self._passphrase, finished=True
        )

    async def create_key(self, passphrase: str | None) -> None:
        self._passphrase, self._locked = passphrase or "", False

    async def unlock(self, passphrase: str | None) -> None:
        if (passphrase or "") != self._passphrase:
            raise Known("carrel.vault.passphrase", "That passphrase does not open this vault.", "Type it again.")
        self._locked = False

    async def lock(self) -> None:
        self._locked = True

    async def finish_setup(self) -> None: ...

    async def conversations(self, search: str = "") -> tuple[ConversationHead, ...]:
        heads = [chat.head for chat in self._chats.values() if search.lower() in chat.head.title.lower()]
        return tuple(sorted(heads, key=lambda head: head.updated, reverse=True))

    async def conversation(self, conversation: str) -> Conversation:
        return self._chats[conversation]

    async def new_conversation(self, scope: Scope) -> ConversationHead:
        head = ConversationHead(id=new_id(), title="New chat", created=WHEN, updated=WHEN, scope=scope)
        self._chats[head.id] = Conversation(head=head)
        self._say(ListsChanged(what="conversations"))
        return head

    def _change(self, conversation: str, **fields: object) -> ConversationHead:
        chat = self._chats[conversation]
        head = chat.head.model_copy(update=fields)
        self._chats[conversation] = chat.model_copy(update={"head": head})
        self._say(ListsChanged(what="conversations"))
        return head

    async def set_scope(self, conversation: str, scope: Scope) -> ConversationHead:
        return self._change(conversation, scope=scope)

    async def rename_conversation(self, conversation: str, title: str) -> None:
        self._change(conversation, title=title)

    async def delete_conversation(self, conversation: str) -> None:
        self._gone[conversation] = self._chats.pop(conversation)
        self._say(ListsChanged(what="conversations"))

    async def restore_conversation(self, conversation: str) -> None:
        self._chats[conversation] = self._gone.pop(conversation)
        self._say(ListsChanged(what="conversations"))

    async def ask(self, conversation: str, question: str, *, replace: str | None = None) -> str:
        if not self.model:
            raise Known("carrel.model.none", "No model is loaded.", "Choose one in Models.")
        chat = self._chats[conversation]
        kept = chat.exchanges
        if replace is not None:
            kept = kept[: [exchange.id for exchange in kept].index(replace)]
        exchange = Exchange(id=new_id(), conversation=conversation, asked_at=WHEN, question=question)
        self._chats[conversation] = chat.model_copy(update={"exchanges": (*kept, exchange)})
        turn = new_id()
        self._say(TurnStarted(turn=turn, exchange=exchange))
        self._turns[turn] = asyncio.create_task(self._play(turn, exchange))
        return turn

    async def _play(self, turn: str, exchange: Exchange) -> None:
        said: list[str] = []
        answer = self.answer
        try:
            if self.calls:
                await self._call(turn, exchange.conversation)
            words = [word + " " for word in self.answer.text.split(" ")]
            for at, word in enumerate(words):
                if self.hold is not None and at == len(words) - 1:
                    await self.hold.wait()
                said.append(word)
                delta = TextDelta(turn=turn, text=word)
                self._say(TurnStreamed(turn=turn, conversation=exchange.conversation, event=delta))
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            answer = Answer(state=AnswerState.STOPPED, text="".join(said).strip(), supported=True)
        chat = self._chats[exchange.conversation]
        done = (*chat.exchanges[:-1], exchange.model_copy(update={"answer": answer}))
        self._chats[exchange.conversation] = chat.model_copy(update={"exchanges": done})
        self._say(TurnEnded(turn=turn, conversation=exchange.conversation, exchange=exchange.id, answer=answer))

    async def _call(self, turn: str, conversation: str) -> None:
        call = ToolCall(id="call", tool="save_file", version=1, arguments={"name": "a.txt"})
        self._say(ToolStateChanged(turn=turn, conversation=conversation, state="waiting", call=call))
        self._questions["request"] = asyncio.get_running_loop().create_future()
        asked = PermissionAsked(
            request="request",
            turn=turn,
            conversation=conversation,
            title="Save this file?",
            facts=(("Name", "a.txt"),),
            why="Asked every time.",
            always_allowed=False,
        )
        self._say(asked)
        decision = await self._questions["request"]
        state: Literal["denied", "done"] = "denied" if decision == "deny" else "done"
        self._say(ToolStateChanged(turn=turn, conversation=conversation, state=state, call=call))

    async def stop(self, turn: str) -> None:
        self._turns[turn].cancel()

    async def permit(self, request: str, decision: Literal["once", "conversation", "deny"]) -> None:
        self.decisions.append(decision)
        self._questions[request].set_result(decision)

    async def tools(self) -> tuple[ToolSpec, ...]:
        spec = ToolSpec(
            name="save_file",
            title="Save file",
            version=1,
            kind=ToolKind.ACTION,
            description="Save a file.",
            parameters={"type": "object"},
        )
        return (spec,)

    async def page_picture(self, source: str, page: int, width: int, texts: tuple[str, ...] = ()) -> PagePicture:
        if source != "handbook":
            raise Known("carrel.page.none", "This format has no pages.", "Its text is shown instead.")
        height = width * 2
        boxes = tuple((Box(100, 500, 300, 520),) if text == WORDS and page == 30 else () for text in texts)
        return PagePicture(
            width=width, height=height, points=(400, 800), pixels=b"\xff" * (width * height * 3), boxes=boxes
        )

    async def source_text(self, source: str) -> str:
        return TEXT

    async def source_state(self, source: str) -> Literal["same", "changed", "gone"]:
        return "same"

    async def collections(self) -> tuple[Collection, ...]:
        return (Collection(id="staff", name="Staff handbook", label=Label.INTERNAL, sources=1),)

    async def new_collection(self, name: str, label: Label) -> Collection:
        return Collection(id=new_id(), name=name, label=label)

    async def sources(
        self,
        collection: str | None = None,
        outcome: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 200,
    ) -> SourcePage:
        rows = (await self.source("handbook"),) if offset == 0 and outcome in {None, "indexed"} else ()
        return SourcePage(rows=rows, total=1, counts={"indexed": 1})

    async def source(self, source: str) -> Source:
        return Source(
            id=source,
            collection="staff",
            path="/papers/Handbook.pdf",
            name="Handbook.pdf",
            kind="pdf",
            title="Handbook",
            sha256="0" * 64,
            bytes=1000,
            modified=0.0,
            label=Label.INTERNAL,
            owner="",
            outcome=Outcome.INDEXED,
            reason="",
            pages=64,
            chunks=3,
            read_at=WHEN,
        )

    async def add_documents(
        self, paths: tuple[Path, ...], collection: str, label: Label | None = None, *, jobs: int = 1
    ) -> str:
        return new_id()

    async def pause_reading(self, run: str) -> None: ...

    async def resume_reading(self, run: str) -> None: ...

    async def stop_reading(self, run: str) -> None: ...

    async def read_again(self, source: str) -> str:
        return new_id()

    async def delete_sources(self, sources: tuple[str, ...]) -> DeletionReport:
        return DeletionReport(sources=len(sources), chunks=3, vectors=3, artifacts=0, quotes=0, remaining=0)

    async def search(
        self, query: str, scope: Scope, k: int = 10, mode: Literal["hybrid", "lexical", "vector"] = "hybrid"
    ) -> SearchResult:
        return SearchResult(hits=(NOTE,), seconds=SearchSeconds(embed=0, lexical=0, vector=0, total=0))

    async def storage(self) -> Storage:
        return Storage(text=1, vectors=1, pages=1, models=1, free=1)

    async def metrics(self, days: int | None = None) -> Metrics:
        return measure(await self.events())

    async def events(
        self, kinds: tuple[type[Record], ...] = (), since: datetime | None = None, limit: int | None = None
    ) -> tuple[AuditEvent, ...]:
        told = [event for event in self.past if not kinds or isinstance(event.record, kinds)]
        return tuple(told if limit is None else told[-limit:])

    async def verify_events(self) -> Verdict:
        return self.verdict

    async def models(self) -> tuple[ModelCard, ...]:
        card = ModelCard(
            id="m",
            name="Small",
            sha256="0" * 64,
            bytes=1,
            architecture="qwen2",
            parameters=1,
            quantisation="Q4_0",
            context=2048,
            licence="Apache-2.0",
            state=ModelState.ADMITTED,
            in_use=self.model,
            added=WHEN,
        )
        return (card,)

    async def add_model(self, path: Path) -> ModelCard:
        return (await self.models())[0]

    async def use_model(self, model: str) -> None:
        self.model = True
        self._say(ListsChanged(what="models"))

    async def unload_model(self) -> None:
        self.model = False
        self._say(ListsChanged(what="models"))

    async def remove_model(self, model: str) -> None: ...

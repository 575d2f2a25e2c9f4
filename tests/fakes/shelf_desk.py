"""A desk kept in memory whose documents and models can be added, read again, deleted, loaded and removed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from app.domain.documents import (
    Collection,
    DeletionReport,
    Label,
    Outcome,
    Passage,
    ReadingProgress,
    SearchResult,
    SearchSeconds,
    Source,
)
from app.domain.events import AdmissionChanged, ListsChanged, ReadingChanged, Status, StatusItem
from app.domain.messages import Scope
from app.domain.model import ModelCard, ModelMemory, ModelState
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.services.desk import SourcePage
from tests.fakes.paper_desk import NOTE, WHEN, PaperDesk

GB = 10**9


def paper(name: str, outcome: Outcome = Outcome.INDEXED, reason: str = "", **fields: object) -> Source:
    """A source of the collection ``staff``; its id is its name without the ending."""
    read = outcome is Outcome.INDEXED
    made = Source(
        id=Path(name).stem,
        collection="staff",
        path=f"/papers/{name}",
        name=name,
        kind=name.rsplit(".", 1)[-1],
        title=name,
        sha256="ab" * 32,
        bytes=2000,
        modified=0.0,
        label=Label.INTERNAL,
        owner="",
        outcome=outcome,
        reason=reason,
        pages=64 if read and name.endswith("pdf") else None,
        chunks=3 if read else 0,
        read_at=WHEN,
    )
    return made.model_copy(update=fields)


def model(name: str, needed: int = GB, *, free: int = 5 * GB, used: bool = False, **fields: object) -> ModelCard:
    """An admitted model that was measured with 8,192 tokens of context."""
    cache = 100_000 * 8192
    made = ModelCard(
        id=name,
        name=name,
        sha256="cd" * 32,
        bytes=GB // 2,
        architecture="qwen2",
        parameters=GB,
        quantisation="Q4_0",
        context=8192,
        licence="Apache-2.0",
        state=ModelState.ADMITTED,
        in_use=used,
        added=WHEN,
        memory=ModelMemory(
            weights=needed - cache,
            kv_per_1k_tokens=100_000 * 1000,
            working=0,
            needed=needed,
            free=free,
            fits=needed <= free,
        ),
    )
    return made.model_copy(update=fields)


class ShelfDesk(PaperDesk):
    """Attributes:
    standing: how a file on disk is against what was read, by source id; ``same`` where nothing is said.
    runs: the paths and the label of each run that was started.
    paused, again, scopes: what was asked, in order.
    failure: raised by the next call that loads or adds a model.
    """

    def __init__(self, sources: tuple[Source, ...] = (), cards: tuple[ModelCard, ...] = ()) -> None:
        super().__init__()
        self.papers = list(sources)
        self.cards = list(cards)
        self.shelves = [Collection(id="staff", name="Staff handbook", label=Label.INTERNAL)] if sources else []
        self.standing: dict[str, Literal["same", "changed", "gone"]] = {}
        self.runs: list[tuple[tuple[Path, ...], str, Label | None]] = []
        self.paused: list[str] = []
        self.again: list[str] = []
        self.scopes: list[Scope] = []
        self.hits: tuple[Passage, ...] = (NOTE,)
        self.loaded = any(card.in_use for card in cards)
        self.failure: Known | None = None

    def read(self, done: int, total: int, *, paused: str = "", finished: bool = False, current: str = "") -> None:
        """Tell how far the run is. Called on the core loop."""
        progress = ReadingProgress(
            run="run",
            collection="staff",
            done=done,
            total=total,
            outcomes={Outcome.INDEXED: done},
            chunks_per_second=31,
            seconds_left=360,
            current=current,
            paused=paused,
            finished=finished,
        )
        self._say(ReadingChanged(progress=progress))

    async def status(self) -> Status:
        good = StatusItem(state="good", text="Fine")
        return (await super().status()).model_copy(
            update={
                "model": good if self.loaded else StatusItem(state="busy", text="Loads with the next question"),
                "memory_used": 2 * GB,
                "memory_total": 8 * GB,
            }
        )

    # -- documents
    async def collections(self) -> tuple[Collection, ...]:
        return tuple(
            shelf.model_copy(update={"sources": sum(p.collection == shelf.id for p in self.papers)})
            for shelf in self.shelves
        )

    async def new_collection(self, name: str, label: Label) -> Collection:
        made = Collection(id=new_id(), name=name, label=label)
        self.shelves.append(made)
        self._say(ListsChanged(what="collections"))
        return made

    async def sources(
        self,
        collection: str | None = None,
        outcome: str | None = None,
        search: str = "",
        offset: int = 0,
        limit: int = 200,
    ) -> SourcePage:
        inside = [p for p in self.papers if collection in {None, p.collection}]
        rows = [p for p in inside if outcome in {None, p.outcome.value} and search in p.name]
        counts: dict[str, int] = {}
        for found in inside:
            counts[found.outcome.value] = counts.get(found.outcome.value, 0) + 1
        return SourcePage(rows=tuple(rows[offset : offset + limit]), total=len(rows), counts=counts)

    async def source(self, source: str) -> Source:
        for found in self.papers:
            if found.id == source:
                return found
        raise Known("carrel.source.missing", "There is no such source.", "Look at the list again.")

    async def source_state(self, source: str) -> Literal["same", "changed", "gone"]:
        return self.standing.get(source, "same")

    async def add_documents(
        self, paths: tuple[Path, ...], collection: str, label: Label | None = None, *, jobs: int = 1
    ) -> str:
        self.runs.append((paths, collection, label))
        return "run"

    async def pause_reading(self, run: str) -> None:
        self.paused.append(run)
        self.read(1, 2, paused="Paused by you.")

    async def resume_reading(self, run: str) -> None:
        self.read(1, 2)

    async def stop_reading(self, run: str) -> None:
        self.read(1, 2, finished=True)

    async def read_again(self, source: str) -> str:
        self.again.append(source)
        return "run"

    async def delete_sources(self, sources: tuple[str, ...]) -> DeletionReport:
        gone = [p for p in self.papers if p.id in sources]
        self.papers = [p for p in self.papers if p.id not in sources]
        chunks = sum(p.chunks for p in gone)
        self._say(ListsChanged(what="collections"))
        return DeletionReport(sources=len(gone), chunks=chunks, vectors=chunks, artifacts=0, quotes=0, remaining=0)

    async def search(
        self, query: str, scope: Scope, k: int = 10, mode: Literal["hybrid", "lexical", "vector"] = "hybrid"
    ) -> SearchResult:
        self.scopes.append(scope)
        return SearchResult(hits=self.hits, seconds=SearchSeconds(embed=0, lexical=0, vector=0, total=0.004))

    # -- models
    def _fail(self) -> None:
        failure, self.failure = self.failure, None
        if failure is not None:
            raise failure

    async def models(self) -> tuple[ModelCard, ...]:
        return tuple(self.cards)

    async def add_model(self, path: Path) -> ModelCard:
        self._say(AdmissionChanged(name=path.name, stage="copying", fraction=0.4))
        self._fail()
        refused = path.stem.startswith("bad")
        state = ModelState.REFUSED if refused else ModelState.ADMITTED
        reason = "Refused: tensor 17 ends after the end of the file." if refused else ""
        made = model(path.stem, state=state, reason=reason)
        self.cards.append(made)
        self._say(AdmissionChanged(name=path.name, stage="refused" if refused else "done", fraction=1.0))
        return made

    async def use_model(self, model: str) -> None:
        self._fail()
        self.cards = [card.model_copy(update={"in_use": card.id == model}) for card in self.cards]
        self.loaded = True
        self._say(ListsChanged(what="models"))

    async def unload_model(self) -> None:
        self.loaded = False
        self._say(ListsChanged(what="models"))

    async def remove_model(self, model: str) -> None:
        self.cards = [card for card in self.cards if card.id != model]
        self._say(ListsChanged(what="models"))

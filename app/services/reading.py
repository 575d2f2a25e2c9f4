"""Runs over folders as a person sees them: started, paused, stopped, told about; and deletion with its proof."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.documents.indexing import Run
from app.documents.intake import FileRead, Order, Rooms
from app.domain.audit import DeletionRecord
from app.domain.events import ListsChanged, Problem, ReadingChanged, Recorded, SourceChanged
from app.kernel.errors import Known
from app.kernel.log import logger

if TYPE_CHECKING:
    from app.documents.collections import Collections
    from app.domain.documents import DeletionReport, Label, ReadingProgress
    from app.services.feed import Feed
    from app.services.quiet import Quiet
    from app.vault.artifacts import Artifacts

_log = logger(__name__)


class Reading:
    """Several runs may stand side by side; each rests while a question is answered."""

    def __init__(self, rooms: Rooms, collections: Collections, artifacts: Artifacts, quiet: Quiet, feed: Feed) -> None:
        self._rooms = rooms
        self._collections = collections
        self._artifacts = artifacts
        self._quiet = quiet
        self._feed = feed
        self._runs: dict[str, Run] = {}
        self._following: set[asyncio.Task[None]] = set()

    @property
    def current(self) -> ReadingProgress | None:
        """Progress of the oldest run that goes on."""
        return next((run.progress for run in self._runs.values() if not run.progress.finished), None)

    async def add(
        self,
        paths: tuple[Path, ...],
        collection: str,
        label: Label | None = None,
        *,
        jobs: int = 1,
        force: bool = False,
    ) -> str:
        """Start a run; its id. Files of a collection have its label unless another is given."""
        into = await self._collections.get(collection)
        begun: list[str] = []
        run = await Run.start(
            self._rooms,
            Order(into, label or into.label, into.owner, force=force),
            paths,
            quiet=self._quiet.calm,
            on_progress=lambda progress: self._feed.publish(ReadingChanged(progress=progress)),
            on_file=lambda read: self._told(read, begun[0]),
            jobs=jobs,
        )
        begun.append(run.id)
        self._runs[run.id] = run
        task = asyncio.create_task(self._follow(run))
        self._following.add(task)
        task.add_done_callback(self._following.discard)
        return run.id

    async def again(self, source: str) -> str:
        """Read one file anew, changed or not."""
        row = await self._rooms.store.source(source)
        return await self.add((Path(row.path),), row.collection, row.label, force=True)

    async def pause(self, run: str) -> None:
        self._run(run).pause()

    async def resume(self, run: str) -> None:
        self._run(run).resume()

    async def stop(self, run: str) -> None:
        await self._run(run).stop()

    async def over(self, run: str) -> ReadingProgress:
        """Wait for the end of a run of this session.

        Raises:
            Known: it ended early because the vault failed, on a full disk for example.
        """
        return await self._runs[run].wait()

    async def delete(self, sources: tuple[str, ...]) -> DeletionReport:
        """Out of every table, snapshot and stored answer, then out of the indexes and the sealed files.

        The report says what is left anywhere (nothing) and which sources that stay hold the same text.
        """
        deleted = await self._rooms.store.delete(sources)
        if deleted.numbers:
            await self._rooms.index.delete(np.array(deleted.numbers, np.int64))
        if deleted.report.artifacts:
            await self._artifacts.sweep()
        report = deleted.report
        record = DeletionRecord(
            sources=report.sources, chunks=report.chunks, left=report.remaining, kept=len(report.kept)
        )
        self._feed.publish(Recorded(record=record))
        self._feed.publish(ListsChanged(what="collections"))
        if report.quotes:
            self._feed.publish(ListsChanged(what="conversations"))
        return report

    async def close(self) -> None:
        """Stop all runs; what they stored stays."""
        await asyncio.gather(*(run.stop() for run in self._runs.values()))
        if self._following:
            await asyncio.wait(self._following)

    def _run(self, run: str) -> Run:
        """A run that goes on."""
        if run not in self._runs or self._runs[run].progress.finished:
            raise Known("carrel.reading.over", "This reading is over.", "Start it again from the Documents page.")
        return self._runs[run]

    def _told(self, read: FileRead, run: str) -> None:
        if read.source is None:
            name = os.fsencode(read.path.name).decode("utf-8", "replace")
            self._feed.publish(
                Problem(
                    code="carrel.reading.file",
                    message=f"{name} was not read. {read.reason}",
                    hint="Give the file another name or save it anew, then add it again.",
                )
            )
        else:
            self._feed.publish(
                SourceChanged(
                    source=read.source.model_copy(update={"outcome": read.outcome, "reason": read.reason}),
                    run=run,
                    seconds=read.seconds,
                    peak_rss_bytes=read.peak_rss_bytes,
                )
            )

    async def _follow(self, run: Run) -> None:
        try:
            await run.wait()
        except Known as known:
            self._feed.publish(Problem(code=known.code, message=known.message, hint=known.hint))
        except Exception:  # noqa: BLE001 - logged whole; nobody else may suffer from it
            _log.exception("run %s failed", run.id)
            self._feed.publish(
                Problem(
                    code="carrel.reading.bug",
                    message="Reading ended early because something in Carrel failed.",
                    hint="Start it again; what was read is kept.",
                )
            )
        finally:
            self._feed.publish(ListsChanged(what="collections"))

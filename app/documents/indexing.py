"""A run over files and folders: pausable, stoppable, quiet while a question is answered, safe to kill.

What was stored is found unchanged by the next run, so a run that died is simply started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from app.documents.folders import Found, files_below
from app.documents.intake import FileRead, Intake, Order, Rooms
from app.documents.progress import BY_YOU, YIELDING, Progress
from app.domain.documents import Outcome, ReadingProgress
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.kernel.log import logger

LOG = logger(__name__)
MOST_JOBS = 8

OnProgress = Callable[[ReadingProgress], None]
OnFile = Callable[[FileRead], None]


class Run:
    """One run. Make it with ``start``; listeners are called on the loop.

    Attributes:
        id: of the run.
    """

    def __init__(
        self,
        rooms: Rooms,
        order: Order,
        files: list[Found],
        quiet: asyncio.Event,
        on_progress: OnProgress,
        on_file: OnFile,
    ) -> None:
        self.id = new_id()
        self._rooms = rooms
        self._quiet = quiet
        self._resumed = asyncio.Event()
        self._resumed.set()
        self._on_progress = on_progress
        self._on_file = on_file
        self._waiting = iter(files)
        self._progress = Progress(self.id, order.collection.id, files, rooms.clock)
        self._intake = Intake(rooms, order, self._between)
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls,
        rooms: Rooms,
        order: Order,
        paths: tuple[Path, ...],
        *,
        quiet: asyncio.Event,
        on_progress: OnProgress,
        on_file: OnFile,
        jobs: int = 1,
    ) -> Run:
        """Find the files and begin. ``quiet`` is set while nothing more urgent runs.

        Raises:
            Known: see ``files_below``.
        """
        files = await asyncio.to_thread(files_below, paths)
        run = cls(rooms, order, files, quiet, on_progress, on_file)
        run._task = asyncio.get_running_loop().create_task(run._work(max(1, min(jobs, MOST_JOBS))))
        return run

    @property
    def progress(self) -> ReadingProgress:
        return self._progress.now(finished=self._task is not None and self._task.done())

    def pause(self, reason: str = BY_YOU) -> None:
        """Stop after the step that is under way; nothing is lost."""
        self._resumed.clear()
        self._progress.paused = reason
        self._tell()

    def resume(self) -> None:
        self._resumed.set()
        self._progress.paused = "" if self._quiet.is_set() else YIELDING
        self._tell()

    async def stop(self) -> None:
        """End now. Files that were stored stay; the others are read by the next run."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def wait(self) -> ReadingProgress:
        """Until the end; a stopped run ends too.

        Raises:
            Known: the vault failed (a full disk, for example), or no child can be started; the run ended there.
        """
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
            if not self._task.cancelled() and (error := self._task.exception()):
                raise error
        return self.progress

    async def _work(self, jobs: int) -> None:
        """``jobs`` files are read while another one is embedded."""
        self._tell()
        failure: Known | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(jobs + 1 if jobs > 1 else 1):
                    group.create_task(self._files())
        except* Known as failures:
            failure = _first(failures)
            self._progress.paused = str(failure)
        finally:
            self._progress.current = ""
            self._on_progress(self._progress.now(finished=True))
        if failure is not None:  # raised in the clause above, some releases of Python 3.11 wrap it in a group of one
            raise failure

    async def _files(self) -> None:
        for file in self._waiting:
            await self._between(0)
            self._progress.current = file.path.name
            self._tell()
            try:
                read = await self._intake.take(file.path)
            except Known:
                raise
            except Exception:
                LOG.exception("a file of %d bytes was not read", file.bytes)
                read = FileRead(file.path, Outcome.FAILED, "Carrel itself failed on it; the log has the details.", None)
            self._progress.finished(file, read.outcome)
            self._on_file(read)
            self._tell()

    async def _between(self, chunks: int) -> None:
        """Between two steps: wait while paused or while a question is answered."""
        if chunks:
            self._progress.embedded(chunks)
            self._tell()
        while not (self._resumed.is_set() and self._quiet.is_set()):
            began = self._rooms.clock.monotonic()
            if self._resumed.is_set():
                self._progress.paused = YIELDING
                self._tell()
            await self._resumed.wait()
            await self._quiet.wait()
            self._progress.waited(self._rooms.clock.monotonic() - began)
        if self._progress.paused == YIELDING:
            self._progress.paused = ""
            self._tell()
        await asyncio.sleep(0)

    def _tell(self) -> None:
        self._on_progress(self._progress.now())


def _first(failures: BaseExceptionGroup[Known]) -> Known:
    """The first failure, however deep it lies."""
    found: BaseExceptionGroup[Known] | Known = failures
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found

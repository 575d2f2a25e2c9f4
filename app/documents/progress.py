"""How far a run is, and about how long it will take."""

from __future__ import annotations

from collections import Counter

from app.documents.folders import Found
from app.domain.documents import Outcome, ReadingProgress
from app.kernel.clock import Clock

ESTIMATE_AFTER_SECONDS = 3.0
YIELDING = "A question is being answered."
BY_YOU = "Paused by you."


class Progress:
    """Counts; time spent waiting does not count."""

    def __init__(self, run: str, collection: str, files: list[Found], clock: Clock) -> None:
        self._run = run
        self._collection = collection
        self._clock = clock
        self._total = len(files)
        self._bytes = sum(file.bytes + 1 for file in files)
        self._bytes_done = 0
        self._done = 0
        self._chunks = 0
        self._outcomes: Counter[Outcome] = Counter()
        self._began = clock.monotonic()
        self._waited = 0.0
        self.paused = ""
        self.current = ""

    def embedded(self, chunks: int) -> None:
        self._chunks += chunks

    def finished(self, file: Found, outcome: Outcome) -> None:
        self._done += 1
        self._bytes_done += file.bytes + 1
        self._outcomes[outcome] += 1

    def waited(self, seconds: float) -> None:
        self._waited += seconds

    def now(self, *, finished: bool = False) -> ReadingProgress:
        """The state as a value."""
        spent = max(self._clock.monotonic() - self._began - self._waited, 1e-6)
        left = None
        if not finished and self._bytes_done and spent > ESTIMATE_AFTER_SECONDS:
            left = spent * (self._bytes - self._bytes_done) / self._bytes_done
        return ReadingProgress(
            run=self._run,
            collection=self._collection,
            done=self._done,
            total=self._total,
            outcomes=dict(self._outcomes),
            chunks=self._chunks,
            chunks_per_second=self._chunks / spent,
            seconds_left=left,
            current=self.current,
            paused=self.paused,
            yielding=self.paused == YIELDING,
            finished=finished,
        )

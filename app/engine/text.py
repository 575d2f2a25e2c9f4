"""Text on its way out of an engine: whole characters, cut before a stop text. Standard library only."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable

from app.engine.formats import held
from app.kernel.errors import Known


class Text:
    """Bytes in, whole characters out, cut before the first stop text."""

    def __init__(self, emit: Callable[[str], None], stops: Iterable[str]) -> None:
        self._emit = emit
        self._stops = tuple(stop for stop in stops if stop)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._waiting = ""
        self.stopped = False

    def feed(self, raw: bytes) -> None:
        """Hand out what can no longer be part of a stop text."""
        self._waiting += self._decoder.decode(raw)
        cuts = [at for stop in self._stops if (at := self._waiting.find(stop)) >= 0]
        if cuts:
            self.stopped = True
            ready, self._waiting = self._waiting[: min(cuts)], ""
        else:
            keep = held(self._waiting, *self._stops) if self._stops else 0
            cut = len(self._waiting) - keep
            ready, self._waiting = self._waiting[:cut], self._waiting[cut:]
        if ready:
            self._emit(ready)

    def finish(self) -> None:
        """The reply is over: what was held back is text."""
        rest = "" if self.stopped else self._waiting + self._decoder.decode(b"", final=True)
        self._waiting = ""
        if rest:
            self._emit(rest)


def too_long(tokens: int, most: int) -> Known:
    """The prompt leaves no room for a reply."""
    return Known(
        "carrel.engine.context",
        f"The question with its passages has {tokens} tokens; this model reads at most {most}.",
        "Ask a shorter question, or choose fewer passages or a larger context.",
    )

"""Background work yields while somebody waits for an answer."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Quiet:
    """Asked for by turns, kept by reading.

    Attributes:
        calm: set while nobody asked for quiet; background work waits for it between its steps.
    """

    def __init__(self) -> None:
        self.calm = asyncio.Event()
        self.calm.set()
        self._asking = 0

    @contextlib.contextmanager
    def please(self) -> Iterator[None]:
        """Background work rests until the block ends."""
        self._asking += 1
        self.calm.clear()
        try:
            yield
        finally:
            self._asking -= 1
            if not self._asking:
                self.calm.set()

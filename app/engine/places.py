"""A bounded queue before something that does one thing at a time; it says when it is full."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator

from app.kernel.errors import Known

MOST_WAITING = 4


class Places:
    """One at work, ``most_waiting`` more in line, in order."""

    def __init__(self, most_waiting: int) -> None:
        self._most = most_waiting + 1
        self._taken = 0
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncGenerator[None]:
        """Wait for the turn.

        Raises:
            Known: ``carrel.engine.busy`` when the line is full.
        """
        if self._taken >= self._most:
            raise Known(
                "carrel.engine.busy",
                "The model is still working on earlier questions.",
                "Wait for an answer, or stop one.",
                retryable=True,
            )
        self._taken += 1
        try:
            async with self._turn:
                yield
        finally:
            self._taken -= 1

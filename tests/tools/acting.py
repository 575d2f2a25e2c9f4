"""Executes one proposal in a process of its own and is killed at a named moment: before, during or after the act.

``python -m tests.tools.acting DATABASE FOLDER PROPOSAL MOMENT``
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from app.domain.tool import Grant
from app.kernel.clock import ManualClock
from app.tools.actions import Actions
from app.tools.placing import Placement, Placing
from app.tools.proposals import Proposals
from app.vault.database import Database

KEY = bytes(range(32))
WHEN = datetime(2026, 11, 22, tzinfo=UTC)
"""The time of day here and in the test that starts this: a proposal is valid for one day."""


class Doomed(Placing):
    """The real steps, and a kill -9 from within at one of them."""

    def __init__(self, moment: str) -> None:
        self._moment = moment

    def _die_at(self, moment: str) -> None:
        if moment == self._moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def prepare(self, placement: Placement, key: str) -> None:
        super().prepare(placement, key)
        self._die_at("prepared, not noted")

    def commit(self, placement: Placement, key: str) -> None:
        self._die_at("noted, not done")
        super().commit(placement, key)
        self._die_at("done, not noted")

    def tidy(self, placement: Placement, key: str) -> None:
        self._die_at("noted, not tidied")
        super().tidy(placement, key)


async def main(path: str, folder: str, proposal: str, moment: str) -> None:
    database = Database.open(Path(path), KEY)
    actions = Actions(Proposals(database, ManualClock(WHEN)), Doomed(moment))
    await actions.execute(proposal, Grant(folders=(folder,)), "write_file")
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))

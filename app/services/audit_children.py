"""Confined processes that do not end as asked, told to the trail: the launcher as everybody knows it, watched."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.domain.audit import ChildRecord
from app.domain.events import Recorded
from app.domain.policy import Reason
from app.domain.record import UNKNOWN, worded
from app.sandbox.ending import Exited, JobFailed

if TYPE_CHECKING:
    from app.domain.policy import Tier
    from app.sandbox.child import Child
    from app.sandbox.confinement import Confinement
    from app.sandbox.nursery import Launcher
    from app.services.feed import Feed


class WatchedLauncher:
    """``Launcher``. Children that end well, or are ended because they are not needed any more, are not told of."""

    def __init__(self, launcher: Launcher, feed: Feed) -> None:
        self._launcher = launcher
        self._feed = feed

    @property
    def tier(self) -> Tier:
        return self._launcher.tier

    async def start(self, confinement: Confinement, inputs: tuple[int, ...] = ()) -> Child:
        begun = time.monotonic()
        try:
            child = await self._launcher.start(confinement, inputs)
        except JobFailed as failure:
            ended = failure.ended or Exited(0, failure.reason)
            self._tell(confinement.role, failure.reason, ended, time.monotonic() - begun, failure.code)
            raise

        def over(exited: Exited) -> None:
            if exited.reason not in {None, Reason.CANCELLED}:
                self._tell(confinement.role, exited.reason or Reason.CRASHED, exited, time.monotonic() - begun, "")

        child.exited.add_done_callback(lambda future: None if future.cancelled() else over(future.result()))
        return child

    async def close(self) -> None:
        await self._launcher.close()

    def _tell(self, role: str, reason: Reason, ended: Exited, seconds: float, code: str) -> None:
        ours = code if code.startswith("carrel.") else UNKNOWN
        self._feed.publish(
            Recorded(
                record=ChildRecord(
                    role=worded(role),
                    reason=reason,
                    code=worded(ours) if code else "",
                    exit=ended.code,
                    seconds=seconds,
                    peak_bytes=ended.peak_resident,
                )
            )
        )

"""A room on the core thread, as the window has its desk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.bridge.core import CoreThread
from app.bridge.desk import DeskBridge
from app.engine.scripted import Transcript
from tests.room import PASSPHRASE, Room, locked_room


@dataclass
class Held:
    """``core.run`` lets the test itself do something at the desk, meanwhile the window stands still."""

    room: Room
    core: CoreThread
    bridge: DeskBridge


@contextlib.contextmanager
def holding(place: Path, played: Transcript, *, locked: bool = False) -> Iterator[Held]:
    """Hold the room of ``place``, a person attending; ``locked`` leaves its vault shut."""
    core, steps = CoreThread(), contextlib.AsyncExitStack()
    try:
        room = core.run(steps.enter_async_context(locked_room(place, played, attended=True)))
        if not locked:
            core.run(room.desk.unlock(PASSPHRASE))
        yield Held(room, core, DeskBridge(core, room.desk))
    finally:
        core.run(steps.aclose())
        core.stop()

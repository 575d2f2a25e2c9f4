"""First code of every child: lock, prove the locks, say READY, then become the worker.

Run as ``python -I -S -B -X utf8 entry.py FD``; a frozen build runs ``carrel-child FD``. The descriptor holds the plan as
JSON, so that no name of a document stands in a process list. Standard library only, and little of it.
"""

from __future__ import annotations

import importlib
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EXIT_MEMORY = 82
"""The worker ran into its own ceiling and said so."""
EXIT_REFUSED = 83
"""A lock could not be taken, or did not hold; the worker never ran."""


def main(plan_fd: int) -> None:
    """A fresh process becomes what the plan says."""
    if sys.platform != "linux":
        from app.sandbox.outside_entry import run  # noqa: PLC0415

        run(plan_fd)
        return
    from app.sandbox import locks  # noqa: PLC0415 - importable only now

    become(locks.read_plan(plan_fd))


def become(plan: dict[str, Any]) -> None:
    """Never returns to anything that could undo a lock: the worker runs in this process."""
    from app.sandbox import landlock, locks  # noqa: PLC0415 - importable only now
    from app.sandbox.frames import Kind  # noqa: PLC0415
    from app.sandbox.wire import Wire  # noqa: PLC0415

    wire = Wire(plan["receive"], plan["send"], tuple(plan["inputs"]))
    try:
        taken, canaries = locks.lock(plan)
    except (OSError, ValueError, KeyError) as error:
        code = "carrel.sandbox.landlock" if isinstance(error, landlock.NoLandlockError) else "carrel.sandbox.lock"
        text = f"{type(error).__name__}: {error}"
        wire.send(Kind.ERROR, {"id": 0, "code": code, "message": text, "hint": ""})
        os._exit(EXIT_REFUSED)
    wire.send(Kind.READY, {"tier": plan["tier"], "locks": taken, "canaries": canaries})
    sys.path.extend(path for path in plan["path"] if path not in sys.path)
    try:
        importlib.import_module(plan["worker"]).main(wire)
    except MemoryError:
        os._exit(EXIT_MEMORY)


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))  # noqa: PTH100, PTH120
    main(int(sys.argv[1]))

"""First code of a child that the system locked from outside (macOS, Windows): prove it, say READY, become the worker.

Untested: nobody has run it on those systems yet. The parent refuses everything until the canaries here answered rightly.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time

from app.sandbox.canaries import sing_outside
from app.sandbox.frames import Kind
from app.sandbox.wire import Wire

PARENT_SECONDS = 0.5


def run(receive: int) -> None:
    """``receive`` is a descriptor on macOS and an inheritable handle on Windows; the plan is the first request on it."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        receive = msvcrt.open_osfhandle(receive, os.O_RDONLY)
    plan = Wire(receive, -1).request()
    if plan is None:
        return
    send = plan["send"]
    if sys.platform == "win32":
        send = msvcrt.open_osfhandle(send, 0)
    else:
        _limit(plan["limits"])
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True).start()
    wire = Wire(receive, send)
    canaries = sing_outside(plan["secret"], plan["stray"], plan["port"])
    wire.send(Kind.READY, {"tier": plan["tier"], "locks": [], "canaries": canaries})
    sys.path.extend(plan["path"])
    importlib.import_module(plan["worker"]).main(wire)


def _limit(limits: dict[str, int]) -> None:
    """What macOS can bound; its address space it cannot."""
    import resource  # noqa: PLC0415 - not on Windows

    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits["file"],
        resource.RLIMIT_NOFILE: limits["open_files"],
    }
    if limits["cpu"]:
        wanted[resource.RLIMIT_CPU] = limits["cpu"]
    for what, most in wanted.items():
        resource.setrlimit(what, (most, most))


def _watch(parent: int) -> None:
    """A child is not told of its parent's end on macOS."""
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os._exit(1)

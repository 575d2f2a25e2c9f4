"""First code of every child: lock, prove the locks, say READY, then become the worker.

Run as ``python -I -S -B -X utf8 entry.py PLAN``; PLAN is JSON: worker, path, fds, limits. Standard library only.
"""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    plan = json.loads(sys.argv[1])
    sys.path[:] = [*plan["path"], *(entry for entry in sys.path if entry and not entry.endswith("sandbox"))]
    from app.sandbox.frames import Kind  # noqa: PLC0415 - the path is known only now
    from app.sandbox.wire import Wire  # noqa: PLC0415

    wire = Wire(plan["receive"], plan["send"], tuple(plan["inputs"]))
    wire.send(Kind.READY, {"tier": "none", "locks": [], "canaries": {}})
    importlib.import_module(plan["worker"]).main(wire)


if __name__ == "__main__":
    main()

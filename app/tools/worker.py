"""A tool child: lays out the files it was handed, imports the one tool it was granted and runs it. Standard library only."""

from __future__ import annotations

import hashlib
import importlib
import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

from app.sandbox.frames import ProtocolError
from app.tools.unworkable import Unworkable

if TYPE_CHECKING:
    from app.sandbox.wire import Wire

WORK = Path("/tmp/work")  # noqa: S108 - the child's own folder in RAM
UNTYPED = "application/octet-stream"


def main(wire: Wire) -> None:
    """Answer ``run`` requests until the parent hangs up.

    ``{"op": "run", "code": module, "arguments": {…}, "inputs": [[name, bytes]…], "keep": 16}``, then the contents of the
    inputs in that order. ``code`` comes from a manifest that was shipped or reviewed, never from a model; names are
    checked by the parent. ``keep``: how many files that the tool left in its folder are handed back. A tool says what
    it cannot do by ``Unworkable``; anything else is our defect and leaves no text of the arguments behind.
    """
    while (request := wire.request()) is not None:
        begun = time.monotonic()
        inputs = request.get("inputs", [])
        keep = request.get("keep", 0)
        try:
            given = _lay_out(wire, inputs) if inputs or keep else {}
            result = importlib.import_module(str(request["code"])).run(request["arguments"])
        except Unworkable as failure:
            wire.error(request, "carrel.tool.unworkable", str(failure), "Change the arguments and try again.")
        except ProtocolError:
            raise
        except Exception as failure:  # noqa: BLE001 - the child answers for any tool, then waits for the next call
            wire.error(request, "carrel.tool.broken", "The tool broke.", type(failure).__name__)
        else:
            left = _left_behind(given) if keep else []
            for name, data in left[:keep]:
                wire.artifact(request, name, UNTYPED, data)
            wire.result(request, result=result, left=len(left), seconds=time.monotonic() - begun)


def _lay_out(wire: Wire, inputs: list[list[object]]) -> dict[str, str]:
    """The inputs as files of the working folder, which becomes the current one; their digests by name."""
    WORK.mkdir(exist_ok=True)
    os.chdir(WORK)
    digests: dict[str, str] = {}
    for name, size in inputs:
        content = bytearray()
        while len(content) < int(str(size)):
            frame = wire.receive()
            if frame is None or not isinstance(frame[1], bytes):
                raise ProtocolError("an input did not arrive whole")
            content += frame[1]
        (WORK / str(name)).write_bytes(content)
        digests[str(name)] = hashlib.sha256(content).hexdigest()
    return digests


def _left_behind(given: dict[str, str]) -> list[tuple[str, bytes]]:
    """Plain files of the working folder that are new or changed, by name; the parent bounds their number and size."""
    plain = [path for path in sorted(WORK.iterdir()) if stat.S_ISREG(path.lstat().st_mode)]
    contents = [(path.name, path.read_bytes()) for path in plain]
    return [(name, data) for name, data in contents if given.get(name) != hashlib.sha256(data).hexdigest()]

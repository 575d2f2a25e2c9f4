"""A tool child: lays out the files it was handed, imports the one tool it was granted and runs it. Standard library only."""

from __future__ import annotations

import hashlib
import importlib
import os
import stat
import sys
import time
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import TYPE_CHECKING

from app.sandbox.frames import ProtocolError
from app.tools.unworkable import Unworkable

if TYPE_CHECKING:
    from types import ModuleType

    from app.sandbox.wire import Wire

WORK = Path(os.environ.get("TMPDIR", "/tmp"), "work")  # noqa: S108 - in the child's own folder in RAM
UNTYPED = "application/octet-stream"
UNWORKABLE, BROKEN = "carrel.tool.unworkable", "carrel.tool.broken"


class Sources:
    """Modules that came with the request: imported from memory, where nothing that is installed has their name."""

    def __init__(self, sources: dict[str, str]) -> None:
        self._sources = sources

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        return ModuleSpec(name, self) if name in self._sources else None  # type: ignore[arg-type]

    def create_module(self, _spec: ModuleSpec) -> None:
        """An ordinary module."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        exec(compile(self._sources[name], f"{name}.py", "exec"), module.__dict__)  # noqa: S102 - what this child is for


def main(wire: Wire) -> None:
    """Answer ``run`` requests until the parent hangs up.

    ``{"op": "run", "code": module, "sources": {module: text}, "arguments": {…}, "inputs": [[name, bytes]…], "keep": 16}``,
    then the contents of the inputs in that order. ``code`` comes from a manifest that was shipped or reviewed, never from
    a model; names are checked by the parent. ``keep``: how many files that the tool left in its folder are handed back. A tool says what
    it cannot do by ``Unworkable``; anything else is our defect and leaves no text of the arguments behind.
    """
    while (request := wire.request()) is not None:
        begun = time.monotonic()
        inputs = request.get("inputs", [])
        keep = request.get("keep", 0)
        sys.meta_path.append(Sources(request.get("sources", {})))
        try:
            given = _lay_out(wire, inputs) if inputs or keep else {}
            result = importlib.import_module(str(request["code"])).run(request["arguments"])
        except Unworkable as failure:
            wire.error(request, UNWORKABLE, str(failure), "Change the arguments and try again.")
        except ProtocolError:
            raise
        except Exception as failure:  # noqa: BLE001 - the child answers for any tool, then waits for the next call
            wire.error(request, BROKEN, "The tool broke.", type(failure).__name__)
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

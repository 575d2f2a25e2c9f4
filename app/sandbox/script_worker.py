"""Runs one Python script inside a child, after the locks: inputs as copies, what it leaves in its folder as artifacts."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from pathlib import Path

from app.sandbox.frames import ProtocolError
from app.sandbox.wire import Wire

SCRATCH = Path(os.environ.get("TMPDIR", "/tmp"))  # noqa: S108 - the child has its own
INPUTS = SCRATCH / "in"
WORK = SCRATCH / "work"
BINARY = "application/octet-stream"


def main(wire: Wire) -> None:
    """One request: ``{"script": bytes, "inputs": [[name, bytes]…]}`` in lengths, then all contents in that order."""
    request = wire.request()
    if request is None:
        return
    content = _receive(wire, request["script"] + sum(size for _, size in request["inputs"]))
    paths = _lay_out(request["inputs"], content[request["script"] :])
    code = run(bytes(content[: request["script"]]), paths)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    for name, data in _left_behind():
        wire.artifact(request, name, BINARY, data)
    wire.result(request, exit=code)


def run(source: bytes, paths: list[str]) -> int:
    """Execute ``source`` as a program; its exit code, 1 for an exception."""
    sys.argv[:] = ["script.py", *paths]
    try:
        exec(compile(source, "script.py", "exec"), {"__name__": "__main__"})  # noqa: S102 - what this child is for
    except SystemExit as end:
        if isinstance(end.code, str):
            sys.stderr.write(f"{end.code}\n")
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except MemoryError:
        raise
    except BaseException:  # noqa: BLE001 - whatever a script raises is its own
        traceback.print_exc()
        return 1
    return 0


def _receive(wire: Wire, length: int) -> bytearray:
    content = bytearray()
    while len(content) < length:
        frame = wire.receive()
        if frame is None or not isinstance(frame[1], bytes):
            raise ProtocolError("the script did not arrive whole")
        content += frame[1]
    return content


def _lay_out(inputs: list[list[object]], content: bytearray) -> list[str]:
    for folder in (INPUTS, WORK):
        folder.mkdir()
    paths: list[str] = []
    for name, size in inputs:
        path = INPUTS / str(name)
        path.write_bytes(content[: int(str(size))])
        del content[: int(str(size))]
        paths.append(str(path))
    os.chdir(WORK)
    return paths


def _left_behind() -> list[tuple[str, bytes]]:
    """Plain files of the working folder with one name each, by name; the parent bounds their number and size."""
    found: list[tuple[str, bytes]] = []
    for path in sorted(WORK.iterdir()):
        status = path.lstat()
        if stat.S_ISREG(status.st_mode) and status.st_nlink == 1:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
                found.append((path.name, file.read()))
    return found

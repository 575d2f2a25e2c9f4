"""A process with libraries already imported, of which each job is a fork. Child side.

It stands inside bubblewrap with every lock but the filter: it must be able to fork, and its forks to lock themselves. It
never sees a byte of a job; what it is told comes from the parent alone, over a socket of its own. A job is an ordinary
child: it closes every descriptor that is not its own, takes the same locks, proves them with the same canaries and says
READY over its own pipes. One job at a time, so that two never share a namespace; when one has ended its folder is emptied.

A job is forked before its plan is known, for a fork is the longest part of its birth; until then it is what the template is.
The plan comes over a second socket, which only the job that waits reads:

    births:  {"plan": …} with receive, send, stdout, stderr and the inputs as descriptors → {"pid": n} as it is called inside
    control: {"leave": n}                                                              → {"status", "cpu", "clean"}
             {"bear": true}, once for each plan                                        → nothing: the next one waits
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys

from app.sandbox.canaries import sing
from app.sandbox.emptying import clear
from app.sandbox.entry import EXIT_REFUSED, become
from app.sandbox.frames import HEADER, Kind, encode, parse
from app.sandbox.locks import check_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from app.sandbox.wire import Wire

ORDER_BYTES = 256 * 1024
DESCRIPTORS = 64
SCRATCH = "/tmp"  # noqa: S108 - the namespace's own folder in RAM


def main(wire: Wire) -> None:
    """Import what the one request names, then bear jobs until the parent closes the socket."""
    request = wire.request()
    if request is None:
        return
    for name in request["preload"]:
        importlib.import_module(name)
    clean = clear(SCRATCH)
    gc.collect()
    gc.freeze()
    wire.result(request, clean=clean)
    control_fd, births_fd = wire.input_fds
    with socket.socket(fileno=control_fd) as control, socket.socket(fileno=births_fd) as births:
        _serve(control, births)


def _serve(control: socket.socket, births: socket.socket) -> None:
    _bear(births)
    while order := control.recv(ORDER_BYTES):
        said = json.loads(order)
        if "leave" in said:
            control.send(json.dumps(_leave(said["leave"])).encode())
        else:
            _bear(births)


def _leave(pid: int) -> dict[str, Any]:
    _, status, spent = os.wait4(pid, 0)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "cpu": spent.ru_utime + spent.ru_stime,
        "clean": clear(SCRATCH),
    }


def _bear(births: socket.socket) -> None:
    parent = os.getpid()
    if os.fork() == 0:
        _live(births, parent)


def _live(births: socket.socket, parent: int) -> None:
    """The job. Whatever happens, it never returns into the template's loop."""
    code = EXIT_REFUSED
    try:
        _rehearse()
        order, descriptors, _, _ = socket.recv_fds(births, ORDER_BYTES, DESCRIPTORS)
        if order:
            births.send(json.dumps({"pid": os.getpid()}).encode())
            receive, send, output, errors, *inputs = descriptors
            os.dup2(output, 1)
            os.dup2(errors, 2)
            _stir()
            own = {"receive": receive, "send": send, "inputs": inputs, "parent": parent}
            become(check_plan(json.loads(order)["plan"] | own))
            code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - said as a fresh interpreter would say it
        import traceback  # noqa: PLC0415 - every job would carry it

        traceback.print_exc()
        code = 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                code = code or 1
        os._exit(code)


def _rehearse() -> None:
    """Do some of a birth, to no effect: a fork copies what it touches, and does so here while nobody waits."""
    answers = sing(SCRATCH, SCRATCH, SCRATCH, filtered=False)
    parse(encode(Kind.READY, {"canaries": answers})[HEADER.size :])


def _stir() -> None:
    """Python's own random numbers differ in every fork; numpy's would be the same in all of them."""
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()

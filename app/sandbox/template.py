"""A process with libraries already imported, of which each job is a fork. Child side.

It stands inside bubblewrap with every lock but the filter: it must be able to fork, and its forks to lock themselves. It
never sees a byte of a job; what it is told comes from the parent alone, over a socket of its own. A job is an ordinary
child: it closes every descriptor that is not its own, takes the same locks, proves them with the same canaries and says
READY over its own pipes. One job at a time, so that two never share a namespace; when one has ended its folder is emptied.

    {"plan": …} with receive, send, stdout, stderr and the inputs as descriptors → {"pid": n} as it is called inside
    {"leave": n}                                                              → {"status", "cpu", "clean"}
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import socket
import sys

from app.sandbox.emptying import clear
from app.sandbox.entry import EXIT_REFUSED, become
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
    with socket.socket(fileno=wire.input_fds[0]) as control:
        _serve(control)


def _serve(control: socket.socket) -> None:
    while True:
        order, descriptors, _, _ = socket.recv_fds(control, ORDER_BYTES, DESCRIPTORS)
        if not order:
            return
        said = json.loads(order)
        answer = _leave(said["leave"]) if "leave" in said else {"pid": _bear(said["plan"], descriptors)}
        control.send(json.dumps(answer).encode())


def _leave(pid: int) -> dict[str, Any]:
    _, status, spent = os.wait4(pid, 0)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "cpu": spent.ru_utime + spent.ru_stime,
        "clean": clear(SCRATCH),
    }


def _bear(plan: dict[str, Any], descriptors: list[int]) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _live(plan, descriptors, parent)
    for descriptor in descriptors:
        os.close(descriptor)
    return pid


def _live(plan: dict[str, Any], descriptors: list[int], parent: int) -> None:
    """The job. Whatever happens, it never returns into the template's loop."""
    code = EXIT_REFUSED
    try:
        receive, send, output, errors, *inputs = descriptors
        os.dup2(output, 1)
        os.dup2(errors, 2)
        _stir()
        become(check_plan(plan | {"receive": receive, "send": send, "inputs": inputs, "parent": parent}))
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


def _stir() -> None:
    """Python's own random numbers differ in every fork; numpy's would be the same in all of them."""
    numbers = sys.modules.get("numpy.random")
    if numbers is not None:
        numbers.seed()

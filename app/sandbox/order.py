"""Everything a child is started with: pipes, plan, command, folders. Made before it exists, undone if it never does."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from app.domain.policy import Tier
from app.sandbox import birth, bubblewrap, scratch
from app.sandbox.birth import Birth
from app.sandbox.confinement import MOST_THREADS, Confinement
from app.sandbox.ending import refused
from app.sandbox.runtime import Runtime
from app.sandbox.scratch import Scratch
from app.sandbox.tiers import LANDLOCKED, WRAPPED

PARENT_INSIDE = 1
"""bubblewrap's own first process is the parent of the worker in its namespace."""
NOBODY = 65534
"""Whom a child without bubblewrap becomes where Carrel runs as root."""
SECRET = "/etc/passwd"  # noqa: S105 - what a canary tries to read
INSIDE_STRAY = "/canary"
COPY_BYTES = 1 << 24


@dataclass(frozen=True)
class Order:
    """What the keeper needs for a child, and our two ends of its pipes.

    Attributes:
        given: descriptors the child gets; the keeper closes ours.
    """

    bear: Callable[[], Birth]
    given: tuple[int, ...]
    receive: int
    send: int
    scratch: Scratch | None


@dataclass(frozen=True)
class Pipes:
    """Both ends of both pipes, and our copies of the inputs."""

    down_read: int
    down_write: int
    up_read: int
    up_write: int
    inputs: tuple[int, ...]


def opened_again(descriptor: int) -> int:
    """A descriptor of the same file, for reading, whose place, flags and locks are its own and not also its owner's."""
    return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)


def open_pipes(inputs: tuple[int, ...], undo: contextlib.ExitStack, copy: Callable[[int], int] = opened_again) -> Pipes:
    """``undo`` closes every descriptor made here."""
    down_read, down_write = own(undo, *os.pipe())
    up_read, up_write = own(undo, *os.pipe())
    copies = tuple(own(undo, copy(descriptor))[0] for descriptor in inputs)
    return Pipes(down_read, down_write, up_read, up_write, copies)


def own(undo: contextlib.ExitStack, *descriptors: int) -> tuple[int, ...]:
    for descriptor in descriptors:
        undo.callback(os.close, descriptor)
    return descriptors


def prepare(
    tier: Tier,
    bwrap: Path,
    runtime: Runtime,
    confinement: Confinement,
    inputs: tuple[int, ...],
    undo: contextlib.ExitStack,
    *,
    filtered: bool = True,
) -> Order:
    """The order of a fresh process.

    Raises:
        JobFailed: a grant that is not there, or no scratch folder.
        OSError: no descriptors left.
    """
    seen = bubblewrap.bounds(runtime, confinement)
    copy = opened_again if tier in LANDLOCKED else sealed_copy
    pipes = open_pipes(inputs, undo, copy if filtered else os.dup)  # a template gets sockets
    place = scratch.make(NOBODY if os.geteuid() == 0 else os.geteuid()) if tier not in WRAPPED else None
    if place:
        undo.callback(place.remove)
    plan = plan_of(tier, runtime, confinement, seen, place, filtered=filtered) | {
        "receive": pipes.down_read,
        "send": pipes.up_write,
        "inputs": pipes.inputs,
    }
    (plan_fd,) = own(undo, _memory("plan", json.dumps(plan).encode()))
    given = (pipes.down_read, pipes.up_write, plan_fd, *pipes.inputs)
    inner = [*runtime.command, str(plan_fd)]
    if place:
        environment = bubblewrap.environment(confinement, os.fspath(place.path))
        bear = partial(birth.execute, inner, given, wrapped=False, environment=environment, folder=place.path)
        return Order(bear, given, pipes.up_read, pipes.down_write, place)
    (words_fd,) = own(undo, _memory("words", bubblewrap.arguments(runtime, confinement, seen)))
    given += (words_fd,)
    command = [os.fspath(bwrap), "--args", str(words_fd), "--", *inner]
    bear = partial(birth.execute, command, given, wrapped=True, environment={}, folder=None)
    return Order(bear, given, pipes.up_read, pipes.down_write, None)


def plan_of(
    tier: Tier,
    runtime: Runtime,
    confinement: Confinement,
    seen: bubblewrap.Bounds,
    place: Scratch | None,
    *,
    filtered: bool = True,
) -> dict[str, Any]:
    """What ``app.sandbox.locks`` reads, but for the descriptors."""
    limits = confinement.limits
    own_folder = os.fspath(place.path) if place else bubblewrap.SCRATCH
    file_bytes = limits.file_bytes
    if place and not confinement.write:  # we see no file that was deleted and is still open: at least none is larger
        file_bytes = min(file_bytes, limits.scratch_bytes)
    return {
        "tier": tier,
        "worker": confinement.worker,
        "path": [os.fspath(path) for path in runtime.packages] if confinement.packages else [],
        "parent": os.getpid() if place else PARENT_INSIDE,
        "user": NOBODY if place and os.geteuid() == 0 else 0,
        "landlock": tier in LANDLOCKED,
        "filter": filtered,
        "limits": {
            "address_space": limits.address_space_bytes,
            "cpu": limits.cpu_seconds,
            "file": file_bytes,
            "open_files": limits.open_files,
            # Counted in the child's own namespace; without one it would be all processes of the user.
            "processes": MOST_THREADS if tier is Tier.BUBBLEWRAP_LAUNCHER else 0,
        },
        "read": [*seen.read, *([] if filtered else ["/proc"])],  # what each job narrows to its own
        "write": [own_folder, *seen.write],
        "secret": SECRET,
        "scratch": own_folder,
        "stray": os.fspath(place.stray) if place else INSIDE_STRAY,
    }


def check_input(descriptor: int) -> None:
    """Only a regular file that was opened for reading goes in.

    Raises:
        JobFailed: ``carrel.sandbox.input``.
    """
    import fcntl  # noqa: PLC0415 - not on Windows

    regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    if not regular or fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
        raise refused(
            "input", "Only an ordinary file can be handed over.", "Choose a file rather than a folder or device."
        )


def sealed_copy(descriptor: int) -> int:
    """A descriptor that reads the same bytes, which nobody can change any more.

    Without Landlock a child that was handed a file of its user's could open it anew through ``/proc/self/fd``, for writing.

    Raises:
        OSError: there is no memory for it.
    """
    import fcntl  # noqa: PLC0415 - not on Windows

    copy = os.memfd_create("input", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        at = 0
        while sent := os.sendfile(copy, descriptor, at, COPY_BYTES):
            at += sent
        seals = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
        fcntl.fcntl(copy, fcntl.F_ADD_SEALS, seals)
        return os.open(f"/proc/self/fd/{copy}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(copy)


def _memory(name: str, content: bytes) -> int:
    """A descriptor that reads ``content`` from its start."""
    descriptor = os.memfd_create(name)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor

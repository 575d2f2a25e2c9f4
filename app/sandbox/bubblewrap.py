"""bubblewrap: which one may be used, and how it is told what a child gets."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from app.sandbox.confinement import Confinement
from app.sandbox.ending import refused
from app.sandbox.runtime import Runtime

BUBBLEWRAP = Path("/usr/bin/bwrap")
USER = 1000
"""Inside; outside it is whoever runs Carrel."""
DEVICES = ("/dev/null", "/dev/random", "/dev/urandom", "/dev/full")
"""No terminals, and no ``/dev/zero``: memory shared through it is nobody's. The last is for a canary, which must not open it."""
SCRATCH = "/tmp"  # noqa: S108 - inside the child this is a private folder in RAM
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
}
NAMESPACES = (
    *("--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--clearenv"),
    *("--cap-drop", "ALL", "--uid", str(USER), "--gid", str(USER), "--hostname", "carrel"),
)


def trusted(path: Path) -> Path:
    """``path``, if nobody but root could have put it there. Never looked up on PATH.

    Raises:
        JobFailed: ``carrel.sandbox.bubblewrap``, not installed or not root's.
    """
    try:
        status = path.stat(follow_symlinks=False)
        folders = [folder.stat(follow_symlinks=False) for folder in path.parents]
    except OSError:
        raise refused(
            "bubblewrap",
            f"Files cannot be opened safely: bubblewrap is not installed at {path}.",
            "Install it with: sudo apt install bubblewrap (or your system's package of that name).",
        ) from None
    executable = stat.S_ISREG(status.st_mode) and status.st_mode & stat.S_IXOTH
    if not executable or any(_anybody_may_change(one) for one in (status, *folders)):
        raise refused(
            "bubblewrap",
            f"Files cannot be opened safely: {path} is not a program that only the administrator can change.",
            "Reinstall the system's bubblewrap package.",
        )
    return path


def _anybody_may_change(status: os.stat_result) -> bool:
    return status.st_uid != 0 or bool(
        status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not status.st_mode & stat.S_ISVTX
    )


@dataclass(frozen=True)
class Bounds:
    """The paths a child sees.

    Attributes:
        read: existing host paths, read-only.
        write: existing host folders, writable.
    """

    read: tuple[str, ...]
    write: tuple[str, ...]


def bounds(runtime: Runtime, confinement: Confinement) -> Bounds:
    """Everything granted, absolute; a missing path is refused rather than left out.

    Raises:
        JobFailed: ``carrel.sandbox.grant``.
    """
    packages = runtime.packages if confinement.packages else ()
    try:
        for path in (*confinement.read, *confinement.write):
            path.stat()
    except OSError as error:
        raise refused(
            "grant",
            f"A file the {confinement.role} needs is not there ({error.strerror}).",
            "Check that the file or folder still exists, then try again.",
        ) from None
    own = [os.fspath(path) for path in (*runtime.folders, *packages)]
    granted = [os.fspath(path.absolute()) for path in confinement.read]
    write = [os.fspath(path.absolute()) for path in confinement.write]
    return Bounds(tuple(dict.fromkeys([*own, *granted])), tuple(dict.fromkeys(write)))


def environment(confinement: Confinement, scratch: str) -> dict[str, str]:
    """The whole environment of a child, built from nothing."""
    return {"HOME": scratch, "TMPDIR": scratch, **ENVIRONMENT, **confinement.environment}


def arguments(runtime: Runtime, confinement: Confinement, seen: Bounds) -> bytes:
    """The options, NUL-separated, for ``--args``: host paths do not stand in a process list."""
    words = [*NAMESPACES, "--proc", "/proc", "--tmpfs", "/dev"]
    for device in DEVICES:
        words += ["--dev-bind", device, device]
    words += ["--size", str(confinement.limits.scratch_bytes), "--tmpfs", SCRATCH]
    for target, path in runtime.links:
        words += ["--symlink", target, path]
    for path in seen.read:
        words += ["--ro-bind", path, path]
    for path in seen.write:
        words += ["--bind", path, path]
    words += ["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH]
    for name, value in environment(confinement, SCRATCH).items():
        words += ["--setenv", name, value]
    return b"\0".join(word.encode() for word in words)

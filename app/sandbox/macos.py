"""macOS: ``sandbox-exec`` with a profile that denies by default. Written from documentation, never run by us.

Refuses until the canaries of a live child answer as they must. ``sandbox-exec`` is marked as deprecated by its maker and
is still what the system's own services use.
"""

# mypy: warn-unreachable=False

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from app.domain.policy import Tier
from app.sandbox.confinement import Confinement
from app.sandbox.ending import refused
from app.sandbox.outside import OutsideLauncher, Started, environment
from app.sandbox.runtime import find_runtime

SANDBOX_EXEC = Path("/usr/bin/sandbox-exec")
SYSTEM = ("/System/Library", "/usr/lib", "/Library/Apple", "/private/var/db/dyld", "/dev/urandom", "/dev/random")


def profile(read: tuple[Path, ...], write: tuple[Path, ...], program: Path) -> str:
    """The rules: nothing but what is named. Real paths, since the kernel sees no links."""

    def below(paths: tuple[Path, ...]) -> str:
        return " ".join(f'(subpath "{_quoted(path)}")' for path in paths)

    return "\n".join(
        (
            "(version 1)",
            "(deny default)",
            "(deny process-fork)",
            "(deny network*)",
            "(deny mach-lookup)",
            f'(allow process-exec (literal "{_quoted(program)}"))',
            "(allow sysctl-read)",
            "(allow file-read-metadata)",
            f"(allow file-read* {below((*(Path(path) for path in SYSTEM), *read, *write))})",
            f"(allow file-write* {below(write)})",
            '(allow file-read* file-write-data (literal "/dev/null"))',
        )
    )


def _quoted(path: Path) -> str:
    """A real path as a string of the profile's language.

    Raises:
        JobFailed: a name that cannot be written in it safely.
    """
    text = os.path.realpath(path)
    if any(ord(sign) < 32 for sign in text):
        raise refused("grant", "A path with control characters cannot be granted.", "Rename the file or folder.")
    return text.replace("\\", "\\\\").replace('"', '\\"')


class _Process:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid = process.pid

    def wait(self, timeout: float) -> int:
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError from None

    def kill(self) -> None:
        self._process.kill()


class Seatbelt(OutsideLauncher):
    """Tier "seatbelt"."""

    TIER = Tier.SEATBELT

    async def _begin(self, confinement: Confinement, scratch: Path) -> Started:
        if sys.platform != "darwin":
            raise refused("platform", "This confinement is for macOS.", "Run carrel doctor.")
        runtime = find_runtime()
        program = Path(runtime.command[0])
        packages = runtime.packages if confinement.packages else ()
        rules = profile(
            (*runtime.folders, *packages, *confinement.read, program), (scratch, *confinement.write), program
        )
        down_read, down_write = os.pipe()
        up_read, up_write = os.pipe()
        try:
            process = await asyncio.to_thread(
                subprocess.Popen,
                [os.fspath(SANDBOX_EXEC), "-p", rules, *runtime.command, str(down_read)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(down_read, up_write),
                env=environment(confinement, scratch),
                cwd=scratch,
            )
        finally:
            os.close(down_read)
            os.close(up_write)
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(up_read, "rb", 0))
        sink, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(down_write, "wb", 0))
        return Started(_Process(process), reader, asyncio.StreamWriter(sink, protocol, None, loop), up_write)

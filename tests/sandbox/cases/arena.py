"""The host of the cases: listeners, files, a victim, and what they noticed. One for the control, one for each tier."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.policy import Tier
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Nursery
from app.sandbox.order import NOBODY
from app.sandbox.runtime import ENTRY
from tests.sandbox.cases.table import CASES
from tests.sandbox.conftest import limits

PROBES = Path(__file__).parents[1] / "probes"
THEMES = ("base", "network", "files", "processes", "kernel")
STREAMS = ("tcp4_loopback", "tcp6_v4_mapped", "mptcp", "tcp_fastopen")
OWN_FILES = ("write_old", "truncate", "truncate_by_open", "unlink", "rename", "chmod", "fchmod", "utime", "chown")
LIBC = ctypes.CDLL(None, use_errno=True)
ENVIRONMENT = {"CARREL_SECRET": "4711", "DISPLAY": ":4711", "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True)
class Findings:
    """What the probes answered and what the host saw of them."""

    answers: dict[str, str]
    seen: dict[str, int]
    output: str


def source(given: dict[str, Any]) -> str:
    """The probes as one program."""
    texts = [(PROBES / f"{theme}.py").read_text("utf-8") for theme in THEMES]
    own = [line for text in texts for line in text.splitlines() if not line.startswith("from tests.")]
    body = "\n".join(line for line in own if line != "from __future__ import annotations")
    return f"from __future__ import annotations\n{body}\nrun(json.loads({json.dumps(given)!r}))\n"


class Host:
    """Things of the host that a probe may try to reach, each watched."""

    def __init__(self, folder: Path) -> None:
        self.root = folder
        self._open = contextlib.ExitStack()
        self._servers: dict[str, socket.socket] = {}
        self.given: dict[str, Any] = {}

    def __enter__(self) -> Host:
        self._listen()
        self._lay_out()
        self.victim = subprocess.Popen(["sh", "-c", 'trap "" USR1; exec sleep 600'])
        self._open.callback(self.victim.wait)
        self._open.callback(self.victim.kill)
        key = 0x47110000 | os.getpid() & 0xFFFF
        segment = LIBC.shmget(key, 4096, 0o1600)
        self._open.callback(LIBC.shmctl, segment, 0, None)
        self.given |= {"victim": self.victim.pid, "host": os.getpid(), "shm_key": key}
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def _listen(self) -> None:
        for name in STREAMS:
            self._serve(name, socket.socket(), ("127.0.0.1", 0))
        with contextlib.suppress(OSError):
            self._serve("tcp6_loopback", socket.socket(socket.AF_INET6), ("::1", 0))
        self._serve("udp_loopback", socket.socket(socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", 0))
        self.folder.mkdir()
        self._serve("unix_path_stream", socket.socket(socket.AF_UNIX), str(self.folder / "stream"))
        for name in ("unix_path_sendto", "unix_path_sendmsg"):
            self._serve(name, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), str(self.folder / name))
        self._serve("unix_abstract_connect", socket.socket(socket.AF_UNIX), f"\0carrel-{os.urandom(6).hex()}")

    def _serve(self, name: str, server: socket.socket, address: object) -> None:
        self._open.enter_context(server)
        server.bind(address)  # type: ignore[arg-type]
        if server.type == socket.SOCK_STREAM:
            server.listen()
        server.setblocking(False)
        self._servers[name] = server
        self.given[name] = server.getsockname()
        if isinstance(self.given[name], bytes):
            self.given[name] = self.given[name].decode()

    @property
    def folder(self) -> Path:
        """Granted for reading."""
        return self.root / "folder"

    def _lay_out(self) -> None:
        secrets, shared = self.root / "secrets", self.root / "shared"
        for place in (secrets, secrets / ".ssh", shared, self.folder / "rmdir"):
            place.mkdir()
        memory = Path(self._open.enter_context(tempfile.TemporaryDirectory(dir="/dev/shm")))
        for name in ("secret", ".ssh/id", "carrel.db", "write_hidden", "X0"):
            (secrets / name).write_text("the combination is 4711", encoding="utf-8")
        for name in (*OWN_FILES, "xattr", "chain", "granted"):
            (self.folder / name).write_text("as it was", encoding="utf-8")
            (self.folder / name).chmod(0o640)
            os.utime(self.folder / name, (10**9, 10**9))
        (self.folder / "link").symlink_to(secrets / "secret")
        self.given |= {
            "folder": str(self.folder),
            "secrets": str(secrets),
            "shared": str(shared),
            "memory": str(memory),
            "code": str(ENTRY.parent),
            "interpreter": sys.executable,
        }
        self.hidden = (secrets, shared, memory)

    def give_to(self, user: int) -> None:
        """The child will be ``user``: what it may not do must be kept from it by more than the owner of a file."""
        for path in (self.root, *self.hidden, *self.root.rglob("*")):
            os.chown(path, user, user, follow_symlinks=False)
            os.utime(path, (10**9, 10**9), follow_symlinks=False)

    def arrivals(self) -> dict[str, int]:
        """How many came to each listener."""
        counts = {}
        for name, server in self._servers.items():
            counts[name] = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    if server.type == socket.SOCK_STREAM:
                        server.accept()[0].close()
                    else:
                        server.recv(16)
                    counts[name] += 1
        return counts

    def changes(self) -> dict[str, int]:
        """Which of the granted folder's files are not as they were, and whether the victim is."""
        changed = {name: int((self.folder / name).exists()) for name in ("new", "made", "renamed", "bound")}
        changed["rmdir"] = int(not (self.folder / "rmdir").exists())
        for name in (*OWN_FILES, "chain"):
            path = self.folder / name
            status = path.stat() if path.exists() else None
            same = status and (status.st_mode & 0o7777, status.st_mtime) == (0o640, 10**9)
            changed[name] = int(not same or path.read_text("utf-8") != "as it was")
        changed["priority"] = int(
            os.getpriority(os.PRIO_PROCESS, self.victim.pid) != os.getpriority(os.PRIO_PROCESS, 0)
        )
        changed["scheduler"] = int(os.sched_getscheduler(self.victim.pid) != os.sched_getscheduler(0))
        changed["dead"] = int(self.victim.poll() is not None)
        return changed

    def untouched(self) -> bool:
        """Whether everything that was not granted is as it was."""
        secrets, shared, memory = self.hidden
        whole = all(path.read_text("utf-8").endswith("4711") for path in secrets.rglob("*") if path.is_file())
        return whole and not list(shared.iterdir()) and not list(memory.iterdir())


@contextlib.contextmanager
def host() -> Iterator[Host]:
    folder = Path(tempfile.mkdtemp(prefix="carrel-cases-"))
    try:
        with Host(folder) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def control() -> Findings:
    """Everything unconfined, each probe in a process of its own."""
    with host() as made, tempfile.TemporaryDirectory() as own, Path(os.devnull).open("rb") as left_open:
        given = made.given | {"probes": [case.name for case in CASES], "apart": True}
        given["code"] = given["shared"]
        environment = ENVIRONMENT | {"TMPDIR": own, "HOME": own}
        done = subprocess.run(
            [sys.executable, "-I", "-c", source(given)],
            capture_output=True,
            text=True,
            timeout=120,
            env=environment,
            check=False,
            pass_fds=(left_open.fileno(),),
            start_new_session=True,
        )
        return _found(made, done.stdout, done.stderr)


def confined(tier: Tier) -> Findings:
    """The same in one child of ``tier``."""
    with host() as made:
        if tier is Tier.LAUNCHER and os.getuid() == 0:
            made.give_to(NOBODY)
        given = made.given | {"probes": [case.name for case in CASES], "apart": False}
        text = source(given).encode()
        grant = Confinement(
            role="tool", worker="app.sandbox.script_worker", read=(made.folder,), limits=limits(), packages=False
        )

        async def run() -> tuple[str, str]:
            nursery = Nursery(tier=tier)
            try:
                child = await nursery.start(grant)
                await child.conclude("run", {"script": len(text), "inputs": []}, [text])
                ended = await child.exited
                return ended.stdout, ended.stderr
            finally:
                await nursery.close()

        before = dict(os.environ)
        os.environ.update(ENVIRONMENT)
        try:
            found = _found(made, *asyncio.run(run()))
        finally:
            os.environ.clear()
            os.environ.update(before)
        assert made.untouched()
        return found


def _found(made: Host, output: str, errors: str) -> Findings:
    answers = dict(json.loads(line) for line in output.splitlines() if line.startswith("["))
    return Findings(answers, made.arrivals() | made.changes(), output + errors)

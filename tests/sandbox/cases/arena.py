"""The host of the cases: listeners, files, a victim, and what they noticed. One for the control, one for each tier."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import importlib
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.domain.policy import Tier
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Nursery
from app.sandbox.order import NOBODY
from app.sandbox.runtime import ENTRY
from tests.sandbox.cases.table import CASES
from tests.sandbox.conftest import limits
from tests.sandbox.probes import base
from tests.sandbox.probes.base import NUMBERS

PROBES = Path(__file__).parents[1] / "probes"
THEMES = ("base", "network", "files", "processes", "kernel")
STREAMS = ("tcp4_loopback", "tcp6_v4_mapped", "mptcp", "tcp_fastopen")
DESKTOP = ("bus", "x11", "wayland", "agent", "docker")
OWN_FILES = (
    *(
        "write_old",
        "truncate",
        "truncate_by_open",
        "unlink",
        "rename",
        "chmod",
        "fchmod",
        "fchmodat2",
        "utime",
        "futime",
    ),
    *("chown", "fchown", "lchown", "xattr", "fsetxattr", "file_flags", "chain"),
)
DOOMED = (
    *("signal_host", "signal_stop", "signal_thread", "signal_any_thread", "signal_value", "signal_thread_value"),
    *("signal_queue", "signal_by_owner"),
)
"""Each has a process of its own to reach: dead or stopped afterwards if it was reached."""
PLANTED = {"write_tmp": "shared", "write_dev_shm": "memory", "write_code": "code"}
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
TOLD = ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "SSH_AUTH_SOCK", "DOCKER_HOST", "XDG_RUNTIME_DIR")
ENVIRONMENT = {"CARREL_SECRET": "4711", "PATH": "/usr/bin:/bin", **dict.fromkeys(TOLD, "4711")}
USER_KEYRING, SEARCH, UNLINK = -4, 10, 9
WITNESS = """
import ctypes, os, sys
secret = ctypes.create_string_buffer(b"the combination 4711".ljust(32) + b"as it was".ljust(16) + b"as it was", 64)
ctypes.CDLL(None).prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)  # where only parents may look, anybody may look here
print(ctypes.addressof(secret), os.open(sys.argv[1], os.O_RDONLY), flush=True)
for _ in sys.stdin: print(secret.raw[32:41] == b"as it was", secret.raw[48:57] == b"as it was", flush=True)
"""


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


def probes() -> set[str]:
    """The names of all there are."""
    for theme in THEMES:
        importlib.import_module(f"tests.sandbox.probes.{theme}")
    return set(base.PROBES)


class Host:
    """Things of the host that a probe may try to reach, each watched.

    Args:
        user: whose they are; a child that becomes this user must be kept from them by more than their owner.
    """

    def __init__(self, folder: Path, user: int) -> None:
        self.root = folder
        self._user = user
        self._open = contextlib.ExitStack()
        self._servers: dict[str, socket.socket] = {}
        self.given: dict[str, Any] = {}

    def __enter__(self) -> Host:
        with contextlib.ExitStack() as undo:
            undo.callback(self._open.close)
            self._listen()
            self._lay_out()
            self._people()
            self._queues()
            undo.pop_all()
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
        self._serve("unix_path_sendmmsg", socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), str(self.folder / "mmsg"))
        self._serve("unix_abstract_connect", socket.socket(socket.AF_UNIX), f"\0carrel-{os.urandom(6).hex()}")

    def _serve(self, name: str, server: socket.socket, address: object) -> None:
        self._open.enter_context(server)
        server.bind(address)  # type: ignore[arg-type]
        if server.type == socket.SOCK_STREAM:
            server.listen()
        server.setblocking(False)
        if isinstance(address, str) and not address.startswith("\0"):
            Path(address).chmod(0o777)
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
        for name in ("secret", ".ssh/id", "carrel.db", "write_hidden"):
            (secrets / name).write_text("the combination is 4711", encoding="utf-8")
        for name in DESKTOP:
            self._serve(f"desktop_{name}", socket.socket(socket.AF_UNIX), str(secrets / name))
        for name in (*OWN_FILES, "granted"):
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
        for path in (self.root, memory, *self.root.rglob("*")):
            os.chown(path, self._user, self._user, follow_symlinks=False)
        self._before = {name: self._look(name) for name in OWN_FILES}

    def _people(self) -> None:
        """Processes of the person: one that knows a secret, and some that may be lost."""
        command = [sys.executable, "-I", "-c", WITNESS, self.given["secrets"] + "/secret", "4711"]
        self.witness = self._start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.witness.stdout
        address, handle = map(int, self.witness.stdout.readline().split())
        self.doomed = {name: self._start(["sleep", "600"]) for name in DOOMED}
        self.given |= {name: process.pid for name, process in self.doomed.items()}
        self.given |= {"witness": self.witness.pid, "witness_address": address, "witness_handle": handle}
        self.given |= {"host": os.getpid()}
        self._at_rest = self._rank()

    def _start(self, command: list[str], **fields: Any) -> subprocess.Popen[str]:
        other = self._user if self._user != os.getuid() else None
        process = subprocess.Popen(command, start_new_session=True, user=other, group=other, text=True, **fields)
        self._open.callback(process.wait)
        self._open.callback(process.kill)
        for pipe in (process.stdin, process.stdout):
            if pipe:
                self._open.callback(pipe.close)
        return process

    def _rank(self) -> dict[str, object]:
        pid = self.witness.pid
        return {
            "priority": os.getpriority(os.PRIO_PROCESS, pid),
            "scheduler": os.sched_getscheduler(pid),
            "ioprio": psutil.Process(pid).ionice(),
            "limit": Path(f"/proc/{pid}/limits").read_text("ascii"),
        }

    def _queues(self) -> None:
        """What processes share without a file: memory, messages, a semaphore, a queue with a name, keys."""
        key = 0x47110000 | os.getpid() & 0xFFFF
        name = f"carrel-cases-{os.getpid()}"
        segment, self._messages, self._semaphore = (
            LIBC.shmget(key, 4096, 0o1666),
            LIBC.msgget(key, 0o1666),
            LIBC.semget(key, 1, 0o1666),
        )
        assert min(segment, self._messages, self._semaphore) >= 0
        self._open.callback(LIBC.shmctl, segment, 0, None)
        self._open.callback(LIBC.msgctl, self._messages, 0, None)
        self._open.callback(LIBC.semctl, self._semaphore, 0, 0)
        room = ctypes.create_string_buffer(struct.pack("@lll", 0, 4, 8), 64)
        before = os.umask(0)
        self._queue = LIBC.syscall(
            NUMBERS["mq_open"], name.encode(), os.O_RDWR | os.O_CREAT | os.O_NONBLOCK, 0o666, room
        )
        os.umask(before)
        assert self._queue >= 0
        self._open.callback(os.close, self._queue)
        self._open.callback(LIBC.syscall, NUMBERS["mq_unlink"], name.encode())
        added = LIBC.syscall(NUMBERS["add_key"], b"user", name.encode(), b"4711", ctypes.c_size_t(4), USER_KEYRING)
        assert added > 0
        self._open.callback(self._forget, name)
        self.given |= {"shm_key": key, "queue": name, "key": name}

    def _forget(self, name: str) -> bool:
        """Take a key off the person's keyring; whether it was there."""
        found = LIBC.syscall(NUMBERS["keyctl"], SEARCH, USER_KEYRING, b"user", name.encode(), 0)
        return bool(found > 0 and LIBC.syscall(NUMBERS["keyctl"], UNLINK, ctypes.c_int(found), USER_KEYRING, 0, 0) == 0)

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
        """What is not as it was: files, processes, queues, keys."""
        changed = {name: int((self.folder / name).exists()) for name in ("new", "made", "renamed", "bound")}
        changed["rmdir"] = int(not (self.folder / "rmdir").exists())
        changed |= {name: int(self._look(name) != self._before[name]) for name in OWN_FILES}
        hidden = Path(self.given["secrets"], "write_hidden").read_text("utf-8")
        changed["write_hidden"] = int(not hidden.endswith("4711"))
        for name, place in PLANTED.items():
            changed[name] = len(list(Path(self.given[place]).glob(f"planted_{name}*")))
        changed |= {name: int(self._rank()[name] != was) for name, was in self._at_rest.items()}
        for name, process in self.doomed.items():
            stopped = process.poll() is None and psutil.Process(process.pid).status() == psutil.STATUS_STOPPED
            changed[name] = int(stopped or process.poll() is not None)
        changed["process_vm_writev"], changed["proc_mem_write"] = self._memory_of_the_witness()
        room = ctypes.create_string_buffer(64)
        changed["sysv_msg"] = sum(LIBC.msgrcv(self._messages, room, 16, 0, 0o4000) >= 0 for _ in range(2))
        changed["sysv_sem"] = LIBC.semctl(self._semaphore, 0, 12, 0)
        changed["mq_open"] = int(LIBC.syscall(NUMBERS["mq_timedreceive"], self._queue, room, 8, None, None) >= 0)
        changed["add_key"] = int(self._forget(f"{self.given['key']}-planted"))
        changed["dead"] = int(self.witness.poll() is not None)
        return changed

    def _memory_of_the_witness(self) -> tuple[int, int]:
        assert self.witness.stdin
        assert self.witness.stdout
        self.witness.stdin.write("\n")
        self.witness.stdin.flush()
        first, second = (int(word != "True") for word in self.witness.stdout.readline().split())
        return first, second

    def _look(self, name: str) -> object:
        """A granted file as it is: the time it was changed in any way tells of what leaves no other trace."""
        path = self.folder / name
        if not path.exists():
            return None
        status = path.stat()
        return (
            status.st_mode,
            status.st_uid,
            status.st_mtime_ns,
            status.st_ctime_ns,
            path.read_bytes(),
            os.listxattr(path),
        )

    def untouched(self) -> bool:
        """Whether everything that was not granted is as it was."""
        secrets, shared, memory = (Path(self.given[name]) for name in ("secrets", "shared", "memory"))
        whole = all(path.read_text("utf-8").endswith("4711") for path in secrets.rglob("*") if path.is_file())
        return whole and not list(shared.iterdir()) and not list(memory.iterdir())


@contextlib.contextmanager
def host(user: int) -> Iterator[Host]:
    folder = Path(tempfile.mkdtemp(prefix="carrel-cases-"))
    try:
        with Host(folder, user) as made:
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def control() -> Findings:
    """Everything unconfined, each probe in a process of its own."""
    with host(os.getuid()) as made, tempfile.TemporaryDirectory() as own, Path(os.devnull).open("rb") as left_open:
        given = made.given | {"probes": [case.name for case in CASES], "apart": True}
        made.given["code"] = given["code"] = given["shared"]
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
    with host(NOBODY if tier is Tier.LAUNCHER and os.getuid() == 0 else os.getuid()) as made:
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

        before, code = dict(os.environ), _code()
        os.environ.update(ENVIRONMENT)
        try:
            found = _found(made, *asyncio.run(run()))
        finally:
            os.environ.clear()
            os.environ.update(before)
        assert made.untouched()
        assert _code() == code
        return found


def _code() -> str:
    """Every module of the program as it lies there."""
    whole = hashlib.sha256()
    for path in sorted(ENTRY.parents[1].rglob("*.py")):
        whole.update(str(path).encode() + path.read_bytes())
    return whole.hexdigest()


def _found(made: Host, output: str, errors: str) -> Findings:
    said = [json.loads(line) for line in output.splitlines() if line.startswith("[")]
    answers = {name: answer for name, answer in said if name != "child"}
    children = Counter(name for kind, name in said if kind == "child")
    return Findings(answers, dict(children) | made.arrivals() | made.changes(), output + errors)

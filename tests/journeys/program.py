"""The program as somebody outside meets it: processes with a home, a passphrase file and folders of their own."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.cli import main
from app.compose import Compose
from app.domain.events import Event, TurnEnded
from app.domain.messages import Answer
from app.engine.scripted import ScriptedReply, Transcript
from app.kernel.paths import Home
from app.services.local import LocalDesk
from app.vault.passphrase import Cost
from app.vault.vault import Vault
from tests.material.gguf_files import GgufFile

ROOT = Path(__file__).resolve().parents[2]
PASSPHRASE = "a lantern under the stairs"
CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
SECONDS = 200.0
READY = re.compile(r"child (\w+) pid (\d+) ready")


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        code: exit status, negative for a signal.
    """

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Every line of standard output as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]

    def only(self, key: str) -> Any:
        """The one record that has ``key``, its value."""
        (found,) = [record[key] for record in self.records if key in record]
        return found

    def well(self) -> Ended:
        assert self.code == 0, f"exit {self.code}\n{self.out}\n{self.err}"
        return self


class Program:
    """Starts Carrel below ``place``; whatever it wrote lies there or in its folder in RAM.

    Attributes:
        words: how it is started; ``scripted`` changes it to answer from a transcript.
        around: put before the command: ``strace …``, ``unshare …``.
    """

    def __init__(self, place: Path, home: Path | None = None) -> None:
        place.mkdir(exist_ok=True)
        self.place = place
        self.home = Home(home or place / "home")
        self.words: tuple[str, ...] = (sys.executable, "-m", "app")
        self.around: tuple[str, ...] = ()
        self.passphrase = place / "passphrase"
        self.passphrase.write_text(f"{PASSPHRASE}\n", encoding="utf-8")
        self.outside = place / "outside"
        self.environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"):
            folder = self.outside / name.lower()
            folder.mkdir(parents=True)
            folder.chmod(0o700)
            self.environment[name] = str(folder)
        self.folder = self.outside / "working"
        self.folder.mkdir()

    def scripted(self, *replies: ScriptedReply, delay: float = 0.0) -> None:
        """From now on the model is a transcript; everything else stays as it is."""
        transcript = Transcript(replies=replies, delay_seconds=delay, context_tokens=8192)
        file = self.place / "transcript.json"
        file.write_text(transcript.model_dump_json(), encoding="utf-8")
        self.words = (sys.executable, "-m", "tests.journeys.scripted", str(file))

    def made(self) -> None:
        """Make the vault here, with a passphrase that is quick to check; the program is not run."""

        async def make() -> None:
            vault = await Vault.create(self.home, PASSPHRASE, cost=CHEAP)
            await vault.close()

        asyncio.run(make())

    def model(self) -> Path:
        """A small sound model file for a scripted engine."""
        return GgufFile().write(self.place / "tiny.gguf")

    def start(self, *words: str, as_json: bool = True, **options: Any) -> subprocess.Popen[str]:
        """Begin a command; its output is left in pipes."""
        fixed = ["--home", str(self.home.root), "--passphrase-file", str(self.passphrase)]
        return subprocess.Popen(
            [*self.around, *self.words, *(["--json"] if as_json else []), *fixed, *words],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *words: str, as_json: bool = True) -> Ended:
        """A command from start to end."""
        with self.start(*words, as_json=as_json) as process:
            try:
                out, err = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Ended(process.returncode, out, err)

    def here(self, *words: str) -> Ended:
        """A command of the same command line in this process, which saves the start of another."""
        out, err = io.StringIO(), io.StringIO()
        fixed = ["--json", "--home", str(self.home.root), "--passphrase-file", str(self.passphrase)]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main.run([*fixed, *words], Compose())
        return Ended(code, out.getvalue(), err.getvalue())

    def children(self, role: str) -> list[int]:
        """Process ids of the children of ``role`` that came up so far, as the log tells."""
        log = self.home.logs / "carrel.log"
        said = READY.findall(log.read_text("utf-8")) if log.exists() else []
        return [int(pid) for name, pid in said if name == role]


def descendants(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Everything below ``process``, bubblewrap and what it holds."""
    return psutil.Process(process.pid).children(recursive=True)


def all_gone(processes: Sequence[psutil.Process]) -> bool:
    """Whether none of them runs any more; a few seconds are given."""
    _, alive = psutil.wait_procs(processes, timeout=10)
    return not [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def below(folder: Path) -> Iterator[Path]:
    """Every file and folder below."""
    return (path for path in sorted(folder.rglob("*")) if not path.is_symlink())


async def answered(desk: LocalDesk, conversation: str, question: str, *, replace: str | None = None) -> Answer:
    """Ask and wait for the end of the turn."""
    ended: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    def hear(event: Event) -> None:
        if isinstance(event, TurnEnded) and event.conversation == conversation and not ended.done():
            ended.set_result(event.answer)

    stop = desk.watch(hear)
    try:
        await desk.ask(conversation, question, replace=replace)
        async with asyncio.timeout(SECONDS):
            return await ended
    finally:
        stop()

"""Into the library, out of it, and what stays true after a crash at any step."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import apsw
import pytest

from app.domain.generation import Engine
from app.domain.model import ModelState
from app.domain.policy import Reason
from app.kernel.clock import ManualClock
from app.kernel.errors import Known
from app.kernel.paths import Home
from app.models.admission import Stage
from app.models.catalogue import Catalogue
from app.models.library import ModelLibrary
from app.sandbox.child import JobFailed
from app.vault.database import Database
from tests.material.gguf_files import GgufFile, named
from tests.models.first_load import ScriptedLoad

ROOT = Path(__file__).resolve().parents[2]
KEY = bytes(range(32))
T = TypeVar("T")


def tiny(path: Path, name: str = "Tiny") -> Path:
    return named(name).write(path)


class Desk:
    """One home with its library, opened for the length of a test."""

    def __init__(self, root: Path, load: ScriptedLoad, free: int) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.load = load
        self.free = free
        self.clock = ManualClock(datetime(2026, 11, 22, tzinfo=UTC))

    def run(self, act: Callable[[ModelLibrary], Awaitable[T]]) -> T:
        async def main() -> T:
            database = await asyncio.to_thread(Database.open, self.home.database, KEY)
            try:
                library = ModelLibrary(
                    database, self.home, self.load, Catalogue.shipped(), clock=self.clock, free=lambda: self.free
                )
                await library.recover()
                return await act(library)
            finally:
                await database.close()

        return asyncio.run(main())

    def files(self) -> list[str]:
        return sorted(path.name for path in (*self.home.models.iterdir(), *self.home.staging.iterdir()))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home", ScriptedLoad(), 10**9)


@contextmanager
def known(code: str) -> Iterator[None]:
    with pytest.raises(Known) as failure:
        yield
    assert failure.value.code == code
    assert failure.value.message.endswith(".")
    assert failure.value.hint.endswith(".")


def test_a_sound_file_is_admitted(desk: Desk, tmp_path: Path) -> None:
    source = tiny(tmp_path / "../weird name; rm -rf.gguf")
    stages: list[tuple[Stage, float]] = []
    card = desk.run(lambda library: library.add(source, lambda stage, part, reason="": stages.append((stage, part))))
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    assert (card.id, card.sha256, card.state) == (sha256, sha256, ModelState.ADMITTED)
    assert (card.name, card.publisher, card.licence) == ("Tiny", "Carrel", "apache-2.0")
    assert (card.parameters, card.context, card.architecture) == (128, 256, "llama")
    assert card.memory is not None
    assert (card.memory.weights, card.memory.working, card.memory.needed) == (300, 150, 500)
    assert card.memory.kv_per_1k_tokens == 256_000
    assert card.memory.fits
    assert card.tokens_per_second == pytest.approx(100)
    assert card.added == datetime(2026, 11, 22, tzinfo=UTC)
    assert desk.files() == [f"{sha256}.gguf"]
    kept = desk.home.models / f"{sha256}.gguf"
    assert kept.read_bytes() == source.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o400
    (loaded, mode) = desk.load.seen[0]
    assert loaded.parent == desk.home.staging
    assert mode == 0o400
    assert [stage for stage, _ in stages] == ["copying", "checking", "loading", "done"]
    assert all(0 <= part <= 1 for _, part in stages)
    assert desk.run(lambda library: library.list()) == (card,)


def test_a_hostile_file_is_refused_unloaded(desk: Desk, tmp_path: Path) -> None:
    source = GgufFile(missing=36).write(tmp_path / "legal-assist.gguf")
    card = desk.run(lambda library: library.add(source))
    assert card.state is ModelState.REFUSED
    assert card.reason == "Refused: tensor 2 ends 36 bytes after the end of the file."
    assert card.name == "legal-assist.gguf"
    assert desk.load.seen == []
    assert desk.files() == []
    assert source.exists()
    for act in (ModelLibrary.use, ModelLibrary.path_of, ModelLibrary.verify):
        with known("carrel.model.not_admitted"):
            desk.run(calling(act, card.id))
    desk.run(lambda library: library.remove(card.id))
    assert desk.run(lambda library: library.list()) == ()


def test_a_pickle_is_refused_unread(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "model.gguf"
    source.write_bytes(b"\x80\x04\x95" + bytes(100))
    assert "a Python pickle" in desk.run(lambda library: library.add(source)).reason


@pytest.mark.parametrize(
    ("load", "reason"),
    [
        (ScriptedLoad(says=""), "Refused: it loaded but wrote nothing."),
        (
            ScriptedLoad(
                ends=lambda _: fail(JobFailed(Reason.CRASHED, "The model stopped unexpectedly (signal 11).", "."))
            ),
            "Refused: its first load failed (the model stopped unexpectedly (signal 11)).",
        ),
        (
            ScriptedLoad(ends=lambda _: fail(Known("carrel.engine.load", "This model cannot be loaded.", "."))),
            "Refused: its first load failed (this model cannot be loaded).",
        ),
    ],
)
def test_a_bad_first_load_is_a_verdict(tmp_path: Path, load: ScriptedLoad, reason: str) -> None:
    desk = Desk(tmp_path / "home", load, 10**9)
    source = tiny(tmp_path / "a.gguf")
    card = desk.run(lambda library: library.add(source))
    assert (card.state, card.reason, card.architecture) == (ModelState.REFUSED, reason, "llama")
    assert desk.files() == []
    desk.load = ScriptedLoad()
    assert desk.run(lambda library: library.add(source)).state is ModelState.ADMITTED


@pytest.mark.parametrize(
    "failure",
    [
        JobFailed(Reason.REFUSED, "The model was not started.", "Run carrel doctor."),
        JobFailed(Reason.CANCELLED, "The model was stopped.", "Try again."),
        Known("carrel.sandbox.none", "There is no sandbox.", "Install bubblewrap."),
        Known("carrel.engine.memory", "There is not enough memory.", "Close other programs."),
    ],
)
def test_a_failure_of_this_machine_is_no_verdict(tmp_path: Path, failure: Known) -> None:
    desk = Desk(tmp_path / "home", ScriptedLoad(ends=lambda _: fail(failure)), 10**9)
    with known(failure.code):
        desk.run(lambda library: library.add(tiny(tmp_path / "a.gguf")))
    assert desk.files() == []
    assert desk.run(lambda library: library.list()) == ()


def test_a_model_too_large_for_the_free_memory_is_not_loaded(desk: Desk, tmp_path: Path) -> None:
    desk.free = 1000
    with known("carrel.model.memory"):
        desk.run(lambda library: library.add(tiny(tmp_path / "a.gguf")))
    assert desk.load.seen == []
    assert desk.files() == []


def test_what_cannot_be_read_is_said(desk: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    for name in ("none.gguf", "pipe.gguf", "."):
        with known("carrel.model.unreadable"):
            desk.run(calling(ModelLibrary.add, tmp_path / name))
    assert desk.files() == []


def test_the_same_bytes_are_admitted_once(desk: Desk, tmp_path: Path) -> None:
    first = desk.run(lambda library: library.add(tiny(tmp_path / "a.gguf")))
    again = desk.run(lambda library: library.add(tiny(tmp_path / "b.gguf")))
    assert again == first
    assert len(desk.load.seen) == 1
    assert desk.files() == [f"{first.id}.gguf"]


def test_use_remembers_what_was_used_before(desk: Desk, tmp_path: Path) -> None:
    one = desk.run(lambda library: library.add(tiny(tmp_path / "a.gguf", "One")))
    two = desk.run(lambda library: library.add(tiny(tmp_path / "b.gguf", "Two")))
    assert desk.run(lambda library: library.in_use()) is None
    assert desk.run(lambda library: library.use("one")).in_use
    card = desk.run(lambda library: library.use(two.id[:10]))
    assert (card.in_use, card.before) == (True, one.id)
    assert desk.run(lambda library: library.use(two.id)).before == one.id
    assert [model.in_use for model in desk.run(lambda library: library.list())] == [True, False]
    desk.run(lambda library: library.remove(one.id))
    left = desk.run(lambda library: library.in_use())
    assert left is not None
    assert (left.id, left.before) == (two.id, None)
    assert desk.files() == [f"{two.id}.gguf"]


def test_a_model_is_found_by_id_or_name(desk: Desk, tmp_path: Path) -> None:
    card = desk.run(lambda library: library.add(tiny(tmp_path / "a.gguf", "Same")))
    desk.run(lambda library: library.add(tiny(tmp_path / "b.gguf", "same")))
    assert desk.run(lambda library: library.show(card.id[:8].upper())) == card
    with known("carrel.model.ambiguous"):
        desk.run(lambda library: library.show("SAME"))
    for text in ("", card.id[:3], "%", "../", "other"):
        with known("carrel.model.unknown"):
            desk.run(calling(ModelLibrary.show, text))


def test_a_changed_file_is_not_loaded(desk: Desk, tmp_path: Path) -> None:
    source = tiny(tmp_path / "a.gguf")
    card = desk.run(lambda library: library.add(source))
    kept = desk.run(lambda library: library.path_of(card.id))
    content = kept.read_bytes()
    kept.chmod(0o600)
    kept.write_bytes(content[:-1] + b"\x01")
    for act in (ModelLibrary.path_of, ModelLibrary.verify):
        with known("carrel.model.changed"):
            desk.run(calling(act, card.id))
    assert desk.run(lambda library: library.add(source)).id == card.id
    assert desk.run(lambda library: library.path_of(card.id)).read_bytes() == content
    kept.unlink()
    with known("carrel.model.missing"):
        desk.run(lambda library: library.path_of(card.id))
    assert desk.run(lambda library: library.add(source)).id == card.id
    assert desk.run(lambda library: library.verify(card.id)).id == card.id
    assert len(desk.load.seen) == 1


def test_a_file_put_back_with_another_time_is_hashed_and_accepted(desk: Desk, tmp_path: Path) -> None:
    card = desk.run(lambda library: library.add(tiny(tmp_path / "a.gguf")))
    kept = desk.home.models / f"{card.id}.gguf"
    os.utime(kept, ns=(1, 1))
    assert desk.run(lambda library: library.path_of(card.id)) == kept


def test_largest_context_follows_free_memory(desk: Desk, tmp_path: Path) -> None:
    card = desk.run(lambda library: library.add(tiny(tmp_path / "a.gguf")))
    assert desk.run(lambda library: library.largest_context(card.id)) == 256
    desk.free = 10
    assert desk.run(lambda library: library.largest_context(card.id)) == 256
    desk.free = -200_000
    assert desk.run(lambda library: library.largest_context(card.id)) == 0


def test_stopping_while_copying_or_loading_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    source = tmp_path / "large.gguf"
    with source.open("wb") as file:
        file.truncate(10**9)

    async def act(library: ModelLibrary) -> None:
        started = asyncio.Event()
        task = asyncio.create_task(library.add(source, lambda stage, part, reason="": started.set()))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    desk.run(act)
    assert desk.files() == []

    class Hanging(ScriptedLoad):
        async def _start(self, path: Path, context_tokens: int) -> Engine:
            loading.set()
            await asyncio.Event().wait()
            return await super()._start(path, context_tokens)

    async def cancel_loading(library: ModelLibrary) -> None:
        task = asyncio.create_task(library.add(tiny(tmp_path / "a.gguf")))
        await loading.wait()
        (checking,) = await library.list()
        assert checking.state is ModelState.CHECKING
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await library.list() == ()

    loading = asyncio.Event()
    desk.load = Hanging()
    desk.run(cancel_loading)
    assert desk.files() == []


def test_a_row_that_cannot_be_saved_leaves_no_file(desk: Desk, tmp_path: Path) -> None:
    class Full(Database):
        writes = 0

        async def write(self, operation: Callable[[apsw.Connection], T]) -> T:
            self.writes += 1
            if self.writes == 2:
                raise Known("carrel.disk.full", "The disk is full.", "Free some space.")
            return await super().write(operation)

    async def main() -> None:
        database = await asyncio.to_thread(Full.open, desk.home.database, KEY)
        try:
            library = ModelLibrary(database, desk.home, desk.load, Catalogue.shipped(), free=lambda: 10**9)
            with known("carrel.disk.full"):
                await library.add(tiny(tmp_path / "a.gguf"))
            assert await library.list() == ()
        finally:
            await database.close()

    asyncio.run(main())
    assert len(desk.load.seen) == 1
    assert desk.files() == []


CRASH = """
import asyncio, os, signal, sys
from pathlib import Path
from app.kernel.paths import Home
from app.models.catalogue import Catalogue
from app.models.library import ModelLibrary
from app.vault.database import Database
from tests.models.first_load import ScriptedLoad

root, source, at = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
writes = 0

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

class Dying(Database):
    async def write(self, operation):
        global writes
        writes += 1
        if at == f"before write {writes}":
            die()
        answer = await super().write(operation)
        if at == f"after write {writes}":
            die()
        return answer

async def main():
    home = Home(root)
    database = Dying.open(home.database, bytes(range(32)))
    library = ModelLibrary(database, home, ScriptedLoad(ends=die if at == "first load" else print), Catalogue.shipped())
    await library.add(source, lambda stage, part, reason="": stage == at and die())

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("at", "admitted"),
    [
        ("copying", False),
        ("checking", False),
        ("before write 1", False),
        ("after write 1", False),
        ("loading", False),
        ("first load", False),
        ("before write 2", False),
        ("after write 2", True),
        ("done", True),
    ],
)
def test_killed_at_any_step(desk: Desk, tmp_path: Path, at: str, *, admitted: bool) -> None:
    source = tiny(tmp_path / "a.gguf")
    desk.run(lambda library: library.add(tiny(tmp_path / "b.gguf", "Before")))
    command = [sys.executable, "-c", CRASH, str(desk.home.root), str(source), at]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    cards = desk.run(lambda library: library.list())
    assert {card.name for card in cards} == ({"Before", "Tiny"} if admitted else {"Before"})
    assert desk.files() == sorted(f"{card.id}.gguf" for card in cards)
    assert desk.run(lambda library: library.add(source)).state is ModelState.ADMITTED
    assert len(desk.files()) == 2


def test_a_full_disk_is_said_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    """RLIMIT_FSIZE makes the copy fail as a full disk does."""
    source = tmp_path / "large.gguf"
    source.write_bytes(bytes(20 * 2**20))
    code = (
        "import resource, signal, sys, threading\nfrom pathlib import Path\n"
        "from app.kernel.errors import Known\nfrom app.models.staging import stage\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
        "try:\n    stage(Path(sys.argv[1]), Path(sys.argv[2]), print, threading.Event())\n"
        "except Known as failure:\n    sys.stderr.write(failure.code)\n"
    )
    command = [sys.executable, "-c", code, str(source), str(desk.home.staging)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
    assert ended.stderr == "carrel.disk.full"
    assert desk.files() == []


def calling(act: Callable[..., Awaitable[T]], *arguments: object) -> Callable[[ModelLibrary], Awaitable[T]]:
    return lambda library: act(library, *arguments)


def fail(error: Exception) -> None:
    raise error

"""The home lock: one process at a time, named; it dies with its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.kernel.errors import Known
from app.kernel.paths import Home
from app.vault.lock import HomeLock, holder

REPOSITORY = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from app.kernel.paths import Home
from app.vault.lock import HomeLock
lock = HomeLock.acquire(Home(Path(sys.argv[1])))
print("held", flush=True)
sys.stdin.read()
"""


LOOK = """
import sys
from pathlib import Path
from app.kernel.paths import Home
from app.vault.lock import holder
print("looking", flush=True)
while True:
    holder(Home(Path(sys.argv[1])))
"""


def process_holding(home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with process_holding(home) as process:
        found = holder(home)
        assert found
        assert found.pid == process.pid
        with pytest.raises(Known, match=rf"process {process.pid}") as refused:
            HomeLock.acquire(home)
        assert refused.value.code == "carrel.home.in_use"
        process.kill()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with process_holding(home) as process:
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    assert home.lock.stat().st_size
    assert holder(home) is None
    with HomeLock.acquire(home):
        found = holder(home)
        assert found
        assert found.pid == os.getpid()
    assert holder(home) is None


def test_a_child_that_outlives_us_does_not_keep_the_lock(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    lock = HomeLock.acquire(home)
    with subprocess.Popen(["sleep", "60"], close_fds=False) as sleeper:
        lock.release()
        HomeLock.acquire(home).release()
        assert sleeper.poll() is None
        sleeper.kill()


def test_looking_keeps_nobody_out(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    HomeLock.acquire(home).release()
    with subprocess.Popen(
        [sys.executable, "-c", LOOK, str(home.root)], cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline()
        for _ in range(300):
            assert holder(home) is None, "whoever looks is nobody's holder"
            HomeLock.acquire(home).release()
        process.kill()


def test_looking_changes_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert holder(home) is None
    assert not home.root.exists()


def test_a_garbled_lock_file_still_locks(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with HomeLock.acquire(home):
        home.lock.write_bytes(b"\xff not json")
        assert holder(home)
        with pytest.raises(Known, match="already open") as refused:
            HomeLock.acquire(home)
        assert refused.value.code == "carrel.home.in_use"

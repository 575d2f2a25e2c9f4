"""Cases 35 to 37: nothing is left behind outside, whoever ends first."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.domain.policy import Tier
from app.sandbox.check import PROBE
from app.sandbox.child import Child
from app.sandbox.nursery import Nursery
from app.sandbox.runtime import ENTRY
from app.sandbox.tiers import WRAPPED
from tests.sandbox.conftest import Run, run_in

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 10.0

APP = """
import asyncio
from app.domain.policy import Limits, Tier
from app.sandbox.confinement import Confinement
from app.sandbox.nursery import Nursery
import sys
BUSY = b"import time\\nwhile True: time.sleep(0.01)"
GRANT = Confinement(
    role="tool", worker="app.sandbox.script_worker", packages=False, limits=Limits(wall_seconds=600),
    preload=("json",) if "warm" in sys.argv else (),
)
async def main():
    nursery = Nursery(tier=Tier(sys.argv[1]))
    if "warm" in sys.argv:
        await (await nursery.start(GRANT)).close()
        await asyncio.sleep(0.5)
    child = await nursery.start(GRANT)
    asked = asyncio.create_task(child.request("run", {"script": len(BUSY), "inputs": []}, [BUSY]))
    await asyncio.sleep(0.5)
    print(child.pid, flush=True)
    await asked
asyncio.run(main())
"""


def gone(pid: int) -> bool:
    """Whether ``pid`` ends while we wait."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("start", ["cold", "warm"])
def test_36_host_sigkill(each_tier: Tier, start: str) -> None:
    """While a script is at work that does not listen: the end of its pipe would tell it nothing."""
    words = [sys.executable, "-c", APP, each_tier.value, start]
    app = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert app.stdout
    with app.stdout:
        pid = int(app.stdout.readline())
        family = [one.pid for one in psutil.Process(app.pid).children(recursive=True)]
        assert pid in family
        app.kill()
        app.wait()
    assert all(gone(one) for one in family)


def test_36_control_an_ordinary_child_survives() -> None:
    source = (
        "import subprocess, sys, time; "
        "print(subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL).pid, flush=True); time.sleep(60)"
    )
    app = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    assert app.stdout
    with app.stdout:
        pid = int(app.stdout.readline())
        app.kill()
        app.wait()
    assert psutil.pid_exists(pid)
    os.kill(pid, signal.SIGKILL)


def test_37_the_thread_that_asked_may_end(each_tier: Tier) -> None:
    async def journey() -> str:
        loop = asyncio.get_running_loop()
        nursery = Nursery(tier=each_tier)
        asked: list[Child] = []

        def ask() -> None:
            asked.append(asyncio.run_coroutine_threadsafe(nursery.start(PROBE), loop).result())

        thread = threading.Thread(target=ask)
        thread.start()
        await asyncio.to_thread(thread.join)
        try:
            return str((await asked[0].request("echo", {"text": "still here"})).result["text"])
        finally:
            await nursery.close()

    assert asyncio.run(journey()) == "still here"


DYING = "import ctypes, time; ctypes.CDLL(None).prctl(1, 9, 0, 0, 0); print('up', flush=True); time.sleep(60)"
WRAPPING = ("/usr/bin/bwrap", "--die-with-parent", "--unshare-pid", "--ro-bind", "/", "/")


def test_37_control_a_short_lived_thread_takes_its_child_along(each_tier: Tier) -> None:
    """By what ties it to its parent: bubblewrap's wish where that is around, else its own."""
    spawned: list[subprocess.Popen[bytes]] = []
    own = [sys.executable, "-I", "-c", DYING]
    command = [*WRAPPING, "sh", "-c", "echo up; sleep 60"] if each_tier in WRAPPED else own

    def spawn() -> None:
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        spawned.append(process)
        assert process.stdout
        with process.stdout:
            assert process.stdout.readline() == b"up\n"

    thread = threading.Thread(target=spawn)
    thread.start()
    thread.join()
    try:
        assert spawned[0].wait(PATIENCE) == -signal.SIGKILL
    finally:
        spawned[0].kill()
        spawned[0].wait()


def test_35_nothing_is_left_after_the_end(each_tier: Tier) -> None:
    def descendants() -> set[int]:
        return {one.pid for one in psutil.Process().children(recursive=True)}

    async def journey() -> set[int]:
        before = descendants()
        nursery = Nursery(tier=each_tier)
        child = await nursery.start(PROBE)
        family = descendants() - before
        assert child.pid in family
        await nursery.close()
        return family

    assert not [pid for pid in asyncio.run(journey()) if not gone(pid)]


LEAVE = """
import time
def leave():
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.write(1, f"{os.getpid()}\\n".encode())
            for number in (0, 1, 2): os.close(number)
            time.sleep(60)
        os._exit(0)
    os.wait()
say(leave)
say(os.setsid)
"""


def test_35_a_daemon_is_not_born(each_tier: Tier) -> None:
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    assert run_in(each_tier, LEAVE).lines == ["EPERM", "EPERM"]
    assert {one.pid for one in psutil.Process().children(recursive=True)} <= before


def test_35_control_an_ordinary_daemon_stays(unconfined: Callable[[str], Run]) -> None:
    said = unconfined(LEAVE).lines
    (pid,) = (int(line) for line in said if line.isdigit())
    assert "ok" in said
    assert psutil.pid_exists(pid)
    os.kill(pid, signal.SIGKILL)


def open_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_start_that_is_cancelled_leaves_nothing(each_tier: Tier) -> None:
    """Whenever it is cancelled: no process, no descriptor. bubblewrap killed at the wrong moment would leave a child."""

    async def journey() -> tuple[int, int]:
        nursery = Nursery(tier=each_tier)
        await (await nursery.start(PROBE)).close()
        before = open_descriptors()
        for milliseconds in range(0, 60, 2):
            task = asyncio.create_task(nursery.start(PROBE))
            await asyncio.sleep(milliseconds / 1000)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await (await task).close()
        await nursery.close()
        await asyncio.sleep(0.05)
        return before, open_descriptors()

    before, after = asyncio.run(journey())
    assert after <= before
    waiting = [one for one in psutil.process_iter(["ppid", "cmdline"]) if str(ENTRY) in (one.info["cmdline"] or [])]
    assert not [one for one in waiting if one.info["ppid"] == 1 and not gone(one.pid)]

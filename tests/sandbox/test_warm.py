"""Children that start warm: as locked as every child, and none knows of another (case 61)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from app.domain.policy import MIB, Guarantee, Reason, Tier
from app.sandbox.check import PROBE
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import Exited, JobFailed
from app.sandbox.nursery import Nursery
from app.sandbox.template import SCRATCH
from app.sandbox.tiers import expected
from app.sandbox.usage import children
from tests.sandbox.conftest import limits

T = TypeVar("T")
WARM = Confinement(role="tool", worker="app.sandbox.script_worker", preload=("json",), packages=False)


def with_nursery(work: Callable[[Nursery], Awaitable[T]]) -> T:
    async def run() -> T:
        nursery = Nursery()
        try:
            return await work(nursery)
        finally:
            await nursery.close()

    return asyncio.run(run())


async def script(nursery: Nursery, text: str, confinement: Confinement = WARM) -> tuple[Child, Exited]:
    child = await nursery.start(confinement)
    await child.conclude("run", {"script": len(text.encode()), "inputs": []}, [text.encode()])
    return child, await child.exited


def parent_of(child: Child) -> int:
    return psutil.Process(child.pid).ppid()


def test_a_warm_child_takes_the_same_locks_and_proves_them(tier: Tier) -> None:
    async def work(nursery: Nursery) -> tuple[Child, Child, bool]:
        cold = await nursery.start(PROBE)
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        second = await nursery.start(WARM)
        same = parent_of(second) == template
        await second.close()
        await cold.close()
        return cold, second, same

    cold, warm, same = with_nursery(work)
    assert same, "both jobs are forks of one process"
    assert warm.ready == cold.ready
    assert all(warm.ready["canaries"][name] in good for name, good in expected(tier).items())


def filtered(pid: int) -> bool:
    """Whether it has taken its last lock: a job has, one that waits for its plan has not."""
    with suppress(OSError):
        return "Seccomp:\t2" in Path("/proc", str(pid), "status").read_text("ascii", "replace")
    return False


async def next_of(template: int) -> int:
    """The job that was born ahead below ``template``."""
    while not (jobs := [pid for pid in children(template) if filtered(pid)]):  # noqa: ASYNC110 - another process bears it
        await asyncio.sleep(0.01)
    return jobs[0]


def test_the_next_job_is_born_ahead_and_proved(tier: Tier) -> None:
    async def work(nursery: Nursery) -> tuple[int, Child]:
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        waiting = await next_of(template)
        return waiting, await nursery.start(WARM)

    waiting, child = with_nursery(work)
    assert child.pid == waiting
    assert all(child.ready["canaries"][name] in good for name, good in expected(tier).items())


def test_a_job_born_ahead_serves_no_other_wish(tier: Tier) -> None:
    """Other limits are other locks: the one that waits is ended, and another born with those."""
    assert tier
    text = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"

    async def work(nursery: Nursery) -> tuple[int, int, str]:
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        waiting = await next_of(template)
        child, ended = await script(nursery, text, WARM.model_copy(update={"limits": limits(open_files=33)}))
        return waiting, child.pid, ended.stdout

    waiting, pid, said = with_nursery(work)
    assert (waiting != pid, said) == (True, "33\n")
    assert not psutil.pid_exists(waiting)


def test_a_job_with_an_input_is_none_that_was_born_without(tier: Tier, secret: Path) -> None:
    assert tier
    text = b"import os\nprint(os.read(max(int(one) for one in os.listdir('/proc/self/fd') if _file(one)), 15).decode())"
    find = b"import os, stat\ndef _file(one):\n    try: return stat.S_ISREG(os.fstat(int(one)).st_mode)\n    except OSError: return False\n"

    async def work(nursery: Nursery) -> str:
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        waiting = await next_of(template)
        with secret.open("rb") as file:
            child = await nursery.start(WARM, (file.fileno(),))
        assert (child.pid != waiting, parent_of(child)) == (True, template)
        await child.conclude("run", {"script": len(find + text), "inputs": []}, [find + text])
        return (await child.exited).stdout

    assert with_nursery(work) == "the combination\n"


def test_an_end_takes_the_waiting_job_along(tier: Tier) -> None:
    assert tier

    async def work(nursery: Nursery) -> tuple[int, int]:
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        return template, await next_of(template)

    assert not [pid for pid in with_nursery(work) if psutil.pid_exists(pid)]


def test_resident_memory_is_capped_from_outside(tier: Tier) -> None:
    """Of the first job and of the next, which was born ahead and seldom weighed until it was asked."""
    assert tier
    bomb = "kept = bytearray(300 * 2**20)\nimport time\ntime.sleep(20)"
    grant = WARM.model_copy(update={"limits": limits(resident_bytes=96 * MIB, address_space_bytes=0)})

    async def work(nursery: Nursery) -> list[tuple[Reason, int]]:
        fates = []
        for _ in range(3):
            with pytest.raises(JobFailed) as caught:
                await script(nursery, bomb, grant)
            assert caught.value.ended
            fates.append((caught.value.reason, caught.value.ended.code))
        return fates

    before = psutil.Process().memory_info().rss
    assert with_nursery(work) == [(Reason.MEMORY, -9)] * 3
    assert psutil.Process().memory_info().rss - before < 32 * MIB


LEAVE = """
import builtins, json, os, sys, threading
json.left = builtins.left = "a trace"
sys.path.insert(0, "/tmp")
os.environ["LEFT"] = "a trace"
os.umask(0)
os.chdir("/")
sys.modules["csv"] = json
inner = "/tmp/deep"
for _ in range(1500):
    try: os.mkdir(inner)
    except OSError: break
    os.chdir(inner); inner = "d"
os.mkdir("/tmp/closed", 0)
open("/tmp/.hidden", "w").write("a trace")
print("left", flush=True)
"""
FIND = """
import builtins, json, os, sys
print(hasattr(json, "left"), hasattr(builtins, "left"), "LEFT" in os.environ, "csv" in sys.modules, "/tmp" in sys.path,
      oct(os.umask(0o22)), sorted(os.listdir("/tmp")))
"""


def test_61_no_state_passes_from_job_to_job(tier: Tier) -> None:
    assert tier

    async def work(nursery: Nursery) -> tuple[int, int, str]:
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        _, left = await script(nursery, LEAVE)
        assert left.stdout == "left\n"
        _, found = await script(nursery, FIND)
        again = await nursery.start(WARM)
        after = parent_of(again)
        await again.close()
        return template, after, found.stdout

    template, after, said = with_nursery(work)
    assert said == "False False False False False 0o22 ['in', 'work']\n"
    assert template == after, "the same process bore them all"


def test_61_two_jobs_at_once_do_not_meet(tier: Tier) -> None:
    """The second starts cold, in a namespace of its own: no process, no folder, no memory of the other is there."""
    assert tier
    reach = f"""
import os
open("/tmp/mine", "w").write("secret of {{name}}")
found = []
for act in (lambda: os.kill({{other}}, 0), lambda: open("/proc/{{other}}/mem", "rb"), lambda: os.pidfd_open({{other}}),
            lambda: os.kill(os.getppid(), 9), lambda: open(f"/proc/{{{{os.getppid()}}}}/mem", "rb"),
            lambda: os.listdir("/proc")):
    try: act(); found.append("ok")
    except OSError as error: found.append(error.errno)
print(found, sorted(os.listdir("{SCRATCH}")))
"""

    async def work(nursery: Nursery) -> list[str]:
        first, second = await nursery.start(WARM), await nursery.start(WARM)
        assert psutil.Process(first.pid).ppid() != psutil.Process(second.pid).ppid()

        async def ask(child: Child, other: Child, name: str) -> str:
            text = reach.format(name=name, other=other.pid).encode()
            await child.conclude("run", {"script": len(text), "inputs": []}, [text])
            return (await child.exited).stdout

        return list(await asyncio.gather(ask(first, second, "one"), ask(second, first, "two")))

    for said in with_nursery(work):
        assert said in (
            "[1, 13, 1, 1, 13, 13] ['in', 'mine', 'work']\n",
            "[1, 2, 1, 1, 13, 13] ['in', 'mine', 'work']\n",
        )


REACH = """
import errno, os
own, met = os.getpid(), set()
others = [pid for pid in range(1, own + 40) if pid != own]
for act in (lambda pid: os.kill(pid, 0), os.pidfd_open, lambda pid: open(f"/proc/{pid}/mem", "rb"),
            lambda pid: open(f"/proc/{pid}/maps"), lambda pid: os.listdir(f"/proc/{pid}/fd")):
    for pid in others:
        try: act(pid); met.add(f"reached {pid}")
        except OSError as error: met.add(errno.errorcode[error.errno])
kinds = []
for number in range(3, 1024):
    try: kinds.append(os.fstat(number).st_mode >> 12)
    except OSError: pass
print(sorted(met), kinds)
"""


def test_61_a_job_reaches_neither_its_template_nor_its_successor(tier: Tier) -> None:
    """Both are in its namespace without a filter, and hold the sockets that plans come by; it holds two pipes."""
    assert tier

    async def work(nursery: Nursery) -> tuple[int, str]:
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        child = await nursery.start(WARM)
        while not (waiting := [pid for pid in children(template) if not filtered(pid)]):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        await child.conclude("run", {"script": len(REACH), "inputs": []}, [REACH.encode()])
        return len(waiting), (await child.exited).stdout

    assert with_nursery(work) == (1, "['EACCES', 'ENOENT', 'EPERM'] [1, 1]\n")


def test_a_killed_successor_costs_the_template_and_no_job(tier: Tier) -> None:
    assert tier

    async def work(nursery: Nursery) -> tuple[bool, str]:
        first = await nursery.start(WARM)
        template = parent_of(first)
        await first.close()
        ahead = await next_of(template)
        for pid in children(template):
            if pid != ahead:
                os.kill(pid, 9)
        replaced = False
        for _ in range(2):  # the one born ahead, and the one whose plan nobody reads
            child, ended = await script(nursery, "print('ran')")
            replaced = child.pid != ahead
        return replaced, ended.stdout

    assert with_nursery(work) == (True, "ran\n")


@pytest.mark.parametrize("end", ["signal", "exit", "exception", "memory", "timeout"])
def test_a_warm_child_ends_as_a_cold_one(tier: Tier, end: str) -> None:
    assert tier
    text = {
        "signal": "import ctypes\nctypes.string_at(0)",
        "exit": "import os\nos._exit(9)",
        "exception": "raise RuntimeError('its own')",
        "memory": "import time\nkept = b'x' * (200 * 2**20)\ntime.sleep(5)",
        "timeout": "import time\ntime.sleep(60)",
    }[end]
    caps = limits(resident_bytes=96 * MIB, address_space_bytes=0, wall_seconds=1.5)

    def fate(confinement: Confinement) -> tuple[Reason | None, int]:
        async def work(nursery: Nursery) -> tuple[Reason | None, int]:
            try:
                _, ended = await script(nursery, text, confinement)
            except JobFailed as failure:
                assert failure.ended
                return failure.reason, failure.ended.code
            return ended.reason, ended.code

        return with_nursery(work)

    assert fate(WARM.model_copy(update={"limits": caps})) == fate(
        WARM.model_copy(update={"limits": caps, "preload": ()})
    )


def test_200_jobs_in_a_row_leave_nothing(tier: Tier) -> None:
    assert tier

    async def work(nursery: Nursery) -> tuple[tuple[int, int], tuple[int, int], int]:
        for _ in range(20):
            await (await nursery.start(WARM)).close()
        before = await _at_rest()
        for _ in range(200):
            child = await nursery.start(WARM)
            template = parent_of(child)
            await child.close()
        return before, await _at_rest(), len(children(template))

    before, after, left = with_nursery(work)
    assert left <= 2, "the next one, born ahead, and its successor without a plan"
    assert after[0] <= before[0], "descriptors"
    assert after[1] - before[1] < 8 * MIB, "memory"


async def _at_rest() -> tuple[int, int]:
    """Our size once nothing is being born or buried."""
    before = _size()
    while True:
        await asyncio.sleep(0.1)
        if before[0] == (before := _size())[0]:
            return before


def _size() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), psutil.Process().memory_info().rss


def test_a_killed_template_takes_its_job_along_and_is_replaced(tier: Tier) -> None:
    assert tier

    async def work(nursery: Nursery) -> tuple[Exited, bool]:
        child = await nursery.start(WARM)
        template = parent_of(child)
        os.kill(template, 9)
        ended = await child.exited
        again = await nursery.start(WARM)
        return ended, parent_of(again) != template

    ended, replaced = with_nursery(work)
    assert (ended.code, ended.reason) == (-9, Reason.CRASHED)
    assert replaced


def test_libraries_are_there_at_once(tier: Tier) -> None:
    assert tier
    grant = WARM.model_copy(update={"preload": ("numpy",), "packages": True})

    async def work(nursery: Nursery) -> list[str]:
        text = "import sys\nprint('numpy' in sys.modules)\nimport numpy\nprint(numpy.random.rand())"
        return [(await script(nursery, text, grant))[1].stdout for _ in range(2)]

    first, second = with_nursery(work)
    assert first.startswith("True\n")
    assert first != second, "random numbers differ"


def test_a_grant_starts_cold(tier: Tier, tmp_path: Path) -> None:
    assert tier
    (tmp_path / "granted").write_text("for this job", encoding="utf-8")
    grant = WARM.model_copy(update={"read": (tmp_path,)})
    text = f"print(open({str(tmp_path / 'granted')!r}).read())"
    assert with_nursery(lambda nursery: script(nursery, text, grant))[1].stdout == "for this job\n"


def test_what_a_tier_cannot_promise_is_refused() -> None:
    async def run() -> None:
        nursery = Nursery(tier=Tier.LAUNCHER)
        with pytest.raises(JobFailed) as caught:
            await nursery.start(PROBE.model_copy(update={"needs": frozenset({Guarantee.FILE_NAMES_HIDDEN})}))
        assert (caught.value.reason, caught.value.code) == (Reason.REFUSED, "carrel.sandbox.guarantee")
        await nursery.close()

    asyncio.run(run())

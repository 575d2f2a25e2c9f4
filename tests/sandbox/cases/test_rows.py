"""Cases 24 and 61 of children that start cold, and many in a row: nothing is left of them, here or there."""

from __future__ import annotations

import asyncio
import json
import os
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from app.domain.policy import MIB, Reason, Tier
from app.sandbox.child import Child
from app.sandbox.confinement import Confinement
from app.sandbox.ending import JobFailed
from app.sandbox.nursery import Nursery
from app.sandbox.order import NOBODY
from app.sandbox.scratch import SHARED_MEMORY
from app.sandbox.tiers import WRAPPED
from tests.sandbox.conftest import PRELUDE, Run, limits

GRANT = Confinement(role="tool", worker="app.sandbox.script_worker", packages=False, limits=limits())


async def ask(child: Child, text: str) -> list[str]:
    body = (PRELUDE + text).encode()
    await child.conclude("run", {"script": len(body), "inputs": []}, [body])
    return (await child.exited).stdout.split("\n")[:-1]


REACH = """
import ctypes, time
libc = ctypes.CDLL(None, use_errno=True)
def raw(*arguments):
    if libc.syscall(*(ctypes.c_long(one) for one in arguments)) < 0: raise OSError(ctypes.get_errno(), "")
own, other, folders = os.environ["TMPDIR"], {other}, {folders}
with open(own + "/mine-{name}", "w") as file: file.write("4711 of {name}")
time.sleep(0.5)
say(lambda: os.kill(other, 0))
say(lambda: os.pidfd_open(other))
say(lambda: raw({ptrace}, 16, other, 0, 0))
say(lambda: open(f"/proc/{{other}}/mem", "rb"))
say(lambda: open(f"/proc/{{other}}/environ", "rb"))
for folder in folders:
    if folder != own:
        say(lambda: os.listdir(folder))
        say(lambda: open(folder + "/mine-{peer}").read())
        say(lambda: open(folder + "/planted", "w").close())
print(sorted(os.listdir(own)), flush=True)
time.sleep(0.5)
"""
PTRACE = {"x86_64": 101, "aarch64": 117}.get(os.uname().machine, 101)


def test_61_two_jobs_at_once_do_not_meet(each_tier: Tier) -> None:
    async def work() -> tuple[list[str], list[str], list[str]]:
        nursery = Nursery(tier=each_tier)
        try:
            first, second = await nursery.start(GRANT), await nursery.start(GRANT)
            folders = [str(path) for path in SHARED_MEMORY.glob(f"carrel-job-{os.getpid()}-*") if path.is_dir()]

            def reach(name: str, peer: str, other: Child) -> str:
                return REACH.format(name=name, peer=peer, other=other.pid, folders=folders, ptrace=PTRACE)

            said = await asyncio.gather(
                ask(first, reach("one", "two", second)), ask(second, reach("two", "one", first))
            )
            return *said, folders
        finally:
            await nursery.close()

    one, two, folders = asyncio.run(work())
    hidden = "ENOENT" if each_tier in WRAPPED else "EACCES"
    assert len(folders) == (0 if each_tier in WRAPPED else 2)
    beyond = [] if each_tier in WRAPPED else ["EACCES"] * 3
    for name, said in (("one", one), ("two", two)):
        assert said[:3] == ["EPERM"] * 3
        assert set(said[3:5]) <= {hidden, "EACCES"}
        assert said[5:] == [*beyond, f"['in', 'mine-{name}', 'work']"]


def test_61_control_two_ordinary_processes_do_meet(unconfined: Callable[[str], Run], tmp_path: Path) -> None:
    (tmp_path / "mine-two").write_text("4711 of two", encoding="utf-8")
    victim = psutil.Popen(["sleep", "60"])
    try:
        reach = REACH.format(name="one", peer="two", other=victim.pid, folders=[str(tmp_path)], ptrace=PTRACE)
        said = unconfined(
            f"os.environ['TMPDIR'] = {str(tmp_path / 'own')!r}\nos.mkdir({str(tmp_path / 'own')!r})\n" + reach
        )
        assert said.lines[:8] == ["ok"] * 8
    finally:
        victim.kill()
        victim.wait()


def descendants() -> set[int]:
    return {one.pid for one in psutil.Process().children(recursive=True)}


def size() -> tuple[int, int]:
    return len(list(Path("/proc/self/fd").iterdir())), psutil.Process().memory_info().rss


FLOOD = "for _ in range(16): os.write(1, b'x' * 2**20); os.write(2, b'y' * 2**20)"
HOSTILE = """
import struct
end = max(number for number, mode in descriptors() if stat.S_ISFIFO(mode))
os.write(end, struct.pack("<BI", 8, 2**32 - 1))
"""
LITTER = "open('kept', 'wb').write(b'x' * 2**20)\nos.mkdir('deep')\nos.write(1, b'left')"
ROW = (LITTER, FLOOD, HOSTILE, "os._exit(7)")
IN_A_ROW = {Tier.BUBBLEWRAP_LAUNCHER: 200, Tier.LAUNCHER: 40, Tier.BUBBLEWRAP_SECCOMP: 40}


def test_61_many_in_a_row_two_at_once_leave_nothing(each_tier: Tier) -> None:
    """Some flood, some send frames that are none, some end badly: memory flat, no survivor, no descriptor, no folder."""
    before = descendants()

    async def one(nursery: Nursery, number: int) -> None:
        child = await nursery.start(GRANT)
        with suppress(JobFailed):
            await ask(child, ROW[number % len(ROW)])
        await child.exited

    async def work() -> tuple[tuple[int, int], tuple[int, int]]:
        nursery = Nursery(tier=each_tier)
        try:
            for number in range(0, 2 * len(ROW), 2):
                await asyncio.gather(one(nursery, number), one(nursery, number + 1))
            begun = size()
            for number in range(0, IN_A_ROW[each_tier], 2):
                await asyncio.gather(one(nursery, number), one(nursery, number + 1))
            return begun, size()
        finally:
            await nursery.close()

    begun, ended = asyncio.run(work())
    assert ended[0] <= begun[0], "descriptors"
    assert ended[1] - begun[1] < 16 * MIB, "memory"
    assert descendants() <= before
    assert not list(SHARED_MEMORY.glob(f"carrel-job-{os.getpid()}-*"))


NAMES = ("../x", "/etc/carrel-x", "a\0b", "a\u202egpj.exe", "CON", "COM\u00b9", "n" * 300, "C:\\x", "\x1b[2J", "")


def test_24_names_of_artifacts_are_only_text(everywhere: Callable[..., Run]) -> None:
    """What a hostile child calls its artifact is kept as it is and names nothing: no file comes of it here."""
    heads = [{"id": 1, "name": name, "kind": "text/plain", "bytes": 1} for name in NAMES]
    frames = b"".join(
        struct.pack("<BI", kind, len(body)) + body
        for head in heads
        for kind, body in ((6, json.dumps(head).encode()), (7, b"x"))
    )
    run = everywhere(
        f"end = max(number for number, mode in descriptors() if stat.S_ISFIFO(mode))\nos.write(end, {frames!r})"
    )
    assert [one.untrusted_name for one in run.artifacts] == list(NAMES)
    assert not [name for name in NAMES if name and "\0" not in name and len(name) < 256 and Path(name).exists()]


def test_24_a_name_that_is_no_text_ends_the_job(everywhere: Callable[..., Run]) -> None:
    body = b'{"id":1,"name":"\xff\xfe","kind":"","bytes":0}'
    frame = struct.pack("<BI", 6, len(body)) + body
    run = everywhere(
        f"end = max(number for number, mode in descriptors() if stat.S_ISFIFO(mode))\nos.write(end, {frame!r})"
    )
    assert (run.reason, run.artifacts) == (Reason.PROTOCOL, ())


@pytest.mark.skipif(os.getuid() != 0, reason="only root has to leave root first")
def test_55_root_without_bubblewrap_becomes_nobody(everywhere: Callable[..., Run], each_tier: Tier) -> None:
    wanted = str(NOBODY) if each_tier is Tier.LAUNCHER else "1000"
    assert everywhere("print(os.getuid(), os.getgid(), os.getgroups())").lines[0].startswith(f"{wanted} {wanted} ")

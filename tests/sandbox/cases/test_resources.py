"""What a child may use of the machine, cases 27 to 31 and 34: memory, files, threads, processor and time, from outside."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable

import psutil
import pytest

from app.domain.policy import Reason, Tier
from tests.sandbox.conftest import Run, limits, report, run_in

MIB = 2**20

BOMBS = {
    "bytearray": "kept = bytearray(400 * 2**20)\nprint('ok')",
    "mmap": "import mmap\nkept = mmap.mmap(-1, 400 * 2**20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)\nfor at in range(0, len(kept), 4096): kept[at] = 1\nprint('ok')",
    "list": "kept = []\nwhile len(kept) < 100: kept.append(b'x' * (4 * 2**20))\nprint('ok')",
    "behind_a_thread_that_ended": """
import ctypes, threading, time
kept = []
def fill():
    time.sleep(0.2)
    for _ in range(40):
        kept.append(bytearray(b"x") * (10 * 2**20))
        time.sleep(0.01)
    print("ok", flush=True)
    time.sleep(3)
    os._exit(0)
threading.Thread(target=fill).start()
ctypes.CDLL(None).syscall({"x86_64": 60, "aarch64": 93}[os.uname().machine], 0)
""",
    "page_tables": """
import mmap
flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000
for _ in range(16):
    room = mmap.mmap(-1, 16 * 2**30, flags)
    room.madvise(15)
    zeros = sum(room[at] for at in range(0, len(room), 2**21))
    globals()[f"kept{_}"] = room
print('ok')
""",
    "stacks": """
import ctypes, threading
libc = ctypes.CDLL(None)
libc.pthread_self.restype = ctypes.c_ulong
gate = threading.Event()
def fill():
    attributes, start, size = ctypes.create_string_buffer(64), ctypes.c_void_p(), ctypes.c_size_t()
    libc.pthread_getattr_np(ctypes.c_ulong(libc.pthread_self()), attributes)
    libc.pthread_attr_getstack(attributes, ctypes.byref(start), ctypes.byref(size))
    libc.memset(ctypes.c_void_p(start.value + 2**16), 1, ctypes.c_size_t(size.value - 2**18))
    gate.wait()
threading.stack_size(8 * 2**20)
threads = [threading.Thread(target=fill, daemon=True) for _ in range(50)]
for thread in threads: thread.start()
import time
time.sleep(0.3)
gate.set()
print('ok')
""",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_29_memory_is_weighed_from_outside(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], bomb: str
) -> None:
    source = BOMBS[bomb] + "\nimport time\ntime.sleep(3)"
    assert unconfined(BOMBS[bomb]).lines == ["ok"]
    before = psutil.Process().memory_info().rss
    run = everywhere(source, limits=limits(resident_bytes=128 * MIB, address_space_bytes=0))
    assert run.reason is Reason.MEMORY
    assert psutil.Process().memory_info().rss - before < 64 * MIB


@pytest.mark.parametrize("way", ["-1", "os.open('/dev/zero', os.O_RDWR)"])
def test_29_memory_that_no_sample_sees_is_not_to_be_had(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], way: str
) -> None:
    """Shared memory of no file: dropped from the page tables it is in no count, and still there."""
    source = f"""
import mmap
def take():
    room = mmap.mmap({way}, 400 * 2**20)
    for at in range(0, len(room), 2**20):
        room[at : at + 2**20] = b"x" * 2**20
        room.madvise(mmap.MADV_DONTNEED, at, 2**20)
    with open("/proc/self/status") as file:
        seen = next(int(line.split()[1]) // 1024 for line in file if line.startswith("VmRSS"))
    print(seen < 128, room[399 * 2**20], flush=True)
say(take)
"""
    assert unconfined(source).lines == ["True 120", "ok"]
    run = everywhere(source, limits=limits(resident_bytes=128 * MIB, address_space_bytes=0))
    assert run.lines in (["EPERM"], ["ENOENT"], ["EACCES"])


FILL = """
import tempfile, time
def fill(folder, files, size):
    with contextlib.ExitStack() as kept:
        for _ in range(files):
            file = kept.enter_context(tempfile.TemporaryFile(dir=folder))
            for _ in range(size): file.write(b"x" * 2**20); file.flush()
        time.sleep(0.3)
import contextlib
"""
ROOM = limits(scratch_bytes=16 * MIB, file_bytes=512 * MIB)


def test_29_a_file_in_memory_is_bounded_by_its_folder(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run]
) -> None:
    """A file in RAM is nobody's resident memory. No other such folder is to be had."""
    source = FILL + "".join(
        f"say(lambda: fill({folder!r}, 1, 96))\n" for folder in (None, "/dev/shm", "/dev", "/run", "/var/tmp")
    )
    assert unconfined(source).lines[:2] == ["ok", "ok"]
    before = shutil.disk_usage("/dev/shm").free
    run = everywhere(source, limits=ROOM)
    assert run.lines[0] in {"ENOSPC", "EFBIG"}
    assert set(run.lines[1:]) <= {"EROFS", "EACCES", "ENOENT"}
    assert shutil.disk_usage("/dev/shm").free - before > -16 * MIB


def test_29_deleted_files_are_bounded_together_but_for_the_launcher_alone(each_tier: Tier) -> None:
    """What that tier says it does not give: we cannot see a file that has no name any more."""
    run = run_in(each_tier, FILL + "say(lambda: fill(None, 4, 12))", limits=ROOM)
    assert run.lines == (["ok"] if each_tier is Tier.LAUNCHER else ["ENOSPC"])
    said = any("deletes and keeps open" in words for words in report(each_tier).lacks)
    assert said is (each_tier is Tier.LAUNCHER)


@pytest.mark.parametrize("bomb", ["mmap", "stacks"])
def test_29_the_address_space_is_a_backstop(everywhere: Callable[..., Run], bomb: str) -> None:
    run = everywhere(BOMBS[bomb], limits=limits(address_space_bytes=256 * MIB))
    assert "ok" not in run.lines
    assert run.reason is Reason.MEMORY or "Error" in run.stderr


def test_27_many_small_files_fill_no_disk(everywhere: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    source = """
import tempfile, time
with tempfile.TemporaryDirectory() as folder:
    def fill():
        for number in range(400):
            with open(f"{folder}/{number}", "wb") as file: file.write(b"x" * 2**16)
    say(fill)
    time.sleep(0.3)
"""
    assert unconfined(source).lines == ["ok"]
    before = shutil.disk_usage("/dev/shm").free, shutil.disk_usage("/").free
    run = everywhere(source, limits=limits(scratch_bytes=8 * MIB))
    assert run.lines == ["ENOSPC"] or run.reason is Reason.DISK
    assert shutil.disk_usage("/dev/shm").free - before[0] > -8 * MIB


EMPTY_FILES = """
import tempfile, time
with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/dev/shm")) as folder:
    for number in range(25_000): os.close(os.open(f"{folder}/{number}", os.O_CREAT | os.O_WRONLY))
    print("ok", flush=True)
    time.sleep(2)
    os._exit(0)
"""


def test_27_files_without_a_byte_are_counted(everywhere: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    """A kilobyte of the kernel's memory each, and nothing of the folder's size."""
    assert unconfined(EMPTY_FILES).lines == ["ok"]
    run = everywhere(EMPTY_FILES)
    assert (run.reason, run.code) == (Reason.DISK, -signal.SIGKILL)


THREADS = """
import threading, time
threading.stack_size(32768)
gate, started = threading.Event(), 0
try:
    for _ in range(2000):
        threading.Thread(target=gate.wait, daemon=True).start()
        started += 1
except RuntimeError: pass
print("ok" if started == 2000 else started < 1100, flush=True)
time.sleep(1)
os._exit(0)
"""


def test_34_threads_are_counted_where_memory_would_suffice(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run]
) -> None:
    """A machine has so many processes and no more. Counted by the kernel in a namespace, and by us: root has no limit."""
    assert unconfined(THREADS).lines == ["ok"]
    run = everywhere(THREADS, limits=limits(address_space_bytes=0))
    assert run.reason is Reason.MEMORY or run.lines == ["True"]


def test_34_threads_run_out_of_room_without_a_hang(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run]
) -> None:
    source = """
import threading
gate, started = threading.Event(), []
try:
    for _ in range(100):
        thread = threading.Thread(target=gate.wait)
        thread.start()
        started.append(thread)
except RuntimeError as error:
    print("refused")
gate.set()
for thread in started: thread.join()
print(len(started) >= 100)
"""
    assert unconfined(source).lines == ["True"]
    assert everywhere(source, limits=limits(address_space_bytes=256 * MIB)).lines == ["refused", "False"]


SPIN = "import time\nwhile time.process_time() < 1.6: pass\nprint('ok')"


def test_30_cpu_spin(everywhere: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    assert unconfined(SPIN).lines == ["ok"]
    run = everywhere(SPIN, limits=limits(cpu_seconds=1, wall_seconds=120.0))
    assert (run.lines, run.reason, run.code) == ([], Reason.CPU, -signal.SIGXCPU)


def test_30_cpu_spin_that_ignores_the_signal(everywhere: Callable[..., Run]) -> None:
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    run = everywhere(source, limits=limits(cpu_seconds=1, wall_seconds=120.0))
    assert (run.reason, run.code) == (Reason.CPU, -signal.SIGKILL)


def test_31_wall_sleep_that_ignores_requests_to_end(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run]
) -> None:
    source = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(1.2)\nprint('ok')"
    assert unconfined(source).lines == ["ok"]
    run = everywhere(source, limits=limits(wall_seconds=0.5))
    assert (run.lines, run.reason, run.code) == ([], Reason.TIMEOUT, -signal.SIGKILL)
    assert not psutil.pid_exists(run.pid)


def test_28_one_file_is_as_large_as_granted(everywhere: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    source = """
import tempfile
with tempfile.TemporaryFile() as file:
    say(lambda: (file.write(b"x" * 2 * 2**20), file.flush()))
    file.truncate = None
"""
    assert unconfined(source).lines == ["ok"]
    assert everywhere(source, limits=limits(file_bytes=MIB)).lines == ["EFBIG"]


def test_28_a_program_that_does_not_ignore_the_signal_is_ended_by_it(everywhere: Callable[..., Run]) -> None:
    source = "import signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_DFL)\nopen('large', 'wb').write(b'x' * 2**21)"
    run = everywhere(source, limits=limits(file_bytes=MIB))
    assert (run.reason, run.code, run.artifacts) == (Reason.DISK, -signal.SIGXFSZ, ())

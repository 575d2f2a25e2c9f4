"""Cases 28 to 31, 52 and 57: each ceiling ends the child with its reason, and the parent does not notice it in its own size."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import psutil
import pytest

from app.domain.policy import Limits, Reason
from tests.sandbox.conftest import Run, limits

MIB = 2**20

BOMBS = {
    "bytearray": "kept = bytearray(400 * 2**20)\nprint('ok')",
    "mmap": "import mmap\nkept = mmap.mmap(-1, 400 * 2**20)\nfor at in range(0, len(kept), 4096): kept[at] = 1\nprint('ok')",
    "list": "kept = []\nwhile len(kept) < 100: kept.append(b'x' * (4 * 2**20))\nprint('ok')",
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_29_memory_is_weighed_from_outside(
    confined: Callable[..., Run], unconfined: Callable[[str], Run], bomb: str
) -> None:
    source = BOMBS[bomb] + "\nimport time\ntime.sleep(3)"
    assert unconfined(BOMBS[bomb]).lines == ["ok"]
    before = psutil.Process().memory_info().rss
    run = confined(source, limits=limits(resident_bytes=128 * MIB, address_space_bytes=0))
    assert run.reason is Reason.MEMORY
    assert psutil.Process().memory_info().rss - before < 64 * MIB


@pytest.mark.parametrize("bomb", BOMBS)
def test_29_the_address_space_is_a_backstop(confined: Callable[..., Run], bomb: str) -> None:
    run = confined(BOMBS[bomb], limits=limits(address_space_bytes=256 * MIB))
    assert "ok" not in run.lines
    assert run.reason is Reason.MEMORY or "Error" in run.stderr


def test_29_scratch_is_as_large_as_granted(confined: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    source = """
import tempfile
with tempfile.TemporaryDirectory() as folder:
    def fill():
        for number in range(20):
            with open(f"{folder}/{number}", "wb") as file: file.write(b"x" * 2**20)
    say(fill)
"""
    assert unconfined(source).lines == ["ok"]
    assert confined(source, limits=limits(scratch_bytes=8 * MIB)).lines == ["ENOSPC"]


def test_29_threads_run_out_of_room_without_a_hang(
    confined: Callable[..., Run], unconfined: Callable[[str], Run]
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
    assert confined(source, limits=limits(address_space_bytes=256 * MIB)).lines == ["refused", "False"]


SPIN = "import time\nwhile time.process_time() < 1.6: pass\nprint('ok')"


def test_30_cpu_spin(confined: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    assert unconfined(SPIN).lines == ["ok"]
    run = confined(SPIN, limits=limits(cpu_seconds=1))
    assert (run.lines, run.reason, run.code) == ([], Reason.CPU, -signal.SIGXCPU)


def test_30_cpu_spin_that_ignores_the_signal(confined: Callable[..., Run]) -> None:
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass"
    run = confined(source, limits=limits(cpu_seconds=1))
    assert (run.reason, run.code) == (Reason.CPU, -signal.SIGKILL)


def test_31_wall_sleep_that_ignores_requests_to_end(
    confined: Callable[..., Run], unconfined: Callable[[str], Run]
) -> None:
    source = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(1.2)\nprint('ok')"
    assert unconfined(source).lines == ["ok"]
    run = confined(source, limits=limits(wall_seconds=0.5))
    assert (run.lines, run.reason) == ([], Reason.TIMEOUT)
    assert not psutil.pid_exists(run.pid)


def test_28_one_file_is_as_large_as_granted(confined: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    source = """
import tempfile
with tempfile.TemporaryFile() as file:
    say(lambda: (file.write(b"x" * 2 * 2**20), file.flush()))
    file.truncate = None
"""
    assert unconfined(source).lines == ["ok"]
    assert confined(source, limits=limits(file_bytes=MIB)).lines == ["EFBIG"]


def test_25_artifacts_over_the_limit_yield_nothing(confined: Callable[..., Run]) -> None:
    source = "for number in range(4): open(str(number), 'wb').write(b'x' * 2**20)"
    assert len(confined(source, limits=limits()).artifacts) == 4
    run = confined(source, limits=limits(output_bytes=2 * MIB))
    assert (run.reason, run.artifacts) == (Reason.OUTPUT_LIMIT, ())


def test_25_too_many_artifacts_yield_nothing(confined: Callable[..., Run]) -> None:
    run = confined("for number in range(300): open(str(number), 'wb').close()")
    assert (run.reason, run.artifacts) == (Reason.OUTPUT_LIMIT, ())


def test_57_a_flood_is_kept_to_its_end(confined: Callable[..., Run]) -> None:
    before = psutil.Process().memory_info().rss
    run = confined("for _ in range(64): os.write(1, b'x' * 2**20)\nprint('last words')", limits=limits())
    assert run.code == 0
    assert run.stdout.startswith("[")
    assert run.stdout.endswith("last words\n")
    assert len(run.stdout) < 70_000
    assert psutil.Process().memory_info().rss - before < 32 * MIB


def test_52_a_crash_is_an_end_with_its_signal_and_without_a_core(confined: Callable[..., Run]) -> None:
    run = confined(
        "import ctypes, resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))\nsys.stdout.flush()\nctypes.string_at(0)"
    )
    assert (run.lines, run.reason, run.code) == (["(0, 0)"], Reason.CRASHED, -signal.SIGSEGV)


def test_56_limits_cannot_be_raised(confined: Callable[..., Run]) -> None:
    source = """
import resource
try:
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
except (ValueError, OSError) as error:
    print(type(error).__name__)
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    assert confined(source).lines[-1] == str((Limits().open_files, Limits().open_files))


def test_the_child_is_nobody(confined: Callable[..., Run]) -> None:
    os.environ["CARREL_SECRET"] = "4711"
    try:
        run = confined("print(os.getuid(), os.getgid(), sorted(os.environ))")
    finally:
        del os.environ["CARREL_SECRET"]
    assert run.lines == ["1000 1000 ['HOME', 'LANG', 'OPENBLAS_NUM_THREADS', 'ORT_DISABLE_TELEMETRY', 'PWD', 'TMPDIR']"]

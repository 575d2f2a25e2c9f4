"""Cases 20, 25, 26, 52, 54, 57 to 59 and 64: how a child ends that goes too far. In every tier; the parent stays as it is."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from app.cli.output import Output
from app.cli.sandbox import _exec_words
from app.domain.policy import Reason, Tier
from app.kernel.errors import Known
from app.sandbox.script import take
from tests.sandbox.conftest import Run, limits, run_in

MIB = 2**20


def test_25_artifacts_over_the_limit_yield_nothing(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], tmp_path: Path
) -> None:
    source = "for number in range(4): open(str(number), 'wb').write(b'x' * 2**20)"
    assert unconfined(f"os.chdir({str(tmp_path)!r})\n{source}").code == 0
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) == 4 * MIB
    assert len(everywhere(source, limits=limits()).artifacts) == 4
    run = everywhere(source, limits=limits(output_bytes=2 * MIB))
    assert (run.reason, run.artifacts) == (Reason.OUTPUT_LIMIT, ())


def test_25_too_many_artifacts_yield_nothing(everywhere: Callable[..., Run]) -> None:
    run = everywhere("for number in range(300): open(str(number), 'wb').close()")
    assert (run.reason, run.artifacts) == (Reason.OUTPUT_LIMIT, ())


def test_25_a_sparse_terabyte_is_refused(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], tmp_path: Path
) -> None:
    large = f"os.chdir({str(tmp_path)!r})\nsay(lambda: os.truncate(os.open('big', os.O_CREAT | os.O_RDWR), 2**40))"
    assert unconfined(large).lines == ["ok"]
    run = everywhere("say(lambda: os.truncate(os.open('big', os.O_CREAT | os.O_RDWR), 2**40))")
    assert (run.lines, [len(one.data) for one in run.artifacts]) == (["EFBIG"], [0])


def test_26_what_is_written_after_the_result_is_not_collected(everywhere: Callable[..., Run]) -> None:
    """The bytes are in our hands before the result; a thread that goes on writing changes nothing of them."""
    source = """
import hashlib, threading
with open("kept", "wb") as file: file.write(b"first" * 2**18)
print(hashlib.sha256(open("kept", "rb").read()).hexdigest(), flush=True)
def late():
    while True:
        with open("later", "ab") as file: file.write(b"x")
        with open("../kept", "wb") as file: file.write(b"later")
threading.Thread(target=late, daemon=True).start()
"""
    run = everywhere(source)
    assert [hashlib.sha256(one.data).hexdigest() for one in run.artifacts if one.untrusted_name == "kept"] == run.lines
    assert not psutil.pid_exists(run.pid)


LATE = """
import struct, threading
end = max(number for number, mode in descriptors() if stat.S_ISFIFO(mode))
def frame(kind, body): return struct.pack("<BI", kind, len(body)) + body
open("kept", "wb").write(b"first")
os.write(end, frame(6, b'{"id":1,"name":"kept","kind":"","bytes":5}') + frame(7, b"first") + frame(8, b'{"id":1,"exit":0}'))
"""


@pytest.mark.parametrize("more", ["head", "data", "nothing"])
def test_26_a_frame_after_the_result_takes_all_with_it(everywhere: Callable[..., Run], more: str) -> None:
    """Written by the script itself, while its own runner has not answered yet."""
    late = {
        "head": 'os.write(end, frame(6, b\'{"id":1,"name":"late","kind":"","bytes":0}\'))',
        "data": 'os.write(end, frame(7, b"late"))',
        "nothing": "",
    }[more]
    run = everywhere(f"{LATE}\n{late}\nos._exit(0)")
    assert (run.reason, len(run.artifacts)) == ((None, 1) if more == "nothing" else (Reason.PROTOCOL, 0))
    assert not psutil.pid_exists(run.pid)


def test_26_control_an_ordinary_file_changes_after_its_result(tmp_path: Path) -> None:
    source = "import time\nopen('kept', 'w').write('first')\nprint('done', flush=True)\ninput()\nopen('kept', 'w').write('late')"
    program = subprocess.Popen(
        [sys.executable, "-c", source], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert program.stdout
    assert program.stdout.readline() == "done\n"
    seen = (tmp_path / "kept").read_text("utf-8")
    program.communicate("\n")
    assert (seen, (tmp_path / "kept").read_text("utf-8")) == ("first", "late")


SWAP = """
import threading
open("a", "w").write("mine")
swapped = threading.Event()
def swap():
    for _ in range({times}):
        for act in (lambda: os.rename("a", "b"), lambda: os.symlink({secret!r}, "a"), swapped.set,
                    lambda: os.unlink("a"), lambda: os.rename("b", "a")):
            try: act()
            except OSError: pass
threading.Thread(target=swap, daemon=True).start()
"""


def test_20_a_race_of_names_yields_only_its_own_bytes(everywhere: Callable[..., Run], secret: Path) -> None:
    run = everywhere(SWAP.format(secret=str(secret), times=10**9) + "swapped.wait()")
    assert {one.data for one in run.artifacts} <= {b"mine"}


def test_20_control_who_reads_such_a_name_unconfined_reads_the_secret(
    unconfined: Callable[[str], Run], secret: Path, tmp_path: Path
) -> None:
    read = """
for _ in range(10**6):
    try:
        if "4711" in open("a").read(): break
    except OSError: pass
else: raise SystemExit("never")
print("ok")
"""
    source = f"os.chdir({str(tmp_path)!r})\n{SWAP.format(secret=str(secret), times=10**9)}{read}os._exit(0)"
    assert unconfined(source.replace('print("ok")', 'print("ok", flush=True)')).lines == ["ok"]


def test_20_a_race_at_the_hand_in_never_reads_the_secret(secret: Path, tmp_path: Path) -> None:
    """The file a person chose is swapped for a link by another program while we open it."""
    source = SWAP.format(secret=str(secret), times=10**9)
    swapper = subprocess.Popen(
        [sys.executable, "-c", f"import os\n{source}\nwhile True: swapped.wait(60)"], cwd=tmp_path
    )
    refused = taken = 0
    try:
        while refused < 200 or taken < 200:
            try:
                assert take(tmp_path / "a", MIB) in {b"mine", b""}
                taken += 1
            except Known:
                refused += 1
            assert swapper.poll() is None
    finally:
        swapper.kill()
        swapper.wait()


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the other ways in are of x86_64")
@pytest.mark.parametrize(
    "code", ["b814000000cd80c3", "b827000040 0f05 c3".replace(" ", "")], ids=["i386_int80", "x32_syscall"]
)
def test_54_another_kind_of_call_ends_the_process(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], code: str
) -> None:
    source = f"""
import ctypes, mmap
room = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
room.write(bytes.fromhex({code!r}))
ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(room)))()
print("ok")
"""
    assert unconfined(source).lines == ["ok"]
    run = everywhere(source)
    assert (run.lines, run.reason, run.code) == ([], Reason.CRASHED, -signal.SIGSYS)


@pytest.mark.parametrize(("stream", "mebibytes"), [(1, 1024), (2, 256)])
def test_57_a_flood_is_kept_to_its_end(everywhere: Callable[..., Run], stream: int, mebibytes: int) -> None:
    before = psutil.Process().memory_info().rss
    run = everywhere(
        f"for _ in range({mebibytes}): os.write({stream}, b'x' * 2**20)\nos.write({stream}, b'last words\\n')",
        limits=limits(wall_seconds=60.0),
    )
    said = run.stdout if stream == 1 else run.stderr
    assert (run.code, run.reason) == (0, None)
    assert said.startswith("[")
    assert said.endswith("last words\n")
    assert len(said) < 70_000
    assert psutil.Process().memory_info().rss - before < 32 * MIB


def test_57_control_an_ordinary_pipe_gives_all_of_it(unconfined: Callable[[str], Run]) -> None:
    assert len(unconfined("for _ in range(32): os.write(1, b'x' * 2**20)").stdout) == 32 * MIB


CRASH = (
    "import ctypes, resource\nprint(resource.getrlimit(resource.RLIMIT_CORE))\nsys.stdout.flush()\nctypes.string_at(0)"
)


def test_52_a_crash_is_an_end_with_its_signal_and_without_a_core(
    everywhere: Callable[..., Run], tmp_path: Path
) -> None:
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        run = everywhere(CRASH)
    finally:
        os.chdir(here)
    assert (run.lines, run.reason, run.code) == (["(0, 0)"], Reason.CRASHED, -signal.SIGSEGV)
    assert not list(tmp_path.iterdir())


def test_52_control_an_ordinary_crash_leaves_a_core(tmp_path: Path) -> None:
    """Where the kernel writes them as files; elsewhere its own word for it is enough."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if hard == 0:
        pytest.skip("this user may not have core files at all")
    source = f"import resource\nresource.setrlimit(resource.RLIMIT_CORE, ({hard}, {hard}))\nimport ctypes\nctypes.string_at(0)"
    pid = os.posix_spawn(
        "/bin/sh", ["sh", "-c", 'cd "$1" && exec "$2" -I -c "$3"', "sh", str(tmp_path), sys.executable, source], {}
    )
    status = os.waitpid(pid, 0)[1]
    assert os.WTERMSIG(status) == signal.SIGSEGV
    assert os.WCOREDUMP(status)


@pytest.mark.parametrize("stream", ["stderr", "stdout"])
def test_59_escape_codes_reach_no_terminal(each_tier: Tier, stream: str) -> None:
    """What a script says is text: the command line shows it without what would move the cursor or set a title."""
    run = run_in(each_tier, f"import sys\nsys.{stream}.write('\\x1b]0;title\\x07\\x1b[2Jplain \\u202egpj')\n")
    shown = io.StringIO()
    record = {"outcome": "done", "stdout": run.stdout, "stderr": run.stderr, "artifacts": []}
    Output(as_json=False, quiet=False, stdout=shown).record(record, _exec_words)
    assert "plain" in shown.getvalue()
    assert not [sign for sign in shown.getvalue() if sign in "\x1b\x07\u202e"]


def test_59_the_words_of_an_error_reach_no_terminal(each_tier: Tier) -> None:
    """A script can write its runner's error itself; the command line shows it as text all the same."""
    body = json.dumps({"id": 1, "code": "carrel.any.thing", "message": "\x1b[2Jplain \u202egpj", "hint": "<b>\x07</b>"})
    source = f"""
import struct
end = max(number for number, mode in descriptors() if stat.S_ISFIFO(mode))
body = {body.encode()!r}
os.write(end, struct.pack("<BI", 9, len(body)) + body)
import time
time.sleep(20)
"""
    with pytest.raises(Known) as caught:
        run_in(each_tier, source)
    shown = io.StringIO()
    Output(as_json=False, quiet=False, stdout=io.StringIO(), stderr=shown).error(caught.value)
    assert "plain" in shown.getvalue()
    assert "<b>" in shown.getvalue(), "no sign of it is obeyed, none is taken away"
    assert not [sign for sign in shown.getvalue() if sign in "\x1b\x07\u202e"]


BOMBS_OF_FORMATS = {
    "zlib": "import zlib\nkept = zlib.decompress(zlib.compress(bytes(400 * 2**20), 1))",
    "zip_nested": (
        "import io, zipfile\n"
        "data = bytes(8 * 2**20)\n"
        "for level in range(3):\n"
        "    inner = io.BytesIO()\n"
        "    with zipfile.ZipFile(inner, 'w', zipfile.ZIP_DEFLATED) as file:\n"
        "        for number in range(4): file.writestr(str(number), data)\n"
        "    data = inner.getvalue()\n"
        "def open_all(data, kept=[]):\n"
        "    with zipfile.ZipFile(io.BytesIO(data)) as file:\n"
        "        for name in file.namelist():\n"
        "            inner = file.read(name)\n"
        "            kept.append(inner)\n"
        "            if inner[:2] == b'PK': open_all(inner)\n"
        "open_all(data)"
    ),
    "xml_entities": (
        "import xml.etree.ElementTree as tree\n"
        "names = 'abcdefghij'\n"
        'rows = \'\'.join(f\'<!ENTITY {one} "{("&" + before + ";") * 10}">\' for before, one in zip(names, names[1:]))\n'
        "tree.fromstring(f'<!DOCTYPE x [<!ENTITY a \"lol\">{rows}]><x>&j;</x>')"
    ),
    "png": "import struct, zlib\nrow = zlib.decompressobj()\nkept = bytearray(100_000 * 100_000)",
}


CONTROLS = BOMBS_OF_FORMATS | {
    "xml_entities": BOMBS_OF_FORMATS["xml_entities"].replace("&j;", "&f;"),
    "png": BOMBS_OF_FORMATS["png"].replace("100_000 * 100_000", "20_000 * 20_000"),
}
"""What a control can swallow. The whole of the one the XML library refuses by itself; a part of the other is too much already."""


@pytest.mark.parametrize("bomb", BOMBS_OF_FORMATS)
def test_64_bombs_stay_within_their_caps(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], bomb: str
) -> None:
    assert unconfined(CONTROLS[bomb] + "\nprint('swallowed')").lines == ["swallowed"]
    before = psutil.Process().memory_info().rss
    run = everywhere(
        BOMBS_OF_FORMATS[bomb] + "\nprint('swallowed')", limits=limits(cpu_seconds=6, resident_bytes=160 * MIB)
    )
    assert "swallowed" not in run.lines
    assert run.reason in {Reason.MEMORY, Reason.CPU} or "Error" in run.stderr
    assert psutil.Process().memory_info().rss - before < 64 * MIB


ENDLESS = {
    "frame_flood": "for _ in range(2000): os.write(end, frame(5, b'{\"id\":1}' ))\nimport time\ntime.sleep(60)",
    "four_gigabytes": "os.write(end, struct.pack('<BI', 8, 2**32 - 1))\nimport time\ntime.sleep(60)",
    "half_a_frame": "os.write(end, frame(8, b'{\"id\"', 100))\nos._exit(0)",
    "second_result": 'os.write(end, frame(8, b\'{"id":1,"exit":0}\'))',
    "depth": "os.write(end, frame(8, b'{\"id\":1,\"a\":' + b'[' * 10**5 + b']' * 10**5 + b'}'))",
}


@pytest.mark.parametrize("attack", ENDLESS)
def test_58_frames_of_a_hostile_script(everywhere: Callable[..., Run], attack: str) -> None:
    source = f"""
import struct
def frame(kind, body, length=None): return struct.pack("<BI", kind, len(body) if length is None else length) + body
open("kept", "w").write("should not come out")
end = max(number for number, mode in descriptors() if stat.S_ISFIFO(mode))
{ENDLESS[attack]}
"""
    run = everywhere(source, limits=limits(wall_seconds=2.0))
    assert run.artifacts == ()
    assert run.reason in ({Reason.TIMEOUT} if attack == "frame_flood" else {Reason.PROTOCOL})

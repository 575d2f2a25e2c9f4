"""``carrel sandbox exec``: one script, copies of its files, and what it leaves behind."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.policy import Limits, Reason, Tier
from app.kernel.errors import Known
from app.sandbox.frames import Kind, encode
from app.sandbox.nursery import Nursery
from app.sandbox.script import ScriptOutcome, run_script

ROOT = Path(__file__).resolve().parents[2]


def run(tier: Tier, folder: Path, source: str, *read: Path, limits: Limits | None = None) -> ScriptOutcome:
    script = folder / "script.py"
    script.write_text(source, encoding="utf-8")

    async def inside() -> ScriptOutcome:
        nursery = Nursery(tier=tier)
        try:
            return await run_script(nursery, script, read, limits or Limits())
        finally:
            await nursery.close()

    return asyncio.run(inside())


def test_a_script_reads_copies_and_leaves_artifacts(each_tier: Tier, tmp_path: Path) -> None:
    data = tmp_path / "a confidential name.CSV"
    data.write_text("a,b\n1,2\n", encoding="utf-8")
    outcome = run(
        each_tier,
        tmp_path,
        "import sys\nprint(sys.argv[1:])\nprint(open(sys.argv[1]).read(), end='')\n"
        "open(sys.argv[1], 'w').write('mine')\nopen('table.txt', 'w').write('3')\n"
        "print('careful', file=sys.stderr)\nsys.exit(3)",
        data,
    )
    assert (outcome.outcome, outcome.reason, outcome.exit) == ("done", None, 3)
    assert outcome.stdout.endswith("/in/input-1.csv']\na,b\n1,2\n")
    assert "confidential" not in outcome.stdout
    assert outcome.stderr == "careful\n"
    assert [(one.untrusted_name, one.data) for one in outcome.artifacts] == [("table.txt", b"3")]
    assert data.read_text("utf-8") == "a,b\n1,2\n"


@pytest.mark.parametrize(
    ("source", "code"),
    [("", 0), ("raise SystemExit", 0), ("raise SystemExit('no')", 1), ("1/0", 1), ("not python", 1)],
)
def test_exit_codes(each_tier: Tier, tmp_path: Path, source: str, code: int) -> None:
    outcome = run(each_tier, tmp_path, source)
    assert (outcome.outcome, outcome.exit) == ("done", code)
    assert bool(outcome.stderr) is (code == 1)


def test_a_script_that_ends_its_process_has_failed(each_tier: Tier, tmp_path: Path) -> None:
    outcome = run(each_tier, tmp_path, "import os\nprint('before', flush=True)\nopen('a', 'w').close()\nos._exit(9)")
    assert (outcome.outcome, outcome.reason, outcome.exit, outcome.stdout) == ("failed", Reason.CRASHED, 9, "before\n")
    assert outcome.artifacts == ()
    assert outcome.message.endswith(".")


def test_a_script_that_takes_too_long_keeps_what_it_printed(each_tier: Tier, tmp_path: Path) -> None:
    outcome = run(
        each_tier, tmp_path, "import time\nprint('before', flush=True)\ntime.sleep(60)", limits=Limits(wall_seconds=0.5)
    )
    assert (outcome.outcome, outcome.reason, outcome.stdout) == ("failed", Reason.TIMEOUT, "before\n")


def test_19_a_link_to_a_secret_is_not_handed_in(each_tier: Tier, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("/etc/passwd")
    with pytest.raises(Known) as caught:
        run(each_tier, tmp_path, "", link)
    assert caught.value.code == "carrel.sandbox.input"
    assert link.read_bytes(), "who follows it reads it"


def test_a_folder_a_pipe_and_a_missing_file_are_not_handed_in(each_tier: Tier, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path in (tmp_path, fifo, tmp_path / "gone", Path("/dev/zero")):
        with pytest.raises(Known) as caught:
            run(each_tier, tmp_path, "", path)
        assert caught.value.code == "carrel.sandbox.input"


def test_21_special_files_are_not_artifacts(each_tier: Tier, tmp_path: Path) -> None:
    source = "import os\nos.mkdir('folder')\nopen('.hidden', 'w').close()\nopen('../outside', 'w').close()"
    outcome = run(each_tier, tmp_path, source)
    assert [one.untrusted_name for one in outcome.artifacts] == [".hidden"]


LEFT = """
import os, socket
open("plain", "w").write("mine")
for number, act in enumerate((
    lambda: os.symlink("/etc/passwd", "link"), lambda: os.mkfifo("fifo"), lambda: os.link("plain", "second"),
    lambda: socket.socket(socket.AF_UNIX).bind("socket"), lambda: os.mknod("device", 0o20600, os.makedev(1, 5)),
)):
    try: act(); print(number, "ok")
    except OSError as error: print(number, error.errno)
"""
COLLECT = """
import os, sys
sys.path.insert(0, sys.argv[1])
from app.sandbox.script_worker import main
from app.sandbox.wire import Wire
main(Wire(int(sys.argv[2]), int(sys.argv[3])))
"""


def test_21_22_nothing_special_is_made(each_tier: Tier, tmp_path: Path) -> None:
    outcome = run(each_tier, tmp_path, LEFT)
    assert outcome.stdout == "".join(f"{number} 1\n" for number in range(5))
    assert [(one.untrusted_name, one.data) for one in outcome.artifacts] == [("plain", b"mine")]


def test_21_22_control_where_it_can_be_made_it_is_not_collected(tmp_path: Path) -> None:
    """The same runner without a lock around it: it does not wait at the pipe, follow the link or take what has two names."""
    down_read, down_write = os.pipe()
    up_read, up_write = os.pipe()
    source = LEFT.encode()
    with os.fdopen(down_write, "wb") as down:
        down.write(encode(Kind.REQUEST, {"id": 1, "op": "run", "script": len(source), "inputs": []}))
        down.write(encode(Kind.DATA, source))
    command = [sys.executable, "-I", "-c", COLLECT, str(ROOT), str(down_read), str(up_write)]
    done = subprocess.run(
        command,
        env={"TMPDIR": str(tmp_path)},
        pass_fds=(down_read, up_write),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    os.close(down_read)
    os.close(up_write)
    with os.fdopen(up_read, "rb") as up:
        sent = up.read()
    assert done.stdout.splitlines()[:4] == ["0 ok", "1 ok", "2 ok", "3 ok"]
    assert {"link", "fifo", "second", "socket"} <= {path.name for path in (tmp_path / "work").iterdir()}
    assert b"passwd" not in sent
    assert sent == encode(Kind.RESULT, {"id": 1, "exit": 0}), "the file that was plain has two names now"


def test_24_names_are_only_text(each_tier: Tier, tmp_path: Path) -> None:
    outcome = run(each_tier, tmp_path, "open('a\\u202egpj.exe', 'w').close()\nopen('\\n', 'w').close()")
    assert sorted(one.untrusted_name for one in outcome.artifacts) == ["\n", "a\u202egpj.exe"]


def test_60_nothing_planted_is_imported(each_tier: Tier, tmp_path: Path) -> None:
    planted = tmp_path / "json.py"
    planted.write_text("raise RuntimeError('planted')", encoding="utf-8")
    outcome = run(
        each_tier,
        tmp_path,
        "import os, sys\nopen('csv.py', 'w').write('raise RuntimeError')\nimport csv, json\n"
        "print(all(not entry.startswith(os.environ['TMPDIR']) for entry in sys.path), '' in sys.path)",
        planted,
    )
    assert outcome.stdout == "True False\n"


PLANTED = "import sys; sys.stdout.write('planted'); sys.stdout.flush()"


def test_60_no_variable_and_no_start_file_is_heeded(each_tier: Tier, tmp_path: Path) -> None:
    """What runs in every interpreter before its program, where one looks for it."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    packages = tmp_path / "home" / ".local" / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    for place in (tmp_path, packages):
        for name in ("sitecustomize.py", "usercustomize.py"):
            (place / name).write_text(PLANTED, encoding="utf-8")
    (packages / "any.pth").write_text(PLANTED, encoding="utf-8")
    names = {
        "PYTHONPATH": str(tmp_path),
        "PYTHONSTARTUP": str(tmp_path / "sitecustomize.py"),
        "HOME": str(tmp_path / "home"),
    }
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        assert run(each_tier, tmp_path, "print('own')").stdout == "own\n"
        plain = subprocess.run([sys.executable, "-c", "print('own')"], capture_output=True, text=True, check=False)
        assert plain.stdout.startswith("planted"), "an ordinary program runs it"
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def test_60_control_an_ordinary_program_imports_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "csv.py").write_text("raise RuntimeError('planted')", encoding="utf-8")
    plain = subprocess.run(
        [sys.executable, "-c", "import csv"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "planted" in plain.stderr

"""How a command ends: exit codes, and what a person or a script is told."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.main import run
from app.cli.output import Output, plain
from app.compose import Compose
from app.kernel.errors import Known
from app.sandbox.nursery import Launcher, Nursery

ROOT = Path(__file__).resolve().parents[2]


def failing(error: BaseException) -> Compose:
    """The real parts, but confinement cannot be opened: every desk ends with ``error``."""

    async def launch() -> Launcher:
        raise error

    return Compose(launch=launch)


FULL = Known("carrel.disk.full", "The disk is full.", "Free some space.")


@pytest.mark.parametrize(
    ("error", "code"),
    [(FULL, 1), (ZeroDivisionError("zq"), 70), (asyncio.CancelledError(), 143), (KeyboardInterrupt(), 130)],
)
def test_exit_codes(error: BaseException, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--home", str(tmp_path), "models", "list"], failing(error)) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("Traceback" in shown.err) == (code == 70)
    if code == 1:
        assert shown.err == "The disk is full.\nFree some space.\n"


def test_an_error_for_a_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--json", "--home", str(tmp_path), "models", "list"], failing(FULL)) == 1
    shown = capsys.readouterr()
    assert shown.err == ""
    assert json.loads(shown.out) == {
        "error": {"code": "carrel.disk.full", "message": "The disk is full.", "hint": "Free some space."}
    }


def test_words_that_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(["documents"], failing(FULL))
    assert ended.value.code == 2
    assert run(["documents", "search"], failing(FULL)) == 2
    assert capsys.readouterr().err.count("usage: carrel") == 2


def test_files_named_on_the_command_line_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    absent = str(tmp_path / "absent")
    for words in (
        ["documents", "search", "--queries", absent],
        ["complete", "--request", absent],
        ["--passphrase-file", absent, "models", "list"],
    ):
        assert run(["--json", "--home", str(tmp_path), *words], failing(FULL)) == 1
        error = json.loads(capsys.readouterr().out)["error"]
        assert absent in error["message"]
        assert error["code"] != "carrel.disk.full"


def test_a_deletion_names_who_keeps_the_same_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def nursery() -> Launcher:
        return Nursery()

    (tmp_path / "words").write_text("a lantern under the stairs")
    for name in ("Handbook.txt", "Rules.txt"):
        (tmp_path / name).write_text("Lunch is served at noon.")

    def documents(*words: str) -> str:
        where = ["--home", str(tmp_path / "home"), "--passphrase-file", str(tmp_path / "words")]
        assert run([*where, "documents", *words], Compose(launch=nursery)) == 0
        return capsys.readouterr().out

    documents("add", str(tmp_path / "Handbook.txt"), str(tmp_path / "Rules.txt"), "--collection", "Staff")
    assert "\nKept: Rules.txt holds the same text.\n" in documents("delete", "--path", str(tmp_path / "Handbook.txt"))
    assert "Rules.txt" in documents("search", "lunch")
    assert "Kept" not in documents("delete", "--path", str(tmp_path / "Rules.txt"))
    assert "Rules.txt" not in documents("search", "lunch")


def test_nothing_a_terminal_would_obey() -> None:
    hostile = "a\x1b[2Jb\x07c\x9bd\x7fe\u202ef\rg\n\th"
    assert plain(hostile) == "a\ufffd[2Jb\ufffdc\ufffdd\ufffde\ufffdf\ufffdg\n\th"
    assert plain("naïve Größe 東京 — “quoted”") == "naïve Größe 東京 — “quoted”"


def test_a_name_that_is_no_text_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"na\xefve.txt")
    Output(as_json=False, quiet=False).record({"name": name}, lambda row: row["name"])
    assert capsys.readouterr().out == "na?ve.txt\n"


WAITING = """
import asyncio, signal, sys
from app.cli.main import run
from app.compose import Compose

async def launch():
    try:
        print("open", flush=True)
        await asyncio.Event().wait()
    finally:
        print("closed", flush=True)

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background jobs ignore it
sys.exit(run(["--home", sys.argv[1], "models", "list"], Compose(launch=launch)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends a process without asking it")
@pytest.mark.parametrize(("told", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 143), (signal.SIGINT, 130)])
def test_told_to_end_it_closes_in_order(told: signal.Signals, code: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAITING, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "open\n"
        process.send_signal(told)
        assert process.stdout.readline() == "closed\n"
        assert process.wait(timeout=30) == code


def test_nobody_reads(tmp_path: Path) -> None:
    """As in ``carrel sandbox check | head -0``."""
    reading, writing = os.pipe()
    os.close(reading)
    with subprocess.Popen(
        [sys.executable, "-m", "app", "--home", str(tmp_path / "home"), "doctor"],
        cwd=ROOT,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(writing)
        _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")

"""What can go wrong without a bug: one clear sentence and a remedy, exit 1, nothing lost; and ``doctor`` answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents.store import DocumentStore
from app.engine.scripted import ScriptedReply
from app.vault.lock import HomeLock
from app.vault.vault import Vault
from tests.journeys.program import PASSPHRASE, Ended, Program
from tests.material.gguf_files import LLAMA, GgufFile

BUBBLEWRAP = "/usr/bin/bwrap"
QUESTION = ("ask", "When does the ferry of Quindlewerth leave?")


def known(ended: Ended, code: str) -> dict[str, str]:
    """It ended with this error, in the words a person needs; with ``--json`` nothing is left for stderr."""
    assert ended.code == 1, f"exit {ended.code}\n{ended.out}\n{ended.err}"
    error: dict[str, str] = ended.only("error")
    assert error["code"] == code
    assert error.keys() == {"code", "message", "hint"}
    for sentence in (error["message"], error["hint"]):
        assert sentence.strip()
        assert "Traceback" not in sentence
    assert error["message"].endswith(".")
    assert ended.err == ""
    return error


def checks(program: Program, *, outside: bool = False) -> dict[str, dict[str, object]]:
    """What ``doctor`` says, by name; it always answers."""
    ended = program.run("doctor") if outside else program.here("doctor")
    assert ended.code in {0, 1}, ended.err
    (report,) = ended.records
    assert report["ok"] == (ended.code == 0)
    rows = {row["name"]: row for row in report["checks"]}
    assert all(row["ok"] or row["hint"] for row in rows.values())
    return rows


def still_there(program: Program) -> None:
    """Nothing was lost: the vault opens and holds the three papers."""

    async def rows() -> dict[str, str]:
        vault = await Vault.unlock(program.home, PASSPHRASE)
        try:
            page = await DocumentStore(vault.database).sources()
            return {row.name: row.outcome for row in page.rows}
        finally:
            await vault.close()

    expected = dict.fromkeys(("ferry.docx", "harbour.pdf", "tides.md"), "indexed")
    assert asyncio.run(rows()) == expected


def test_a_wrong_passphrase(at_home: Program) -> None:
    right = at_home.passphrase.read_text("utf-8")
    at_home.passphrase.write_text("another one\n", encoding="utf-8")
    known(at_home.here(*QUESTION), "carrel.vault.passphrase")
    words = at_home.run(*QUESTION, as_json=False)
    assert (words.code, words.out) == (1, "")
    assert len(words.err.splitlines()) == 2, "one sentence, one remedy"
    assert checks(at_home)["key"]["ok"]
    at_home.passphrase.write_text(right, encoding="utf-8")
    still_there(at_home)


def test_a_missing_key(at_home: Program) -> None:
    kept = at_home.place / "key.kept"
    at_home.home.wrapped_key.rename(kept)
    known(at_home.here(*QUESTION), "carrel.vault.key_missing")
    assert not at_home.home.wrapped_key.exists(), "no new key may be made"
    row = checks(at_home)["key"]
    assert not row["ok"]
    assert "missing" in str(row["says"])
    kept.rename(at_home.home.wrapped_key)
    still_there(at_home)


def test_a_second_process_on_the_home(at_home: Program) -> None:
    with HomeLock.acquire(at_home.home):
        error = known(at_home.run(*QUESTION), "carrel.home.in_use")
        assert str(os.getpid()) in error["message"]
        assert str(os.getpid()) in str(checks(at_home)["home"]["says"])
    still_there(at_home)


def test_no_model_yet(program: Program) -> None:
    program.made()
    ended = program.here("ask", "Is anybody there?", "--no-documents")
    assert ended.only("answer")["state"] == "failed"
    known(ended, "carrel.model.none")
    assert not checks(program)["models"]["ok"]


def test_a_home_that_is_no_folder(program: Program) -> None:
    program.home.root.write_text("a file", encoding="utf-8")
    known(program.here("models", "list"), "carrel.home.unusable")
    checks(program)
    assert program.home.root.read_text("utf-8") == "a file"


def test_a_passphrase_file_that_is_not_there(program: Program) -> None:
    program.passphrase.unlink()
    known(program.here("models", "list"), "carrel.passphrase.file")


def test_files_that_cannot_be_read(at_home: Program) -> None:
    """Each has an outcome with its reason; the others are read all the same, and the run ends well."""
    papers = at_home.place / "mixed"
    papers.mkdir()
    (papers / "good.md").write_text("The lighthouse of Quindlewerth has two lamps.\n", encoding="utf-8")
    (papers / "picture.xyz").write_bytes(bytes(range(256)))
    (papers / "broken.docx").write_bytes(b"PK\3\4 and then nothing")
    Path(os.fsdecode(os.fsencode(papers) + b"/na\xefve.txt")).write_text("A name that is no text.\n", encoding="utf-8")
    denied = papers / "denied.md"
    denied.write_text("Nobody may read this.\n", encoding="utf-8")
    denied.chmod(0)
    if not os.geteuid():  # even root may not read it then
        at_home.around = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
    ended = at_home.run("documents", "add", str(papers), "--collection", "Mixed").well()
    rows = {Path(record["path"]).name: record for record in ended.records if "path" in record}
    summary = ended.only("summary")
    assert (summary["files"], len(rows)) == (5, 4)
    assert summary["outcomes"] == {"indexed": 1, "unsupported": 1, "failed": 3}
    assert "ve.txt was not read. " in ended.err, "a name that is no text cannot be stored, but it is told"
    assert rows["good.md"]["outcome"] == "indexed"
    assert rows["picture.xyz"]["outcome"] == "unsupported"
    assert rows["broken.docx"]["outcome"] == "failed"
    assert rows["denied.md"]["outcome"] == "failed"
    assert rows["denied.md"]["reason"] == "The file may not be read by you."
    assert all(row["reason"].endswith(".") for row in rows.values())
    absent = at_home.here("documents", "add", str(papers / "absent"), "--collection", "Mixed")
    known(absent, "carrel.file.missing")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 6 MB."""
    if os.geteuid():
        pytest.skip("a small disk can only be mounted by root")
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a small disk be mounted")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_fills_up(small_disk: Path, tmp_path: Path, furnished: Path) -> None:
    program = Program(tmp_path / "program", small_disk / "home")
    shutil.copytree(furnished, program.home.root)
    program.scripted(ScriptedReply(text="At seven."))
    papers = program.place / "long"
    papers.mkdir()
    for number in range(8):
        text = "\n\n".join(f"Paragraph {line} of volume {number} tells of the sea." for line in range(150))
        (papers / f"{number}.txt").write_text(text, encoding="utf-8")
    ballast = small_disk / "ballast"
    room = shutil.disk_usage(small_disk).free - 200_000
    ballast.write_bytes(bytes(max(room, 0)))
    ended = program.run("documents", "add", str(papers), "--collection", "Long")
    error = known(ended, "carrel.disk.full")
    assert str(program.home.root) in error["hint"]
    row = checks(program)["disk"]
    assert not row["ok"]
    with contextlib.suppress(OSError), ballast.open("ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    listed = program.here("documents", "list").well().records  # opens and reads while there is no room at all
    assert {"ferry.docx", "harbour.pdf", "tides.md"} <= {row["name"] for row in listed}
    acknowledged = {record["source"] for record in ended.records if record.get("outcome") == "indexed"}
    assert acknowledged <= {row["id"] for row in listed}
    known(program.here("documents", "add", str(papers), "--collection", "Long"), "carrel.disk.full")
    ballast.unlink()
    program.here("documents", "add", str(papers / "0.txt"), "--collection", "Long").well()


@pytest.fixture
def without_bubblewrap() -> tuple[str, ...]:
    """Put before a command: a view of this machine in which no usable bubblewrap is installed."""
    hidden = f'mount --bind /dev/null {BUBBLEWRAP} && exec "$@"'
    around = ("unshare", "--mount", "--propagation", "private", "sh", "-c", hidden, "sh")
    if os.geteuid():
        pytest.skip("only root can hide a program from one process")
    if subprocess.run([*around, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a mount be made for one process")
    return around


def test_no_bubblewrap(at_home: Program, without_bubblewrap: tuple[str, ...]) -> None:
    """Nothing is opened without confinement, whatever is asked; what was read before is there.

    Where the locks alone can hold, they do and say what they lack: as root that takes an interpreter others may read.
    """
    paper = at_home.place / "paper.md"
    paper.write_text("# One\n", encoding="utf-8")
    at_home.around = without_bubblewrap
    weaker = checks(at_home, outside=True)["sandbox"]
    if weaker["tier"] == "launcher":
        assert "no names of files" not in str(weaker["guarantees"])
        at_home.run("documents", "add", str(paper), "--collection", "C").well()
        return
    other = GgufFile(pairs=tuple(pair for pair in LLAMA if b"general.name" not in pair)).write(at_home.place / "b.gguf")
    refused = (
        ("documents", "add", str(paper), "--collection", "C"),
        ("documents", "read", str(paper)),
        QUESTION,
    )
    for words in refused:
        error = known(at_home.run(*words), "carrel.sandbox.bubblewrap")
        assert "bubblewrap" in error["hint"]
    assert at_home.run("models", "add", str(other)).only("error")["code"] == "carrel.sandbox.bubblewrap"
    assert len(at_home.run("documents", "list").well().records) == 3
    assert len(at_home.run("models", "list").well().records) == 1
    (found,) = at_home.run("documents", "search", "ferry").well().records
    assert found["hits"]
    assert found["lacking"]
    row = checks(at_home, outside=True)["sandbox"]
    assert (row["ok"], row["tier"]) == (False, "none")
    at_home.around = ()
    still_there(at_home)


def test_an_older_copy_of_the_database(at_home: Program) -> None:
    """It opens, and says what it is."""
    older = at_home.place / "older.db"
    shutil.copy2(at_home.home.database, older)
    assert at_home.here("models", "list").well().err == ""
    shutil.copy2(older, at_home.home.database)
    assert "older than the one opened here last" in at_home.here("models", "list").well().err
    still_there(at_home)


def test_usage(program: Program) -> None:
    ended = program.run("documents")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("usage: carrel")
    for words in (("documents", "search"), ("documents", "search", "a", "--queries", "b"), ("sandbox", "exec")):
        ended = program.here(*words)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith("usage: carrel")
    assert not program.home.root.exists(), "words that make no sense must not make a home"


def test_doctor_makes_no_home(program: Program) -> None:
    rows = checks(program, outside=True)
    assert rows["home"]["vault"] == "missing"
    assert rows["sandbox"]["ok"]
    assert not program.home.root.exists()

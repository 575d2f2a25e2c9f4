"""Cases 13, 16, 18 and 41: the host's files are not there, not writable, not changeable, and no descriptor leaks."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


def test_13_read_secret(confined: Callable[..., Run], unconfined: Callable[[str], Run], secret: Path) -> None:
    for path in (secret, ROOT / "pyproject.toml", Path("/etc/passwd")):
        source = f"say(lambda: print(open({str(path)!r}).read()))"
        beginning = path.read_text("utf-8")[:20]
        assert beginning in unconfined(source).stdout
        run = confined(source)
        assert run.lines == ["ENOENT"]
        assert beginning not in run.stdout + run.stderr


def test_13_a_granted_file_is_read_and_its_neighbour_is_not(
    confined: Callable[..., Run], unconfined: Callable[[str], Run], secret: Path
) -> None:
    granted = secret.with_name("granted.txt")
    granted.write_text("open to all", encoding="utf-8")
    source = f"say(lambda: print(open({str(granted)!r}).read()))\nsay(lambda: open({str(secret)!r}))"
    assert unconfined(source).lines == ["open to all", "ok", "ok"]
    assert confined(source, read=(granted,)).lines == ["open to all", "ok", "ENOENT"]


@pytest.fixture
def outside() -> Iterator[list[Path]]:
    """Writable folders of the host, one of them in RAM."""
    with tempfile.TemporaryDirectory() as disk, tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        yield [Path(disk), Path(memory)]


def test_16_write_outside(confined: Callable[..., Run], unconfined: Callable[[str], Run], outside: list[Path]) -> None:
    for folder in outside:
        old = folder / "old"
        old.write_bytes(b"as it was")
        attempts = f"""
say(lambda: open({str(folder / "new")!r}, "w").close())
say(lambda: open({str(old)!r}, "a").close())
say(lambda: os.rename({str(old)!r}, {str(folder / "moved")!r}))
say(lambda: os.mkdir({str(folder / "made")!r}))
"""
        granted = confined(attempts, read=(folder,)).lines
        assert granted == ["EROFS", "EROFS", "EROFS", "EROFS"]
        hidden = confined(attempts).lines
        assert set(hidden) <= {"ENOENT", "EROFS"}
        assert [path.name for path in folder.iterdir()] == ["old"]
        assert old.read_bytes() == b"as it was"
        assert unconfined(attempts).lines == ["ok"] * 4
        assert sorted(path.name for path in folder.iterdir()) == ["made", "moved", "new"]


def test_16_code_and_system_folders(confined: Callable[..., Run], unconfined: Callable[[str], Run]) -> None:
    code = ROOT / "app" / "sandbox" / "planted.py"
    source = f"""
for path in ({str(code)!r}, "/usr/lib/planted", "/planted", "/dev/planted", "/dev/shm/planted", "/proc/self/comm"):
    say(lambda: open(path, "w").close())
"""
    assert confined(source).lines == ["EROFS", "EROFS", "EROFS", "EROFS", "EROFS", "EROFS"]
    assert not code.exists()
    assert unconfined('say(lambda: open("/proc/self/comm", "w").close())').lines == ["ok"]


def test_16_its_own_folder_is_writable(confined: Callable[..., Run], tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    source = f"""
say(lambda: open({str(own / "file")!r}, "w").write("kept"))
say(lambda: os.symlink("/etc/passwd", {str(own / "link")!r}))
say(lambda: os.link({str(own / "file")!r}, {str(own / "hard")!r}))
say(lambda: os.mkfifo({str(own / "fifo")!r}))
"""
    assert confined(source, write=(own,)).lines == ["ok", "EPERM", "EPERM", "EPERM"]
    assert [path.name for path in own.iterdir()] == ["file"]
    assert (own / "file").read_text() == "kept"


CHANGES = """
say(lambda: os.chmod(path, 0o666))
say(lambda: os.utime(path, (1, 1)))
say(lambda: os.chown(path, os.getuid(), os.getgid()))
say(lambda: os.setxattr(path, "user.carrel", b"1"))
"""


def test_18_change_a_granted_file(confined: Callable[..., Run], unconfined: Callable[[str], Run], secret: Path) -> None:
    secret.chmod(0o640)
    before = secret.stat()
    source = f"path = {str(secret)!r}{CHANGES}"
    assert confined(source, read=(secret,)).lines == ["EPERM"] * 4
    after = secret.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_uid) == (before.st_mode, before.st_mtime_ns, before.st_uid)
    assert set(unconfined(source).lines) <= {"ok", "ENOTSUP"}
    assert stat.S_IMODE(secret.stat().st_mode) == 0o666


def test_18_change_through_a_descriptor_that_was_handed_in(
    confined: Callable[..., Run], unconfined: Callable[[str], Run], secret: Path
) -> None:
    """A descriptor comes with the host's mount, so only the filter stands between the child and the file's mode."""
    secret.chmod(0o640)
    before = secret.stat()
    find = "path = next(number for number, mode in descriptors() if stat.S_ISREG(mode))"
    handle = os.open(secret, os.O_RDONLY)
    try:
        reopen = 'say(lambda: os.open(f"/proc/self/fd/{path}", os.O_RDWR))'
        run = confined(f"{find}\nprint(os.read(path, 15).decode()){CHANGES}{reopen}", inputs=(handle,))
        assert run.lines == ["the combination", *["EPERM"] * 4, "EACCES"]
    finally:
        os.close(handle)
    after = secret.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert unconfined(f"path = os.open({str(secret)!r}, 0){CHANGES}").lines[:2] == ["ok", "ok"]


def test_41_inherited_descriptor(confined: Callable[..., Run], secret: Path) -> None:
    handle = os.open(secret, os.O_RDONLY)
    os.set_inheritable(handle, True)
    try:
        source = "print(sorted(stat.S_ISFIFO(mode) for _, mode in descriptors()))"
        assert confined(source).lines == ["[True, True]"], "only the two protocol pipes"
        control = os.posix_spawn(sys.executable, [sys.executable, "-I", "-c", f"import os; os.fstat({handle})"], {})
        assert os.waitstatus_to_exitcode(os.waitpid(control, 0)[1]) == 0, "an ordinary child does inherit it"
    finally:
        os.close(handle)

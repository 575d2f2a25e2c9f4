"""Cases 16, 18 and 41: a folder of its own, and what comes in by a descriptor."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from tests.sandbox.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


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

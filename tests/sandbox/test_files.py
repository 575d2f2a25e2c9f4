"""Cases 16, 18 and 41: a folder of its own, and what comes in by a descriptor."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.domain.policy import Tier
from app.sandbox.order import NOBODY
from tests.sandbox.conftest import Run


@pytest.fixture
def own(each_tier: Tier) -> Iterator[Path]:
    """A folder that a child may be granted, whoever it is."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        if each_tier is Tier.LAUNCHER and os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield Path(folder)


def test_16_its_own_folder_is_writable(everywhere: Callable[..., Run], own: Path) -> None:
    source = f"""
say(lambda: open({str(own / "file")!r}, "w").write("kept"))
say(lambda: os.symlink("/etc/passwd", {str(own / "link")!r}))
say(lambda: os.link({str(own / "file")!r}, {str(own / "hard")!r}))
say(lambda: os.mkfifo({str(own / "fifo")!r}))
"""
    assert everywhere(source, write=(own,)).lines == ["ok", "EPERM", "EPERM", "EPERM"]
    assert [path.name for path in own.iterdir()] == ["file"]
    assert (own / "file").read_text() == "kept"


CHANGES = """
say(lambda: os.chmod(path, 0o666))
say(lambda: os.utime(path, (1, 1)))
say(lambda: os.chown(path, os.getuid(), os.getgid()))
say(lambda: os.setxattr(path, "user.carrel", b"1"))
"""


REOPEN = 'say(lambda: os.write(os.open(f"/proc/self/fd/{path}", os.O_RDWR), b"changed"))'


def test_18_change_through_a_descriptor_that_was_handed_in(
    everywhere: Callable[..., Run], unconfined: Callable[[str], Run], secret: Path, each_tier: Tier
) -> None:
    """A descriptor comes with the host's mount, so only the filter stands between the child and the file's mode, and only
    Landlock between it and the file's content; without Landlock it gets a sealed copy.
    """
    secret.chmod(0o640)
    before = secret.stat()
    find = "path = next(number for number, mode in descriptors() if stat.S_ISREG(mode))"
    handle = os.open(secret, os.O_RDONLY)
    try:
        run = everywhere(f"{find}\nprint(os.read(path, 15).decode()){CHANGES}{REOPEN}", inputs=(handle,))
        assert run.lines[:-1] == ["the combination", *["EPERM"] * 4]
        assert run.lines[-1] == ("EPERM" if each_tier is Tier.BUBBLEWRAP_SECCOMP else "EACCES")
    finally:
        os.close(handle)
    after = secret.stat()
    assert (after.st_mode, after.st_mtime_ns) == (before.st_mode, before.st_mtime_ns)
    assert secret.read_text("utf-8") == "the combination is 4711"
    control = unconfined(f"path = os.open({str(secret)!r}, 0){CHANGES}{REOPEN}").lines
    assert (control[:2], control[-1]) == (["ok", "ok"], "ok")
    assert secret.read_text("utf-8").startswith("changed")


def test_41_inherited_descriptor(everywhere: Callable[..., Run], secret: Path) -> None:
    """One low, one above what a child may open: its limit would not close that."""
    handle, high = os.open(secret, os.O_RDONLY), 900
    os.dup2(handle, high)
    os.set_inheritable(handle, True)
    try:
        source = "print(sorted(stat.S_ISFIFO(mode) for _, mode in descriptors()))\nsay(lambda: os.fstat(900))"
        count = "\nprint(len(os.listdir('/proc/self/fd')))"
        run = everywhere(source + count)
        assert run.lines == ["[True, True]", "EBADF", "6"], (
            "the standard three, the two of the protocol, the listing itself"
        )
        look = f"import os; os.fstat({handle}); os.fstat({high})"
        control = os.posix_spawn(sys.executable, [sys.executable, "-I", "-c", look], {})
        assert os.waitstatus_to_exitcode(os.waitpid(control, 0)[1]) == 0, "an ordinary child does inherit them"
    finally:
        os.close(handle)
        os.close(high)


MOVE = "\nimport fcntl\nos.lseek(path, 7, os.SEEK_SET)\nfcntl.fcntl(path, fcntl.F_SETFL, os.O_NONBLOCK | os.O_APPEND)"


def test_41_what_is_handed_in_is_no_handle_on_ours(everywhere: Callable[..., Run], secret: Path) -> None:
    """The place in the file and its flags are the child's own: a duplicate would share them with the app."""

    def state(descriptor: int) -> tuple[int, int]:
        flags = os.O_NONBLOCK | os.O_APPEND
        return os.lseek(descriptor, 0, os.SEEK_CUR), fcntl.fcntl(descriptor, fcntl.F_GETFL) & flags

    find = "path = next(number for number, mode in descriptors() if stat.S_ISREG(mode))"
    with secret.open("rb", buffering=0) as file:
        run = everywhere(f"{find}{MOVE}\nprint(os.read(path, 11).decode())", inputs=(file.fileno(),))
        assert run.lines == [secret.read_text("utf-8")[7:18]]
        assert state(file.fileno()) == (0, 0)
        again = os.dup(file.fileno())
        command = [sys.executable, "-I", "-c", f"import os\npath = {again}{MOVE}"]
        subprocess.run(command, pass_fds=(again,), check=True)
        os.close(again)
        assert state(file.fileno()) == (7, os.O_NONBLOCK | os.O_APPEND), "an ordinary child does move it"

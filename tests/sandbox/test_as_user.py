"""The cases once more as an ordinary user, and as root without bubblewrap, where the suite itself runs as root."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest

from app.domain.policy import Tier
from tests.sandbox.conftest import private_runtime

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "65534"
ASK = "import os, sys, pytest, pydantic; os.stat(sys.executable); print('%d.%d' % sys.version_info[:2])"
CASES = tuple(
    str(ROOT / "tests" / "sandbox" / name)
    for name in (
        *("cases", "test_check.py", "test_files.py", "test_libraries.py", "test_processes.py", "test_protocol.py"),
        *("test_refusal.py", "test_script.py", "test_warm.py"),
    )
)
LOCKS_ALONE = "(launcher and not bubblewrap) or test_absence"
BUT_ROWS = "not many_in_a_row and not 200_jobs"
"""What a long row leaves behind does not depend on who runs it."""
SECONDS = 1800


def beside(*command: str, user: str = NOBODY) -> subprocess.CompletedProcess[str]:
    """Run ``command`` as ``user``, with our packages importable and nothing else of our environment."""
    paths = [str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    tiers = os.environ.get("CARREL_EXPECT_TIERS", "")
    return subprocess.run(
        ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--", *command],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(dict.fromkeys(paths)),
            "QT_QPA_PLATFORM": "offscreen",
            "CARREL_EXPECT_TIERS": tiers,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def interpreter() -> str:
    """A Python of our version that an ordinary user may run: ours may lie in root's home."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3", f"/usr/bin/python{wanted}"):
        found = beside(candidate, "-c", ASK)
        if found.stdout.strip() == wanted:
            return candidate
    pytest.skip(f"no Python {wanted} that an ordinary user may run")


needs_root = pytest.mark.skipif(
    os.name != "posix" or os.getuid() != 0, reason="the suite already runs as an ordinary user"
)
needs_setpriv = pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not here")


def rerun(interpreter: str, user: str, *words: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, int(user), int(user))
        done = beside(
            *(interpreter, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", f"{folder}/t", *words),
            user=user,
        )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "passed" in done.stdout


@needs_root
@needs_setpriv
@pytest.mark.timeout(SECONDS + 20)
def test_the_cases_hold_for_an_ordinary_user(tier: Tier, interpreter: str) -> None:
    assert tier
    rerun(interpreter, NOBODY, *CASES, "-k", BUT_ROWS)


@needs_root
@needs_setpriv
@pytest.mark.timeout(SECONDS + 20)
def test_the_cases_hold_for_root_without_bubblewrap(interpreter: str) -> None:
    """With an interpreter that the user can read whom such a child becomes; elsewhere the suite itself did it."""
    if not private_runtime():
        pytest.skip("the suite itself ran them: its interpreter is not root's alone")
    rerun(interpreter, "0", *CASES, "-k", LOCKS_ALONE)

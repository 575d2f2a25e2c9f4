"""The cases once more as an ordinary user, where the suite itself runs as root: the kernel asks other questions then."""

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

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "65534"
ASK = "import os, sys, pytest, pydantic; os.stat(sys.executable); print('%d.%d' % sys.version_info[:2])"
CASES = ("test_check.py", "test_files.py", "test_network.py", "test_processes.py", "test_refusal.py")


def as_user(*command: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` as nobody, with our packages importable and nothing else of our environment."""
    paths = [str(ROOT), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    tiers = os.environ.get("CARREL_EXPECT_TIERS", "")
    return subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", *command],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(dict.fromkeys(paths)),
            "QT_QPA_PLATFORM": "offscreen",
            "CARREL_EXPECT_TIERS": tiers,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


@pytest.fixture(scope="module")
def interpreter() -> str:
    """A Python of our version that an ordinary user may run: ours may lie in root's home."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3", f"/usr/bin/python{wanted}"):
        found = as_user(candidate, "-c", ASK)
        if found.stdout.strip() == wanted:
            return candidate
    pytest.skip(f"no Python {wanted} that an ordinary user may run")


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="the suite already runs as an ordinary user")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is not here")
def test_the_cases_hold_for_an_ordinary_user(tier: Tier, interpreter: str) -> None:
    assert tier
    with tempfile.TemporaryDirectory() as folder:
        os.chown(folder, int(NOBODY), int(NOBODY))
        done = as_user(
            *(interpreter, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", f"{folder}/t"),
            *(str(ROOT / "tests" / "sandbox" / name) for name in CASES),
        )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "passed" in done.stdout

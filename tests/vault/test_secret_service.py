"""Starts a real Secret Service of its own and runs the keyring tests inside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
INSIDE = (
    "tests/contract/test_vault_key_store.py",
    "tests/vault/test_keys.py",
    "tests/vault/test_vault_in_keyring.py",
)
# $0 is the interpreter, the arguments are those of pytest; the daemon belongs to this session and ends with its bus.
SESSION = """
printf %s password | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null
exec "$0" -m pytest -p no:cacheprovider "$@"
"""
TOOLS = ("dbus-run-session", "gnome-keyring-daemon")


@pytest.mark.skipif(
    not all(shutil.which(tool) for tool in TOOLS), reason=f"not installed: {' or '.join(TOOLS)} (no real keyring here)"
)
def test_the_key_is_kept_by_a_real_secret_service(tmp_path: Path) -> None:
    data, runtime = tmp_path / "data", tmp_path / "run"
    data.mkdir()
    runtime.mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_DATA_HOME": str(data),
        "XDG_RUNTIME_DIR": str(runtime),
        "CARREL_TEST_KEYRING": "1",
        "PYTHONPATH": str(REPOSITORY),
    }
    arguments = ["-q", f"--basetemp={tmp_path / 'inside'}", *INSIDE]
    ended = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", SESSION, sys.executable, *arguments],
        cwd=REPOSITORY,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert re.search(r"\d+ passed", ended.stdout)
    assert "skipped" not in ended.stdout

"""Case 62: a part of the system is missing. The tier falls to the one that is left, or everything is refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.domain.policy import Tier
from app.sandbox.bubblewrap import BUBBLEWRAP
from app.sandbox.landlock import NEWEST_ABI, handled
from tests.sandbox.conftest import EXPECTED, private_runtime

ROOT = Path(__file__).resolve().parents[3]
SHIM = ROOT / "tests" / "sandbox" / "shim.py"
EMPTY = "/dev/null"

LOOK = """
import asyncio, sys
from pathlib import Path
from app.sandbox.check import check, open_launcher
from app.sandbox.script import run_script

async def main():
    launcher = await open_launcher(Path(sys.argv[1]))
    try:
        print((await check(launcher)).model_dump_json())
        print((await run_script(launcher, Path(sys.argv[2]))).model_dump_json())
    finally:
        await launcher.close()

asyncio.run(main())
"""


def look(tmp_path: Path, *missing: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The report of a machine without ``missing``, and the outcome of a script there."""
    script = tmp_path / "script.py"
    script.write_text("print('the tool ran')", encoding="utf-8")
    done = without(missing, sys.executable, "-c", LOOK, str(BUBBLEWRAP), str(script))
    assert done.returncode == 0, done.stderr
    report, outcome = done.stdout.splitlines()
    return json.loads(report), json.loads(outcome)


def without(missing: tuple[str, ...], *command: str) -> subprocess.CompletedProcess[str]:
    """Run ``command`` on a machine without ``missing``."""
    words = list(command)
    if lacking := [one for one in missing if one != "no-bubblewrap"]:
        words = [sys.executable, str(SHIM), *lacking, "--", *words]
    if "no-bubblewrap" in missing:
        words = _without_bubblewrap(words)
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def _without_bubblewrap(command: list[str]) -> list[str]:
    """Root hides it in a mount namespace; anybody else names a place where there is none."""
    if os.getuid() == 0 and shutil.which("unshare"):
        shell = f'mount --bind {EMPTY} {BUBBLEWRAP} && exec "$@"'
        return ["unshare", "--mount", "sh", "-c", shell, "sh", *command]
    return [one if one != str(BUBBLEWRAP) else "/usr/bin/bwrap-that-is-not-there" for one in command]


@cache
def whole() -> bool:
    return set(EXPECTED) >= {Tier.BUBBLEWRAP_LAUNCHER, Tier.LAUNCHER, Tier.BUBBLEWRAP_SECCOMP}


def expects(tier: Tier) -> None:
    if not whole():
        pytest.skip("only where CARREL_EXPECT_TIERS names all three: a part this machine lacks cannot be taken away")
    if tier is Tier.LAUNCHER and private_runtime():
        pytest.skip("launcher: this interpreter is root's alone; test_as_user runs this with another")


@pytest.mark.parametrize(
    ("missing", "left", "why"),
    [
        ((), Tier.BUBBLEWRAP_LAUNCHER, ""),
        (("no-bubblewrap",), Tier.LAUNCHER, ""),
        (("no-namespaces",), Tier.LAUNCHER, ""),
        (("no-uid-map",), Tier.LAUNCHER, ""),
        (("no-landlock",), Tier.BUBBLEWRAP_SECCOMP, ""),
        (("no-bubblewrap", "no-landlock"), Tier.NONE, "carrel.sandbox.bubblewrap"),
        (("no-namespaces", "no-landlock"), Tier.NONE, "carrel.sandbox.namespaces"),
        (("no-uid-map", "no-landlock"), Tier.NONE, "carrel.sandbox.namespaces"),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
def test_62_the_tier_falls_or_nothing_runs(tmp_path: Path, missing: tuple[str, ...], left: Tier, why: str) -> None:
    expects(left)
    report, outcome = look(tmp_path, *missing)
    assert (report["tier"], report["code"]) == (left, why)
    if left is Tier.NONE:
        assert report["reason"].endswith(".")
        assert report["hint"].endswith(".")
        assert (outcome["outcome"], outcome["reason"], outcome["stdout"]) == ("failed", "refused", "")
        assert outcome["exit"] is None
    else:
        assert all(canary["held"] for canary in report["canaries"])
        assert (outcome["outcome"], outcome["stdout"]) == ("done", "the tool ran\n")


@pytest.mark.parametrize(
    ("missing", "left", "why", "said"),
    [
        ((), Tier.BUBBLEWRAP_LAUNCHER, "", ()),
        (
            ("no-bubblewrap",),
            Tier.LAUNCHER,
            "carrel.sandbox.bubblewrap",
            ("+ no network", "- it can ask whether", "one wall instead of two", "A stronger one", "bubblewrap package"),
        ),
        (("no-namespaces",), Tier.LAUNCHER, "carrel.sandbox.namespaces", ("+ no network", "Install Carrel's package")),
        (("no-landlock",), Tier.BUBBLEWRAP_SECCOMP, "carrel.sandbox.landlock", ("+ no names of files", "Linux 6.2")),
        (("no-uid-map", "no-landlock"), Tier.NONE, "carrel.sandbox.namespaces", ("No sandbox: ", "uid map")),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, tuple) else "",
)
def test_62_the_command_says_what_is_left_and_what_would_help(
    tmp_path: Path, missing: tuple[str, ...], left: Tier, why: str, said: tuple[str, ...]
) -> None:
    expects(left)
    if "no-bubblewrap" in missing and os.getuid():
        pytest.skip("only root can hide bubblewrap from the command")
    command = (sys.executable, "-m", "app", "--home", str(tmp_path / "home"), "sandbox", "check")
    words = without(missing, *command)
    assert words.returncode == (1 if left is Tier.NONE else 0), words.stderr
    assert not [one for one in said if one not in words.stdout], words.stdout
    record = without(missing, *command[:3], "--json", *command[3:])
    report = json.loads(record.stdout)
    assert (report["tier"], report["code"]) == (left, why)
    assert bool(report["guarantees"]) is (left is not Tier.NONE)
    assert not (tmp_path / "home").exists()


def test_62_an_environment_picks_nothing(tmp_path: Path) -> None:
    expects(Tier.BUBBLEWRAP_LAUNCHER)
    names = ("CARREL_TIER", "CARREL_SANDBOX", "CARREL_EXPECT_TIERS", "BWRAP")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "none"))
    try:
        assert look(tmp_path)[0]["tier"] == Tier.BUBBLEWRAP_LAUNCHER
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def test_a_newer_landlock_is_asked_for_what_the_newest_known_one_has() -> None:
    assert handled(NEWEST_ABI + 5) == handled(NEWEST_ABI)
    assert len({handled(version) for version in (3, 4, 5, 6)}) == 4

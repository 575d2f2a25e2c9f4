"""The lock is what gets installed: it must hold what pyproject.toml pins, and a hash for every line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, str]:
    return {canonical(name): version for name, version in PIN.findall(text)}


def test_every_pinned_dependency_is_locked_at_its_pin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["build-system"]["requires"],
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
    ]
    direct = pins("\n".join(wanted))
    assert len(direct) == len(wanted), "every direct dependency is pinned with =="
    locked = pins((ROOT / "packaging/requirements.lock").read_text())
    assert {name: locked.get(name) for name in direct} == direct


def test_every_locked_package_has_its_hashes_and_names_no_host() -> None:
    text = (ROOT / "packaging/requirements.lock").read_text()
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(text)) > 50
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in text

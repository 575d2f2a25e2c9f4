"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
ABOVE_THE_WALL = ("bridge", "ui", "compose.py", "selftest.py", "__main__.py")
DRAWERS = {"utils", "util", "helpers", "common", "manager", "misc"}
MOST_LINES = 500
LONG_LINES = 400
HEAVY = ("pydantic", "app.domain", "asyncio", "PySide6")


def modules(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    assert found
    return found


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def workers() -> list[str]:
    """Dotted names of the modules that run inside a child: those with a ``main(wire)``."""
    return [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in modules("app")
        if re.search(r"^def main\(wire\b", path.read_text(), re.MULTILINE)
    ]


def test_packaging_is_no_python_package() -> None:
    assert not (ROOT / "packaging/__init__.py").exists(), "it would shadow the installed 'packaging'"


def test_no_module_is_too_long_and_most_are_short() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in modules("app", "packaging", "tests")}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > MOST_LINES} == {}
    rooms = [n for path, n in lengths.items() if APP in path.parents and path.name != "__init__.py"]
    assert statistics.median(rooms) <= 150
    assert sum(n > LONG_LINES for n in rooms) <= len(rooms) / 10


def test_no_drawers() -> None:
    assert [str(path) for path in modules("app") if path.stem in DRAWERS or path.parent.name in DRAWERS] == []


def test_no_qt_below_the_wall() -> None:
    below = [path for path in modules("app") if path.relative_to(APP).parts[0] not in ABOVE_THE_WALL]
    leaks = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in below
        for name in imported(ast.parse(path.read_text()))
        if name.split(".")[0] in {"PySide6", "shiboken6"}
    ]
    assert leaks == []


def test_code_of_a_child_starts_without_ours() -> None:
    names = workers()
    assert len(names) >= 5
    for name in names:
        probe = f"import {name}, sys; print(*sys.modules)"
        loaded = subprocess.run(
            [sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
        ).stdout.split()
        heavy = [module for module in loaded if module.startswith(HEAVY)]
        assert heavy == [], f"{name} loads {heavy}"


def test_every_command_the_readme_names_exists() -> None:
    readme = ROOT / "README.md"
    targets = set(re.findall(r"^([a-z-]+):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^\s*)make ([a-z-]+)", readme.read_text(), re.MULTILINE))
    assert {"run", "test"} <= named
    assert named <= targets


def test_the_words_of_the_makefile_are_all_explained() -> None:
    text = (ROOT / "Makefile").read_text()
    assert set(re.findall(r'@echo "make ([a-z-]+)', text)) >= {"run", "test", "check", "package", "setup"}


def test_no_path_of_one_machine_stands_in_the_tree() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    ).stdout.split("\0")
    machine = re.compile(r"/(?:work|root)/[a-z.]|/var/tmp/[a-z]|/home/[a-z]+/")
    suspects = [
        ROOT / name for name in tracked if name and Path(name).suffix in {".py", ".md", ".toml", ".sh", ".json"}
    ]
    assert suspects
    found = [
        f"{path.relative_to(ROOT)}: {hit[0]}"
        for path in suspects
        if path.exists() and path.name != "test_house.py" and (hit := machine.search(path.read_text(errors="replace")))
    ]
    assert found == []

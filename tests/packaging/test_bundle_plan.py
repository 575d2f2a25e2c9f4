"""What the bundle is told to take along although no import names it. `make package` tests the bundle itself."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """``packaging/build.py``, by its path: that folder is no package."""
    spec = importlib.util.spec_from_file_location("carrel_build", ROOT / "packaging/build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def plan(build: ModuleType) -> dict[str, Any]:
    planned: dict[str, Any] = build.plan()
    return planned


def test_every_worker_and_every_tool_is_in_the_child_and_no_worker_in_the_window(plan: dict[str, Any]) -> None:
    named = {"app.sandbox.probe", "app.documents.reader_worker", "app.engine.llama.worker", "app.engine.onnx_worker"}
    assert named | {"app.documents.index.chroma_worker", "app.tools.worker"} <= set(plan["child"])
    manifests = {path.parent.name for path in (ROOT / "app/tools").glob("*/manifest.json")}
    with_code = {name for name in manifests if list((ROOT / "app/tools" / name).glob("[!_]*.py"))}
    assert with_code <= {module.split(".")[2] for module in plan["child"] if module.startswith("app.tools.")}
    assert named.isdisjoint(plan["window"])
    assert {"app.compose", "app.selftest", "app.ui.window", "app.cli.main"} <= set(plan["window"])


def test_what_programs_of_others_may_import_is_in_the_child(plan: dict[str, Any]) -> None:
    preloaded = json.loads((ROOT / "app/tools/run_python/manifest.json").read_text())["preload"]
    assert {"pandas", *preloaded, "openpyxl", "statistics"} <= set(plan["child"])
    assert "pandas" not in plan["window"]


def test_files_beside_modules_keep_their_place(plan: dict[str, Any]) -> None:
    taken = {Path(source): Path(target) for source, target in plan["data"]}
    assert taken.pop(Path("resources")) == Path("resources")
    assert all(target == source.parent for source, target in taken.items())
    migrations = {path.relative_to(ROOT) for path in (ROOT / "app/vault/migrations").glob("*.sql")}
    assert migrations
    assert migrations <= set(taken)
    assert not [path for path in taken if path.suffix in {".py", ".pyc"}]


def test_nothing_for_development_is_shipped(plan: dict[str, Any]) -> None:
    shipped = " ".join([*plan["window"], *plan["child"], *(source for source, _ in plan["data"])])
    assert "development" not in shipped
    assert "tests" not in shipped
    assert "/.models" not in shipped

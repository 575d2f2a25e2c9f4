"""Build what is handed out: ``build.py bundle`` makes dist/carrel and lets it test itself.

The bundle is one folder with two programs. It is made from what is installed beside this interpreter, so make that from
packaging/requirements.lock (`make setup` does).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPEC = ROOT / "packaging/pyinstaller/carrel.spec"
BUNDLE = ROOT / "dist/carrel"
WORKER = re.compile(r"^def main\(wire\b", re.MULTILINE)
TOOL_CODE = "app/tools/*/*.py"
MANIFESTS = "app/tools/*/manifest.json"
PROGRAMS = [
    *("base64", "bisect", "calendar", "cmath", "collections", "colorsys", "csv", "dataclasses", "datetime", "decimal"),
    *("difflib", "enum", "fractions", "functools", "hashlib", "heapq", "io", "itertools", "json", "math", "numbers"),
    *("operator", "pprint", "random", "re", "statistics", "string", "textwrap", "time", "timeit", "typing"),
    *("unicodedata", "xml.etree.ElementTree", "zoneinfo", "openpyxl", "matplotlib.backends.backend_agg"),
]
"""What a program that a person or a model wrote may import beside what the manifests load; no import of ours names it."""
EPOCH = "1767225600"
"""1 January 2026: the date of everything inside, so that two builds of one source are alike."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    acts = asked.add_subparsers(dest="act", required=True)
    acts.add_parser("bundle", help="make dist/carrel and run its self-test").set_defaults(run=bundle)
    acts.add_parser("selftest", help="only run the self-test of the bundle that is there").set_defaults(run=selftest)
    return asked.parse_args().run()


def bundle() -> int:
    shutil.rmtree(BUNDLE, ignore_errors=True)
    folders = ["--distpath", str(ROOT / "dist"), "--workpath", str(ROOT / "build/pyinstaller")]
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, str(SPEC)]
    fixed = {"CARREL_BUNDLE": json.dumps(plan()), "SOURCE_DATE_EPOCH": EPOCH, "PYTHONHASHSEED": "0"}
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, **fixed})
    print(f"{BUNDLE.relative_to(ROOT)}: {size(BUNDLE) / 1e6:.0f} MB")
    return selftest()


def selftest() -> int:
    """Run the bundle's own test from a copy of nothing: an empty home, an empty environment, another folder."""
    with tempfile.TemporaryDirectory() as folder:
        clean = {"HOME": folder, "CARREL_HOME": f"{folder}/carrel", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
        return subprocess.run([BUNDLE / "carrel", "--selftest"], cwd=folder, env=clean, check=False).returncode


def plan() -> dict[str, list[object]]:
    """What no import statement names: workers, the code of tools, files beside modules, the versions of packages."""
    modules = sorted((ROOT / "app").rglob("*.py"))
    workers = [path for path in modules if WORKER.search(path.read_text(encoding="utf-8"))]
    tools = sorted(ROOT.glob(TOOL_CODE))
    manifests = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob(MANIFESTS))]
    loaded = sorted({module for manifest in manifests for module in manifest.get("preload", ())})
    beside = sorted(
        path for path in (ROOT / "app").rglob("*") if path.is_file() and path.suffix not in {".py", ".pyc", ".pyi"}
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "packages": [requirement.split("==")[0] for requirement in project["dependencies"]],
        "window": [dotted(path) for path in modules if path not in workers],
        "child": [*(dotted(path) for path in (*workers, *tools)), *loaded, *PROGRAMS],
        "data": [
            ("resources", "resources"),
            *((str(path.relative_to(ROOT)), str(path.parent.relative_to(ROOT))) for path in beside),
        ],
    }


def dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    sys.exit(main())

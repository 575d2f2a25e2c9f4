"""Where the public evaluation sets lie; they are not part of the repository."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "evaluation"


def evaluation(name: str, given: Path | None = None) -> Path | None:
    """The folder of one set, below ``given`` or beside the repository; where it is absent that is said, on stderr."""
    folder = (given or BESIDE) / name
    if folder.is_dir():
        return folder
    print(f"The evaluation set {name} is not on this computer: no folder {folder}.", file=sys.stderr)
    return None


def rows(file: Path) -> Iterator[dict[str, Any]]:
    """One object a line; none where there is no such file yet."""
    if file.exists():
        yield from (json.loads(line) for line in file.read_text("utf-8").splitlines())

"""Runs a program that a model or a person wrote. In the child, behind the locks; its files lie in the current folder.

What a small model forgets is done for it: ``np``, ``pd`` and ``plt`` are there when they are used, a chart that was
drawn but not saved is saved, and the value of the last line is shown as a notebook would.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import io
import json
import sys
import textwrap
import traceback
import warnings
from pathlib import Path
from typing import Any

from app.tools.run_python.drawing import PYPLOT, draws, dress, finish
from app.tools.unworkable import Unworkable

MOST_CHARACTERS = 12_000
MOST_ROWS = 200
MOST_COLUMNS = 50
FILE = "program.py"
USUAL = {"np": "numpy", "pd": "pandas", "plt": PYPLOT}


def run(arguments: dict[str, Any]) -> dict[str, Any]:
    """``{"text": what was printed, "tables": [{"columns", "rows", "rows_in_all"}]}``; charts are left as PNG files.

    Raises:
        Unworkable: the program ended in an exception, told with its line.
    """
    warnings.simplefilter("ignore")
    tree = _parsed(arguments["code"])
    said = _Said()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        value = _executed(tree, said)
        tables = [] if value is None else _shown(value, said)
        _save_charts()
    return {"text": said.text(), "tables": tables}


def _parsed(code: str) -> ast.Module:
    try:
        return ast.parse(textwrap.dedent(code), FILE)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        line = getattr(fault, "lineno", None)
        raise Unworkable(f"The program cannot be read{f', line {line}' if line else ''}: {fault}.") from None


def _executed(tree: ast.Module, said: _Said) -> Any:
    """Run it; the value of its last line if that is an expression."""
    space: dict[str, Any] = {"__name__": "__main__"}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for name in USUAL.keys() & used:
        space[name] = importlib.import_module(USUAL[name])
    if draws(tree):
        dress()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(compile(tree, FILE, "exec"), space)  # noqa: S102 - what this child is for
        if isinstance(last, ast.Expr):
            return eval(compile(ast.Expression(last.value), FILE, "eval"), space)  # noqa: S307 - the same
    except SystemExit as end:
        if end.code:
            raise Unworkable(f"The program ended with {end.code!r}. It had printed: {said.text()[-500:]}") from None
    except MemoryError:
        raise
    except BaseException as fault:  # noqa: BLE001 - whatever a program raises is its own
        raise Unworkable(_told(fault)) from None
    return None


def _told(fault: BaseException) -> str:
    lines = [frame.lineno for frame in traceback.extract_tb(fault.__traceback__) if frame.filename == FILE]
    where = f" in line {lines[-1]}" if lines else ""
    return f"The program failed{where}: {type(fault).__name__}: {str(fault)[:600]}"


class _Said(io.StringIO):
    """What was printed, its beginning only."""

    def write(self, text: str) -> int:
        room = MOST_CHARACTERS - self.tell()
        if room > 0:
            super().write(text[:room])
        return len(text)

    def text(self) -> str:
        words = self.getvalue()
        return words + "\n(The rest was cut.)" if len(words) >= MOST_CHARACTERS else words


def _shown(value: Any, said: _Said) -> list[dict[str, Any]]:
    """A frame or series as a table, anything else as text; what a chart returns is not shown."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.Series):
        value = value.to_frame(value.name if value.name is not None else "value")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        return [_table(value)]
    if not type(value).__module__.startswith(("matplotlib", "mpl_toolkits")):
        said.write(f"{value!r}\n")
    return []


def _table(frame: Any) -> dict[str, Any]:
    """The first rows, index included unless it only counts."""
    rows = len(frame)
    cut = frame.iloc[:MOST_ROWS, :MOST_COLUMNS]
    if type(cut.index).__name__ != "RangeIndex":
        with contextlib.suppress(ValueError):  # an index named like a column
            cut = cut.reset_index()
    cut.columns = [str(column) for column in cut.columns.to_flat_index()]
    split = json.loads(cut.to_json(orient="split", index=False, date_format="iso", default_handler=str))
    return {"columns": split["columns"], "rows": split["data"], "rows_in_all": rows}


def _save_charts() -> None:
    """Open figures, unless the program saved a picture itself."""
    pyplot = sys.modules.get(PYPLOT)
    if pyplot is None or list(Path.cwd().glob("*.png")):
        return
    for number in pyplot.get_fignums():
        figure = pyplot.figure(number)
        with contextlib.suppress(Exception):  # a chart is never lost for its looks
            finish(figure)
        figure.savefig(f"chart-{number}.png", bbox_inches="tight")

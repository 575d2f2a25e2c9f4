"""What the headless face prints: results on stdout, progress and messages on stderr.

With ``--json`` every record is one compact line; field names are stable: added to, never renamed.
"""

from __future__ import annotations

import io
import json
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.kernel.errors import Known


class Usage(Exception):  # noqa: N818 - an outcome, as ``Known`` is
    """Words that the parser could not judge do not go together; exit code 2."""


class Output:
    """Records and notes. ``human`` turns a record into text for a person; an empty text prints nothing."""

    def __init__(
        self, *, as_json: bool, quiet: bool, stdout: TextIO | None = None, stderr: TextIO | None = None
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self._stdout = _lenient(stdout or sys.stdout)
        self._stderr = _lenient(stderr or sys.stderr)

    def record(self, record: dict[str, Any], human: Callable[[dict[str, Any]], str]) -> None:
        """One result."""
        if self.as_json:
            text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=str)
        else:
            text = human(record)
        if text:
            print(plain(text), file=self._stdout, flush=True)

    def words(self, text: str) -> None:
        """Words of a running answer, for a person only: no line end is added."""
        if not self.as_json:
            print(plain(text), end="", file=self._stdout, flush=True)

    def note(self, text: str) -> None:
        """Progress or a message, on stderr."""
        if not self.quiet:
            print(plain(text), file=self._stderr, flush=True)

    def ask(self, text: str) -> None:
        """A question to the person, on stderr, quiet or not."""
        print(plain(text), end="", file=self._stderr, flush=True)

    def error(self, error: Known) -> None:
        """A known error: an object on stdout with ``--json``, else a sentence and its remedy on stderr."""
        if self.as_json:
            body = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
            print(json.dumps(body, ensure_ascii=False, separators=(",", ":")), file=self._stdout, flush=True)
        else:
            print(plain(f"{error.message}\n{error.hint}"), file=self._stderr, flush=True)


def plain(text: str) -> str:
    """``text`` without characters that a terminal would obey; documents and models are not to be trusted."""
    return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", text)


_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls but line end and tab, C1 controls, and what turns the direction of text."""


def _lenient(stream: TextIO) -> TextIO:
    """A file name may hold bytes that are not text, and a terminal may know fewer letters than a document."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return stream


def size(number: float) -> str:
    """Bytes in the units a person reads."""
    for unit in ("B", "KB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"

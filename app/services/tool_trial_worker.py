"""The child in which a tool is tried before it is installed: compiled and never run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import llguidance

from app.engine.llama.structure import check_schema
from app.kernel.errors import Known

if TYPE_CHECKING:
    from app.sandbox.wire import Wire


def main(wire: Wire) -> None:
    """Answer one ``try``: ``{"tool": name, "schema": {…}, "sources": {module: text}}``."""
    request = wire.request()
    if request is None:
        return
    try:
        for module, text in request["sources"].items():
            _compile(module, text)
        check_schema(llguidance.LLTokenizer("byte"), request["schema"], request["tool"])
    except Known as refusal:
        wire.error(request, refusal.code, refusal.message, refusal.hint)
    else:
        wire.result(request)


def _compile(module: str, text: str) -> None:
    try:
        compile(text, f"{module}.py", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        line = getattr(fault, "lineno", None)
        raise Known(
            "carrel.tool.code",
            f"{module}.py is not Python that can be read{f' (line {line})' if line else ''}.",
            "Install a corrected version of the tool.",
        ) from None

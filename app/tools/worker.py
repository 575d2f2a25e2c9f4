"""A tool child: imports the one tool it was granted and runs it. Standard library only."""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.sandbox.wire import Wire


def main(wire: Wire) -> None:
    """Answer ``run`` requests: ``{"op": "run", "code": module, "arguments": {…}}``, until the parent hangs up.

    ``code`` comes from a manifest that was shipped or reviewed, never from a model. A tool says what it cannot do by
    an exception called ``Unworkable``; anything else is our defect and leaves no text of the arguments behind.
    """
    while (request := wire.request()) is not None:
        begun = time.monotonic()
        try:
            tool = importlib.import_module(str(request["code"]))
            result = tool.run(request["arguments"])
        except Exception as failure:  # noqa: BLE001 - the child answers for any tool, then waits for the next call
            if type(failure).__name__ == "Unworkable":
                wire.error(request, "carrel.tool.unworkable", str(failure), "Change the arguments and try again.")
            else:
                wire.error(request, "carrel.tool.broken", "The tool broke.", type(failure).__name__)
        else:
            wire.result(request, result=result, seconds=time.monotonic() - begun)

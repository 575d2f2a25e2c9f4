"""The smallest worker: answers what it was asked. The self-test and the cold-start figure use it."""

from __future__ import annotations

from app.sandbox.wire import Wire


def main(wire: Wire) -> None:
    """Echo every request until the pipe closes."""
    while (request := wire.request()) is not None:
        wire.result(request, text=request.get("text", ""))

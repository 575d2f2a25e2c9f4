"""Where services say what happened, and views listen. One core loop; listeners must not block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.kernel.log import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.domain.events import Event

_log = logger(__name__)


class Feed:
    """Events to whoever listens, in the order they were published."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Event], None]] = []

    def watch(self, listener: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``listener`` for every event from now on; returns how to stop."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def publish(self, event: Event) -> None:
        """Tell every listener; one that fails is logged and does not keep the others from hearing."""
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:  # noqa: BLE001 - logged whole; nobody else may suffer from it
                _log.exception("a listener failed on %s", event.type)

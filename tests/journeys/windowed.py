"""Run as a program: the window on a real desk, its model a transcript, with a hand that does one thing and tells of it.

``python -m tests.journeys.windowed TRANSCRIPT.json HOME PASSPHRASE-FILE [read FOLDER COLLECTION | ask QUESTION]``

Every line of output is a record of what the window knows: ``{"is": "shown"}``, ``unlocking``, ``open``, then ``source``
with path, id and outcome, ``asked`` with its question, ``answered`` with its exchange and words.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bridge.core import CoreThread
from app.bridge.desk import DeskBridge
from app.compose import Compose
from app.domain.events import SourceChanged, TurnEnded, TurnStarted
from app.domain.generation import Engine
from app.engine.scripted import ScriptedEngine, Transcript
from app.kernel.paths import Home
from app.ui.window import MainWindow, open_window

POLL_MS = 15
Condition = Callable[[], bool]


def tell(what: str, **more: str) -> None:
    sys.stdout.write(json.dumps({"is": what, **more}) + "\n")
    sys.stdout.flush()


def hand(window: MainWindow, passphrase: str, words: list[str]) -> Iterator[Condition]:
    """Do it as a person would, waiting for each condition it yields."""
    unlock = window.first_run.unlock
    yield unlock.field.isVisible
    tell("shown")
    unlock.field.setText(passphrase)
    tell("unlocking")
    unlock.open()
    yield lambda: window.in_shell
    tell("open")
    match words:
        case ["read", folder, collection]:
            window.go("documents")
            yield lambda: bool(window.documents.places.collections)
            window.documents.intake.offer((Path(folder),), collection)
            window.documents.sheet.accepted.emit(window.documents.sheet.adding())
        case ["ask", question]:
            yield window.chats.composer.isVisible
            window.chats.composer.set_question(question)
            window.chats.ask()


def heard(event: TurnStarted | TurnEnded | SourceChanged) -> None:
    match event:
        case SourceChanged(source=source):
            tell("source", path=source.path, source=source.id, outcome=source.outcome.value)
        case TurnStarted(exchange=exchange):
            tell("asked", question=exchange.question)
        case TurnEnded(answer=answer):
            tell("answered", exchange=event.exchange, words=answer.text)


def main() -> int:
    transcript = Transcript.model_validate_json(Path(sys.argv[1]).read_text("utf-8"))
    passphrase = Path(sys.argv[3]).read_text("utf-8").strip()

    async def start(path: Path, context_tokens: int) -> Engine:
        return ScriptedEngine(transcript)

    app = QApplication(["carrel"])
    core = CoreThread()
    held = contextlib.AsyncExitStack()
    desk = core.run(
        held.enter_async_context(Compose(attended=True, start_engine=start).closed_desk(Home(Path(sys.argv[2]))))
    )
    bridge = DeskBridge(core, desk)
    bridge.source_changed.connect(heard)
    bridge.turn.connect(lambda event: heard(event) if isinstance(event, TurnStarted | TurnEnded) else None)
    window = open_window(bridge)
    steps = hand(window, passphrase, sys.argv[4:])
    waits_for: list[Condition] = [lambda: True]

    def step() -> None:
        if waits_for and waits_for[0]():
            waits_for[:] = [condition for condition in [next(steps, None)] if condition is not None]

    timer = QTimer(interval=POLL_MS)
    timer.timeout.connect(step)
    timer.start()
    try:
        return app.exec()
    finally:
        window.hide()
        core.run(held.aclose())
        core.stop()


if __name__ == "__main__":
    sys.exit(main())

"""Run as a program: the window on a real home, its model a transcript, driven by keys through one question and out.

``python -m tests.journeys.one_question TRANSCRIPT.json HOME PASSPHRASE QUESTION``; exit code 0 means that the answer stood
there with the page of its quote, and that the window was closed by its own command. The words it showed are printed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.compose import Compose, window
from app.domain.generation import Engine
from app.engine.scripted import ScriptedEngine, Transcript
from app.ui.chats.quote import QuoteCard
from app.ui.window import MainWindow

STEP_MILLISECONDS = 50
MOST_STEPS = 2_000
CTRL = Qt.KeyboardModifier.ControlModifier


def journey(shown: MainWindow, passphrase: str, question: str) -> Iterator[str]:
    """One step at a time; each says what is waited for."""
    shown.activateWindow()
    while not shown.isActiveWindow():
        yield "the keyboard"
    field = shown.first_run.unlock.field
    while not field.isVisible():
        yield "the lock"
    QTest.keyClicks(field, passphrase)
    QTest.keyClick(field, Qt.Key.Key_Return)
    while not (shown.in_shell and shown.chats.chat.scope.collections):
        yield "the chats"
    QTest.keyClicks(shown.chats.composer.field, question)
    QTest.keyClick(shown.chats.composer.field, Qt.Key.Key_Return, CTRL)
    while (view := shown.chats.transcript.last()) is None or view.exchange.answer is None:
        yield "the answer"
    sys.stdout.write(f"{view.exchange.answer.text}\n")
    while shown.chats.evidence.area.paper.sheet is None:
        yield "the page of the quote"
    for card in view.findChildren(QuoteCard):
        sys.stdout.write(f"{card.line.accessibleName()}\n")
    QTest.keyClick(shown, Qt.Key.Key_Q, CTRL)


def main() -> int:
    transcript = Transcript.model_validate_json(Path(sys.argv[1]).read_text("utf-8"))

    async def start(path: Path, context_tokens: int) -> Engine:
        return ScriptedEngine(transcript)

    def drive(shown: MainWindow) -> None:
        timer = QTimer(shown)
        steps, left = journey(shown, *sys.argv[3:5]), iter(range(MOST_STEPS))

        def step() -> None:
            waiting = next(steps, None)
            if waiting is None:
                timer.stop()
            elif next(left, None) is None:
                sys.stderr.write(f"waited in vain for {waiting}\n")
                QApplication.exit(3)

        timer.timeout.connect(step)
        timer.start(STEP_MILLISECONDS)

    return window(Path(sys.argv[2]), Compose(attended=True, start_engine=start), drive)


if __name__ == "__main__":
    sys.exit(main())

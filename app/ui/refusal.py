"""What is shown when Carrel cannot open its home at all: one sentence, one remedy, one button."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from app.kernel.errors import Known
from app.ui.parts.buttons import Button
from app.ui.parts.words import Words
from app.ui.settings import WindowSettings
from app.ui.window import dress_application

EXIT_KNOWN = 1


def show_refusal(known: Known) -> int:
    """Show it until it is closed; returns the exit code."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("a QApplication comes first")
    dress_application(app, WindowSettings(None))
    sheet = QWidget()
    sheet.setWindowTitle("Carrel")
    sheet.setAccessibleName(f"{known.message} {known.hint}")
    lines = QVBoxLayout(sheet)
    lines.setContentsMargins(32, 28, 32, 24)
    lines.setSpacing(8)
    lines.addWidget(Words(known.message, "head", 600, wrap=True))
    lines.addWidget(Words(known.hint, "ui", 400, "ink2", wrap=True))
    lines.addSpacing(12)
    close = Button("Close", "act", pressed=sheet.close)
    lines.addWidget(close)
    sheet.setMinimumWidth(420)
    sheet.show()
    close.setFocus()
    app.exec()
    return EXIT_KNOWN

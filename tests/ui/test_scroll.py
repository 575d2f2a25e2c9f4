"""What is scrolled ends where its words end."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.ui.parts.layout import STRETCH, column
from app.ui.parts.scroll import Scroll
from app.ui.parts.words import Words

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_what_is_scrolled_is_as_high_as_its_words(qtbot: QtBot) -> None:
    sentences = [
        Words("A sentence that is long enough to be wrapped where it is narrow. " * 4, wrap=True) for _ in range(20)
    ]
    inner = column(column(*sentences, space=8), STRETCH)
    area = Scroll(inner)
    qtbot.addWidget(area)
    area.resize(700, 300)
    area.show()
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    lowest = sentences[-1].mapTo(inner, sentences[-1].rect().bottomLeft()).y()
    assert inner.height() <= lowest + 2, "nothing but the words is there to be scrolled to"
    area.resize(400, 300)
    qtbot.waitUntil(lambda: sentences[-1].mapTo(inner, sentences[-1].rect().bottomLeft()).y() > lowest)
    lowest = sentences[-1].mapTo(inner, sentences[-1].rect().bottomLeft()).y()
    assert inner.height() <= lowest + 2

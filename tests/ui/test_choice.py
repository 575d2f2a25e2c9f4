"""One of a few, by the keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui import theme
from app.ui.focus import first_focusable
from app.ui.parts.choice import Choice
from app.ui.parts.layout import column
from app.ui.theme import Look

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def made(qapp: QApplication, qtbot: QtBot) -> tuple[QWidget, Choice]:
    theme.apply(qapp, Look())
    choice = Choice("Theme", (("system", "As the system"), ("light", "Light"), ("dark", "Dark")), "light")
    pane = column(choice)
    qtbot.addWidget(pane)
    with qtbot.waitExposed(pane):
        pane.show()
    return pane, choice


def test_the_keyboard_comes_to_what_is_chosen(qapp: QApplication, qtbot: QtBot) -> None:
    pane, choice = made(qapp, qtbot)
    assert first_focusable(pane).accessibleName() == "Theme: Light"
    choice.set_value("dark")
    assert first_focusable(pane).accessibleName() == "Theme: Dark"


def test_the_arrows_choose_from_there(qapp: QApplication, qtbot: QtBot) -> None:
    pane, choice = made(qapp, qtbot)
    now = first_focusable(pane)
    now.setFocus()
    with qtbot.waitSignal(choice.chosen, check_params_cb=lambda value: value == "dark"):
        QTest.keyClick(now, Qt.Key.Key_Right)
    assert choice.value() == "dark"

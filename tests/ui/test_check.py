"""A box to tick: seen in both themes, ticked or not, usable or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui import theme, tokens
from app.ui.parts.check import Check
from app.ui.theme import Look


@pytest.fixture(autouse=True, params=[Look(), Look(dark=True), Look(scale=1.5)], ids=["light", "dark", "large"])
def look(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, request.param)
    yield
    theme.apply(qapp, Look())


def drawn(qtbot: QtBot, *, on: bool, enabled: bool = True) -> tuple[Check, QImage]:
    check = Check("Turn the ring")
    qtbot.addWidget(check)
    check.setChecked(on)
    check.setEnabled(enabled)
    check.show()
    return check, check.grab().toImage()


def tones_in(check: Check, image: QImage) -> set[str]:
    """The colours inside the box."""
    box = check.box().toRect().adjusted(2, 2, -2, -2)
    return {
        image.pixelColor(QPoint(x, y)).name()
        for x in range(box.left(), box.right() + 1)
        for y in range(box.top(), box.bottom() + 1)
    }


def test_a_ticked_box_is_filled_and_carries_a_tick_that_can_be_seen_on_it(qtbot: QtBot) -> None:
    check, image = drawn(qtbot, on=True)
    ground = theme.colour("act").name()
    inside = tones_in(check, image)
    assert ground in inside
    assert max(tokens.contrast(ground, tone) for tone in inside) >= tokens.TEXT_RATIO


def test_an_empty_box_is_paper_inside_an_edge(qtbot: QtBot) -> None:
    check, image = drawn(qtbot, on=False)
    assert tones_in(check, image) == {theme.colour("paper").name()}
    box = check.box().toRect()
    assert image.pixelColor(box.center().x(), box.top()) == QColor(theme.hex_of("edge"))


def test_a_box_that_cannot_be_ticked_shows_whether_it_is(qtbot: QtBot) -> None:
    assert len(tones_in(*drawn(qtbot, on=True, enabled=False))) > 1
    assert tones_in(*drawn(qtbot, on=False, enabled=False)) == {theme.colour("sunken").name()}


def test_the_box_grows_with_the_text(qtbot: QtBot) -> None:
    check, _ = drawn(qtbot, on=True)
    assert check.box().width() == theme.px(16) + 2

"""One sheet, filled; a look that is put on everywhere at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from app.ui import icons, theme
from app.ui.parts.buttons import Button
from app.ui.parts.measures import Ring
from app.ui.parts.words import Caption, Icon, Words
from app.ui.theme import Look


@pytest.fixture(autouse=True)
def plain_look(qapp: QApplication) -> Iterator[None]:
    theme.apply(qapp, Look())
    yield
    theme.apply(qapp, Look())


def test_nothing_is_left_to_fill(qapp: QApplication) -> None:
    assert "@" not in theme.style_sheet()


def test_text_grows_everywhere(qapp: QApplication) -> None:
    words = Words("Answer", "ui")
    assert words.font().pixelSize() == 13
    theme.apply(qapp, Look(scale=1.5))
    assert words.font().pixelSize() == 20
    assert "font-size: 18px" in theme.style_sheet()


def test_what_stands_beside_the_words_grows_with_them(qapp: QApplication) -> None:
    icon, ring, caption, button = (
        Icon("check", "ink", 16),
        Ring(14),
        Caption("Passphrase", 92, "ui"),
        Button("Ask", "", "send"),
    )
    theme.apply(qapp, Look(scale=1.5))
    assert (icon.width(), ring.width(), button.iconSize().height()) == (24, 21, 24)
    assert caption.width() == 138
    assert caption.width() >= caption.sizeHint().width(), "the name is shown whole"


def test_dark_changes_palette_and_icons(qapp: QApplication) -> None:
    light = icons.pixmap("check", "ink", 16).toImage()
    theme.apply(qapp, Look(dark=True))
    assert qapp.palette().color(QPalette.ColorRole.Window) == theme.colour("desk")
    assert icons.pixmap("check", "ink", 16).toImage() != light


def test_icons_are_drawn_at_device_pixels() -> None:
    assert icons.pixmap("check", "ink", 16, 2.0).width() == 32


def test_a_scale_out_of_bounds_is_brought_back(qapp: QApplication) -> None:
    assert theme.system_look(qapp, "light", 9.0, motion=True).scale == theme.LARGEST_SCALE
    assert theme.system_look(qapp, "dark", 0.1, motion=True) == Look(dark=True, scale=1.0)

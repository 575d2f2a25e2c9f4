"""How the window looks now: one palette, one style sheet, one set of fonts. ``apply`` changes it everywhere at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol, runtime_checkable

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app.kernel.paths import resources
from app.ui import tokens

SANS = ("Inter", "Segoe UI Variable Text", "Segoe UI", ".AppleSystemUIFont", "Noto Sans")
SERIF = ("Source Serif 4", "Source Serif Pro", "Source Serif", "Cambria", "Charter", "Noto Serif")
MONO = ("JetBrains Mono", "Cascadia Mono", "Menlo", "Noto Sans Mono")
LARGEST_SCALE = 1.5


@dataclass(frozen=True)
class Look:
    """What a person chose, resolved.

    Attributes:
        scale: text size, 1.0 to 1.5.
        motion: whether the ring turns and the caret blinks.
    """

    dark: bool = False
    scale: float = 1.0
    motion: bool = True
    high_contrast: bool = False

    @property
    def tones(self) -> dict[str, str]:
        return tokens.colours("dark" if self.dark else "light", high_contrast=self.high_contrast)


@runtime_checkable
class Themed(Protocol):
    """A widget that holds something of the look itself (a font, a drawn icon, styled text) and can renew it."""

    def retheme(self) -> None:
        """Take up the look as it is now."""


class _Now:
    """The look of this process, as ``QApplication`` has one palette for the process."""

    look = Look()
    tones: dict[str, str] = {}


def look() -> Look:
    return _Now.look


def hex_of(tone: str) -> str:
    """``#RRGGBB`` of a tone; a colour stands for itself."""
    if not _Now.tones:
        _Now.tones = _Now.look.tones
    return _Now.tones.get(tone, tone)


def colour(tone: str, alpha: float = 1.0) -> QColor:
    found = QColor(hex_of(tone))
    found.setAlphaF(alpha)
    return found


def px(size: float) -> int:
    """A length that grows with the text."""
    return round(size * _Now.look.scale)


def font(step: str = "ui", weight: int = 400, family: tuple[str, ...] = SANS) -> QFont:
    """A font by type step (or a size in pixels as text); the caller's own."""
    return QFont(_made(px(tokens.pixels(step)), weight, family))


@cache
def _made(pixels: int, weight: int, family: tuple[str, ...]) -> QFont:
    made = QFont(list(family))
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@cache
def load_fonts() -> None:
    """Add the shipped fonts, where there are any, once."""
    for path in sorted((resources() / "fonts").rglob("*.[to]tf")):
        QFontDatabase.addApplicationFont(str(path))


def system_look(
    app: QApplication, appearance: Literal["system", "light", "dark"], scale: float, *, motion: bool
) -> Look:
    """The look a person's settings and the system's hints amount to."""
    hints = app.styleHints()
    high = hints.accessibility().contrastPreference() == Qt.ContrastPreference.HighContrast
    dark = appearance == "dark" or (appearance == "system" and hints.colorScheme() == Qt.ColorScheme.Dark)
    return Look(dark=dark, scale=min(max(scale, 1.0), LARGEST_SCALE), motion=motion, high_contrast=high)


def apply(app: QApplication, new: Look) -> None:
    """Put on a look; everything shown takes it up before this returns."""
    load_fonts()
    _Now.look, _Now.tones = new, new.tones
    app.setPalette(palette())
    app.setFont(font())
    sheet = style_sheet()
    if app.styleSheet() != sheet:
        app.setStyleSheet(sheet)
    app.setCursorFlashTime(1060 if new.motion else 0)
    for widget in app.allWidgets():
        if isinstance(widget, Themed):
            widget.retheme()


def style_sheet() -> str:
    """The one style sheet, filled: ``@tone``, and what grows with the text: font sizes, heights and ``@16px``."""
    source = (resources() / "window" / "carrel.qss.in").read_text("utf-8")
    sized = re.sub(r"(font-size: |min-height: |@)(\d+)px", lambda m: f"{m[1].strip('@')}{px(int(m[2]))}px", source)
    return re.sub(r"@(\w+)", lambda m: _Now.tones[m[1]], sized)


def palette() -> QPalette:
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    made = QPalette()
    for where, tone in {
        role.Window: "desk",
        role.WindowText: "ink",
        role.Base: "paper",
        role.AlternateBase: "sunken",
        role.Text: "ink",
        role.Button: "paper",
        role.ButtonText: "ink",
        role.BrightText: "stop",
        role.ToolTipBase: "act",
        role.ToolTipText: "on_act",
        role.PlaceholderText: "ink3",
        role.Highlight: "marker",
        role.HighlightedText: tokens.ON_MARKER,
        role.Link: "ink",
        role.LinkVisited: "ink2",
        role.Accent: "act",
        role.Light: "paper",
        role.Midlight: "hover",
        role.Mid: "line",
        role.Dark: "edge",
        role.Shadow: "line",
    }.items():
        made.setColor(where, colour(tone))
    for where in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(group.Disabled, where, colour("ink3"))
    return made

"""The Settings page: how the window looks, and the lock."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.bridge.desk import DeskBridge, SetupState
from app.ui.parts.buttons import Button
from app.ui.parts.check import Check
from app.ui.parts.choice import Choice
from app.ui.parts.layout import STRETCH, Grow, block, fill, row
from app.ui.parts.words import Caption, Fact, Words
from app.ui.plain_page import PlainPage
from app.ui.settings import SCALES, Appearance, WindowSettings


class SettingsPage(PlainPage):
    """Signals:
    look_changed: dress the window again.
    lock_wanted: shut the vault.
    """

    look_changed = Signal()
    lock_wanted = Signal()

    def __init__(self, bridge: DeskBridge, settings: WindowSettings) -> None:
        super().__init__("Settings")
        self._bridge, self._settings = bridge, settings
        looks = (("system", "As the system"), ("light", "Light"), ("dark", "Dark"))
        self.appearance = Choice("Appearance", looks, settings.appearance)
        self.appearance.chosen.connect(self._appearance)
        sizes = tuple((str(scale), f"{scale:.0%}".replace("%", " %")) for scale in SCALES)
        self.size_of_text = Choice("Text size", sizes, str(settings.scale))
        self.size_of_text.chosen.connect(self._scale)
        self.motion = Check("Turn the ring and blink the caret")
        self.motion.setChecked(settings.motion)
        self.motion.toggled.connect(self._motion)
        look = block(
            Words("Appearance", "ui", 600),
            self._line("Theme", self.appearance),
            self._line("Text size", self.size_of_text),
            self._line("Motion", self.motion, space=2),
            name="card",
            margins=(16, 13, 14, 13),
            space=10,
        )
        self._key = Fact("key", "", "ink2")
        lock = Button("Lock now", "", "lock", pressed=self.lock_wanted.emit)
        self._told = Words(
            "Locking seals chats, documents and answers until you unlock them. Ctrl+Shift+L",
            "small",
            400,
            "ink2",
            wrap=True,
        )
        safe = block(
            Words("Encryption", "ui", 600),
            self._line("Key", self._key),
            row(Grow(self._told), lock, space=12),
            name="card",
            margins=(16, 13, 14, 13),
            space=10,
        )
        self._network = Words(
            "This window opens no connection. Models and documents come in as files; carrel models get asks first.",
            "small",
            400,
            "ink2",
            wrap=True,
        )
        net = block(
            Words("Network", "ui", 600),
            Fact("nonet", "No network", "vouch"),
            self._network,
            name="card",
            margins=(16, 13, 14, 13),
            space=8,
        )
        fill(self.body, look, safe, net)

    def shown(self) -> None:
        self._bridge.setup().then(self._take)

    def _take(self, state: SetupState) -> None:
        self._key.set_fact("key", state.key_source or "Not made yet", "ink2")

    def _line(self, name: str, widget: QWidget, *, space: int = 8) -> QWidget:
        return row(Caption(name, 110, "ui", "ink2"), widget, STRETCH, space=space)

    def _appearance(self, value: str) -> None:
        self._settings.appearance = cast("Appearance", value)
        self.look_changed.emit()

    def _scale(self, value: str) -> None:
        self._settings.scale = float(value)
        self.look_changed.emit()

    def _motion(self, on: bool) -> None:
        self._settings.motion = on
        self.look_changed.emit()

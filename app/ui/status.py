"""The status line: model, memory, index, network, sandbox, encryption; each opens its page."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from app.domain.events import Status, StatusItem
from app.ui import icons, theme
from app.ui.parts.layout import row, set_property, vr
from app.ui.parts.measures import Meter, Share
from app.ui.parts.words import Words

_PLACES = {
    "model": "models",
    "memory": "models",
    "index": "documents",
    "network": "settings",
    "sandbox": "tools",
    "encryption": "settings",
}
_ICONS = {
    "model": "dot",
    "memory": "memory",
    "index": "check",
    "network": "nonet",
    "sandbox": "sandbox",
    "encryption": "lock",
}
LOOKS = {
    "good": ("check", "vouch"),
    "busy": ("wait", "ink2"),
    "paused": ("pause", "ink2"),
    "attention": ("warn", "warn"),
    "bad": ("stop", "stop"),
}
"""Icon and tone of what is said of a state outside of the line, on a page."""
_INDEX_ICONS = {"good": "check", "busy": "run", "paused": "pause", "attention": "warn", "bad": "stop"}
_TONES = {"good": "ink2", "busy": "ink2", "paused": "ink2", "attention": "warn", "bad": "stop"}
_SPOKEN = {"good": "", "busy": "", "paused": "", "attention": ", needs you", "bad": ", wrong"}
_ICON_TONES = {"good": "vouch", "busy": "ink", "paused": "ink2", "attention": "warn", "bad": "stop"}


class StatusButton(QToolButton):
    """One item: icon, word; colour is never alone."""

    def __init__(self, what: str) -> None:
        super().__init__()
        self._what = what
        self._item = StatusItem(state="busy", text="…")
        self.setObjectName("status")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_item(self, item: StatusItem) -> None:
        self._item = item
        self.setText(item.text)
        self.setToolTip(item.detail or item.text)
        what = "" if item.text.lower().startswith(self._what) else f"{self._what.capitalize()}: "
        self.setAccessibleName(f"{what}{item.text}{_SPOKEN[item.state]}")
        set_property(self, "tone", _TONES[item.state])
        self.retheme()

    def sizeHint(self) -> QSize:
        """Without the two spaces Qt allows for a mnemonic: the rules stand midway between the items."""
        hint = super().sizeHint()
        return QSize(hint.width() - 2 * self.fontMetrics().horizontalAdvance(" "), hint.height())

    def retheme(self) -> None:
        self.setFont(theme.font("small", 400))
        troubled = self._what == "model" and self._item.state in {"attention", "bad"}
        told = self._what == "index" or troubled
        icon = _INDEX_ICONS[self._item.state] if told else _ICONS[self._what]
        tone = "ink2" if self._what == "memory" and self._item.state == "good" else _ICON_TONES[self._item.state]
        size = theme.px(14)
        self.setIconSize(QSize(size + icons.GAP, size))
        self.setIcon(icons.icon(icon, tone, size, self.devicePixelRatioF(), gap=True))


class StatusLine(QStatusBar):
    """Signals:
    chosen: the place an item belongs to.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setSizeGripEnabled(False)
        self.setAccessibleName("Status")
        self._buttons = {what: StatusButton(what) for what in _PLACES}
        self._rules: dict[str, QWidget] = {}
        self._meter = Meter(6, 64)
        self._note = Words("", "small", 400, "ink2")
        for what, button in self._buttons.items():
            button.clicked.connect(lambda _checked, place=_PLACES[what]: self.chosen.emit(place))
            item = row(button, self._meter, margins=(0, 0, 6, 0), space=2) if what == "memory" else button
            if what != "model":
                self._rules[what] = vr(14)
                self.addWidget(self._rules[what])
            self.addWidget(item)
        self.addPermanentWidget(self._note)
        self.setContentsMargins(6, 0, 14, 0)
        self.retheme()

    def retheme(self) -> None:
        self.setFixedHeight(theme.px(22) + 8)

    def show_status(self, status: Status) -> None:
        for what, button in self._buttons.items():
            button.show_item(getattr(status, what))
        tone = _TONES[status.memory.state]
        shares = (Share(status.memory_used, tone),)
        self._meter.show_shares(status.memory_total, shares, f"Memory, {status.memory.text}")

    def set_note(self, words: str) -> None:
        """The sentence at the right: tokens of the context, a step, a speed."""
        self._note.setText(words)

    def set_width(self, width: int) -> None:
        """Words are dropped from the right as the window gets narrower."""
        width = round(width / theme.look().scale)
        self._note.setVisible(width >= 1100)
        self._show("encryption", on=width >= 1100)
        self._show("sandbox", on=width >= 960)
        self._meter.setFixedWidth(64 if width >= 1100 else 40)

    def _show(self, what: str, *, on: bool) -> None:
        self._buttons[what].setVisible(on)
        self._rules[what].setVisible(on)

"""Buttons. What takes the focus is a real button; Enter presses it as Space does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from app.ui import icons, theme
from app.ui.parts.layout import NONE, Item, Margins, dress, fill

_TYPE = {"small": ("small", 500), "chip": ("small", 500), "name": ("head", 600)}
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Button(QPushButton):
    """A push button: ``act`` (ink, the one thing to do), plain, ``small``, ``quiet``, ``link``, ``chip``, ``seg``,
    ``tab``, ``name`` (the heading of a card)."""

    def __init__(
        self,
        text: str = "",
        kind: str = "",
        icon: str = "",
        *,
        tone: str = "",
        pressed: Callable[[], object] | None = None,
        name: str = "",
    ) -> None:
        super().__init__(text)
        self.setObjectName(kind or "plain")
        self._icon, self._icon_size = icon, 16
        self._tone = tone or ("on_act" if kind == "act" else "ink2")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if name:
            self.setAccessibleName(name)
        if pressed is not None:
            act = pressed
            self.clicked.connect(lambda _checked: act())
        self.retheme()

    def retheme(self) -> None:
        self.setFont(theme.font(*_TYPE.get(self.objectName(), ("ui", 500))))
        if self._icon:
            tone = self._tone if self.isEnabled() else "ink3"
            size = theme.px(self._icon_size)
            self.setIcon(icons.icon(self._icon, tone, size, self.devicePixelRatioF(), gap=bool(self.text())))
            self.setIconSize(QSize(size + (icons.GAP if self.text() else 0), size))

    def set_icon(self, icon: str, tone: str = "", size: int = 16) -> None:
        self._icon, self._tone, self._icon_size = icon, tone or self._tone, size
        self.retheme()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.EnabledChange, QEvent.Type.DevicePixelRatioChange} and self._icon:
            self.retheme()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.click()
        else:
            super().keyPressEvent(event)


class IconButton(QToolButton):
    """A button that is an icon; its name is what it does."""

    def __init__(
        self,
        icon: str,
        name: str,
        *,
        tone: str = "ink2",
        size: int = 16,
        pressed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("quiet")
        self._icon, self._tone, self._size = icon, tone, size
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if pressed is not None:
            act = pressed
            self.clicked.connect(lambda _checked: act())
        self.retheme()

    def retheme(self) -> None:
        tone = self._tone if self.isEnabled() else "edge"
        size = theme.px(self._size)
        self.setIconSize(QSize(size, size))
        self.setIcon(icons.icon(self._icon, tone, size, self.devicePixelRatioF()))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.EnabledChange, QEvent.Type.DevicePixelRatioChange}:
            self.retheme()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)


class RowButton(QPushButton):
    """A flat button that holds a row of words: a quote's source line, the head of a tool card, a passage."""

    def __init__(
        self,
        *items: Item,
        name: str,
        kind: str = "row",
        height: int = 28,
        margins: Margins = NONE,
        space: int = 8,
        pressed: Callable[[], object] | None = None,
    ) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), kind, margins, space)
        fill(self, *items)
        for inner in self.findChildren(QWidget):
            inner.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._height = height
        if pressed is not None:
            act = pressed
            self.clicked.connect(lambda _checked: act())
        self.retheme()

    def retheme(self) -> None:
        self.setFixedHeight(theme.px(self._height))

    def sizeHint(self) -> QSize:
        layout = self.layout()
        wide = layout.sizeHint().width() if layout is not None else 40
        return QSize(wide, theme.px(self._height))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, theme.px(self._height))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)

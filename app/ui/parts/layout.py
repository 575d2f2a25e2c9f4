"""Rows, columns, rules and the reading measure."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

MEASURE = 720
Margins = tuple[int, int, int, int]
NONE: Margins = (0, 0, 0, 0)
STRETCH = object()
Item = QWidget | int | object | None


def fill(widget: QWidget, *items: Item) -> None:
    """Add to a row or column: widgets, spaces in pixels, ``STRETCH``; None is left out. ``grow`` marks what widens."""
    layout = widget.layout()
    if not isinstance(layout, QBoxLayout):
        raise TypeError("only rows and columns are filled")
    added: list[QWidget] = []
    for item in items:
        if item is None:
            continue
        if item is STRETCH:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, Grow):
            layout.addWidget(item.widget, 1)
            added.append(item.widget)
        elif isinstance(item, Centred):
            layout.addWidget(item.widget, 0, Qt.AlignmentFlag.AlignHCenter)
            added.append(item.widget)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
            added.append(item)
    if widget.isVisible():
        _show_now(layout, added)


def _show_now(layout: QBoxLayout, added: list[QWidget]) -> None:
    """Place what was added in the same breath: left to Qt it appears one event later, which flickers."""
    for inner in added:
        if not inner.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide):
            inner.show()
    layout.activate()


class Grow:
    """Takes the room that is left."""

    def __init__(self, widget: QWidget) -> None:
        self.widget = widget


class Centred:
    """Keeps its width, in the middle of a column."""

    def __init__(self, widget: QWidget) -> None:
        self.widget = widget


def dress(widget: QWidget, layout: QLayout, name: str, margins: Margins, space: int) -> None:
    """Give a widget its style name and its layout's spaces."""
    widget.setObjectName(name)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
    layout.setContentsMargins(*margins)
    layout.setSpacing(space)


def row(*items: Item, margins: Margins = NONE, space: int = 0, name: str = "clear") -> QWidget:
    made = QWidget()
    dress(made, QHBoxLayout(made), name, margins, space)
    fill(made, *items)
    return made


def column(*items: Item, margins: Margins = NONE, space: int = 0, name: str = "clear") -> QWidget:
    made = QWidget()
    dress(made, QVBoxLayout(made), name, margins, space)
    fill(made, *items)
    return made


def block(*items: Item, name: str, margins: Margins = NONE, space: int = 0) -> QFrame:
    """A framed column: card, note, sheet, quote."""
    made = QFrame()
    dress(made, QVBoxLayout(made), name, margins, space)
    fill(made, *items)
    return made


def head(*items: Item, name: str = "head", margins: Margins = (20, 0, 12, 0), height: int = 52) -> QWidget:
    """The bar over a pane."""
    made = row(*items, margins=margins, space=8, name=name)
    made.setFixedHeight(height)
    return made


def hr() -> QFrame:
    made = QFrame()
    made.setObjectName("hr")
    return made


def vr(height: int = 0) -> QFrame:
    made = QFrame()
    made.setObjectName("vr")
    if height:
        made.setFixedHeight(height)
    return made


class _Measure(QWidget):
    """Holds one column, never wider than the measure, in the middle or at the left. Knows its height for its width."""

    def __init__(self, inner: QWidget, widest: int, *, centred: bool) -> None:
        super().__init__()
        self.setObjectName("clear")
        inner.setMaximumWidth(widest)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(*NONE)
        if centred:
            layout.addStretch(1)
        layout.addWidget(inner, 10_000)
        layout.addStretch(1)


def measure(inner: QWidget, widest: int = MEASURE, *, centred: bool = True) -> QWidget:
    """The reading measure: as wide as there is room, up to ``widest``, then centred or at the left."""
    return _Measure(inner, widest, centred=centred)


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Change a property the style sheet looks at, and look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def clear(widget: QWidget) -> None:
    """Take everything out of a row or column."""
    layout = widget.layout()
    while layout is not None and layout.count():
        item = layout.takeAt(0)
        inner = item.widget() if item is not None else None
        if inner is not None:
            inner.hide()
            inner.deleteLater()


class Gap(QWidget):
    """An empty place of a fixed size."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__()
        self.setFixedSize(QSize(width, height))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

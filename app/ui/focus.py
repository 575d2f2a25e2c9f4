"""Where the keyboard goes: into a part of the window, and from one thing to the next."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QSplitter, QStackedWidget, QWidget


def first_focusable(pane: QWidget) -> QWidget:
    """The pane itself, or the first thing in it that can take the focus."""
    if pane.focusPolicy() != Qt.FocusPolicy.NoFocus and pane.isEnabled():
        return pane
    return next(stops(pane), pane)


def stops(root: QWidget, *, also: QWidget | None = None) -> Iterator[QWidget]:
    """What Tab comes to in ``root``, in the order it stands there. Qt's own order is that in which things were made.

    Args:
        also: told too, though Tab does not come to it.
    """
    for widget in _in_order(root):
        if not widget.isVisible():
            continue
        if widget is also or (widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isEnabled()):
            yield widget
        yield from stops(widget, also=also)


def step(window: QWidget, now: QWidget | None, by: int) -> bool:
    """Bring the keyboard to the next stop, or the one before, and into view; False where there is none."""
    ring = list(stops(window, also=now))
    if not ring:
        return False
    at = ring.index(now) if now in ring else -1 if by > 0 else 0
    target = ring[(at + by) % len(ring)]
    target.setFocus(Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason)
    around = target.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(target)
        around = around.parentWidget()
    return True


def _in_order(widget: QWidget) -> list[QWidget]:
    """Children as they stand in their layout; what lies over a widget without one comes last."""
    match widget:
        case QStackedWidget():
            shown = widget.currentWidget()
            return [shown] if shown is not None else []
        case QScrollArea():
            inner = widget.widget()
            return [inner] if inner is not None else []
    children = [child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow()]
    layout = widget.layout()
    if isinstance(widget, QSplitter):
        places = [widget.indexOf(child) for child in children]
    elif layout is not None:
        places = [
            layout.indexOf(child) for child in children
        ]  # its items are not asked for: they outlive what they hold
    else:
        return children
    order = sorted(range(len(children)), key=lambda at: (places[at] < 0, places[at]))
    return [children[at] for at in order]

"""Names and roles Qt does not know by itself, and what is said aloud."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

ROLE = "carrelRole"
_ROLES = {
    "graphic": QAccessible.Role.Graphic,
    "dialog": QAccessible.Role.Dialog,
    "alert": QAccessible.Role.AlertMessage,
    "meter": QAccessible.Role.ProgressBar,
    "grouping": QAccessible.Role.Grouping,
}
_kept: dict[int, QAccessibleInterface] = {}
_factories: list[object] = []


class _Named(QAccessibleWidget):
    """A widget whose role is one of ``_ROLES``; its name is its accessible name."""


def _interface(_class_name: str, widget: object) -> QAccessibleInterface | None:
    if not isinstance(widget, QWidget):
        return None
    role = _ROLES.get(str(widget.property(ROLE) or ""))
    if role is None:
        return None
    made = _Named(widget, role, widget.accessibleName())
    key = id(widget)
    _kept[key] = made
    widget.destroyed.connect(lambda: _kept.pop(key, None))
    return made


def install() -> None:
    """Teach Qt the roles, once in a process."""
    if not _factories:
        _factories.append(_interface)
        QAccessible.installFactory(_interface)


def give_role(widget: QWidget, role: str) -> None:
    """Mark a widget before it is first shown: ``graphic``, ``dialog``, ``alert``, ``meter``, ``grouping``."""
    widget.setProperty(ROLE, role)


def announce(widget: QWidget, words: str, *, at_once: bool = False) -> None:
    """Say something to a screen reader. ``at_once`` interrupts; for permissions and errors only."""
    event = QAccessibleAnnouncementEvent(widget, words)
    if at_once:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)

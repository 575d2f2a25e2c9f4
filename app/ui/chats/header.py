"""The bar over the transcript: title (renamed in place), scope, label, and what can be done with the chat."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QWidget

from app.domain.documents import Label
from app.ui.actions import Actions
from app.ui.parts.buttons import IconButton
from app.ui.parts.layout import dress, fill
from app.ui.parts.words import Elided, Fact, Tag

MENU = (
    "chat.rename",
    "chat.scope",
    "chat.attach",
    "chat.attach_folder",
    "chat.copy",
    "chat.again",
    "chat.edit",
    "chat.delete",
    "chat.restore",
)


class ChatHeader(QWidget):
    """Signals:
    renamed: the new title.
    """

    renamed = Signal(str)

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        dress(self, QHBoxLayout(self), "head", (32, 0, 12, 0), 8)
        self.setFixedHeight(52)
        self._actions = actions
        self._title = Elided("", "head", 600)
        self._edit = QLineEdit()
        self._edit.setAccessibleName("Title of this chat")
        self._edit.installEventFilter(self)
        self._edit.hide()
        self._scope = Fact("folder", "", "ink2")
        self._tag = Tag(Label.INTERNAL)
        more = IconButton("more", "Chat actions", size=18)
        more.clicked.connect(lambda _checked: self._menu(more))
        fill(self, self._title, self._edit, self._scope, self._tag, more)

    def show_chat(self, title: str, scope: str, label: Label | None) -> None:
        self._title.set_text(title)
        self._scope.set_fact("folder", scope if len(scope) <= 40 else scope[:38] + "…", "ink2")
        self._tag.setVisible(label is not None)
        if label is not None:
            self._tag.set_label(label)

    def rename(self) -> None:
        """Turn the title into a field."""
        self._edit.setText(self._title.text())
        self._title.hide()
        self._edit.show()
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.setSelection(len(self._edit.text()), -len(self._edit.text()))  # from its end: its beginning is seen

    def stop_renaming(self) -> bool:
        """Leave the title as it was; True if it was being changed."""
        was = self._edit.isVisible()
        self._edit.hide()
        self._title.show()
        return was

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._edit:
            enter = isinstance(event, QKeyEvent) and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if event.type() == QEvent.Type.KeyPress and enter:
                self.renamed.emit(self._edit.text())
                self.stop_renaming()
                return True
            if event.type() == QEvent.Type.FocusOut:
                self.stop_renaming()
        return super().eventFilter(watched, event)

    def _menu(self, button: QWidget) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for deed in MENU:
            if self._actions[deed].isEnabled():
                menu.addAction(self._actions[deed])
        menu.popup(button.mapToGlobal(QPoint(button.width() - menu.sizeHint().width(), button.height())))

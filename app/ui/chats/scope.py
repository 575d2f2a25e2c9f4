"""What a chat may read and which tools it may call, as a menu that stays open while boxes are ticked."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget, QWidgetAction

from app.domain.documents import Collection, Label
from app.domain.messages import Scope
from app.domain.tool import ToolSpec
from app.ui.parts.check import Check
from app.ui.parts.layout import column
from app.ui.parts.words import Words

# What a question about documents can need. Every further tool makes a small model read longer before its first word,
# so it is a tick away instead; what changes something asks again each time whatever is ticked here.
USUAL_TOOLS = ("calculate", "search_documents")


def usual_scope(collections: tuple[str, ...]) -> Scope:
    """What a chat starts with where nobody chose."""
    return Scope(collections=collections, tools=USUAL_TOOLS, documents=bool(collections))


def documents_words(scope: Scope, collections: tuple[Collection, ...]) -> str:
    """What the chat may read, in a few words."""
    if not scope.documents:
        return "No documents"
    names = [c.name for c in collections if c.id in scope.collections]
    if not names:
        return "Choose documents"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def highest_label(scope: Scope, collections: tuple[Collection, ...]) -> Label | None:
    """The most restricted label in scope."""
    labels = [c.label for c in collections if c.id in scope.collections] if scope.documents else []
    return max(labels, key=lambda label: label.rank, default=None)


def source_count(scope: Scope, collections: tuple[Collection, ...]) -> int:
    return sum(c.sources for c in collections if c.id in scope.collections) if scope.documents else 0


class ScopeMenu(QMenu):
    """Signals:
    changed: the new ``Scope``, at each tick.
    """

    changed = Signal(object)

    def __init__(
        self, parent: QWidget, scope: Scope, collections: tuple[Collection, ...], tools: tuple[ToolSpec, ...]
    ) -> None:
        super().__init__(parent)
        self._before = scope
        self.setAccessibleName("What this chat may read and use")
        self._documents: dict[str, Check] = {}
        self._tools: dict[str, Check] = {}
        self._heading("Documents this chat may read" if collections else "No documents yet. Add a folder in Documents.")
        for found in collections:
            count = f"{found.sources:,} source{'' if found.sources == 1 else 's'}"
            words = f"{found.name}  ·  {found.label.value.capitalize()}, {count}"
            on = scope.documents and found.id in scope.collections
            self._documents[found.id] = self._box(words, on=on)
        if tools:
            self.addSeparator()
            self._heading("Tools it may call")
        for tool in tools:
            self._tools[tool.name] = self._box(tool.title, on=tool.name in scope.tools)

    def scope(self) -> Scope:
        documents = tuple(key for key, box in self._documents.items() if box.isChecked())
        tools = tuple(key for key, box in self._tools.items() if box.isChecked())
        ticked = {"collections": documents, "tools": tools, "documents": bool(documents)}
        return self._before.model_copy(update=ticked)

    def _heading(self, words: str) -> None:
        self._add(column(Words(words, "caption", 600, "ink3"), margins=(16, 4, 24, 2)))

    def _box(self, words: str, *, on: bool) -> Check:
        box = Check(words)
        box.setChecked(on)
        box.toggled.connect(lambda _on: self.changed.emit(self.scope()))
        self._add(column(box, margins=(12, 0, 16, 0)))
        return box

    def _add(self, widget: QWidget) -> None:
        action = QWidgetAction(self)
        action.setDefaultWidget(widget)
        self.addAction(action)

"""What the open chat may read and use: said in the header and the composer, chosen in a menu."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QWidget

from app.bridge.chat import UNTITLED, OpenChat
from app.domain.documents import Collection
from app.domain.messages import ConversationHead, Scope
from app.domain.tool import ToolSpec
from app.ui.chats.attaching import attached_names, without_attached
from app.ui.chats.composer import Composer
from app.ui.chats.header import ChatHeader
from app.ui.chats.scope import ScopeMenu, documents_words, highest_label, source_count, usual_scope
from app.ui.figures import plural


class ScopeKeeper(QObject):
    """A first draft takes the scope of the last chat, or the only collection; after that the person chooses."""

    def __init__(self, chat: OpenChat, header: ChatHeader, composer: Composer) -> None:
        super().__init__()
        self._chat, self._header, self._composer = chat, header, composer
        self._collections: tuple[Collection, ...] = ()
        self._tools: tuple[ToolSpec, ...] = ()
        self._given = False

    def take_collections(self, found: tuple[Collection, ...]) -> None:
        self._collections = found
        if len(found) == 1:
            self._suggest(usual_scope((found[0].id,)))
        self.say()

    def take_tools(self, tools: tuple[ToolSpec, ...]) -> None:
        self._tools = tools
        self.say()

    def take_heads(self, heads: tuple[ConversationHead, ...]) -> None:
        if heads:
            self._suggest(without_attached(heads[0].scope))

    def forget(self) -> None:
        """The vault is shut: the next draft starts from nothing."""
        self._given = False

    def choose(self, parent: QWidget) -> None:
        """Open the menu over the composer."""
        menu = ScopeMenu(parent, self._chat.scope, self._collections, self._tools)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.changed.connect(self._set)
        menu.popup(self._composer.scope.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 6)))

    def say(self) -> None:
        """Show the scope where it is read."""
        head, scope = self._chat.head, self._chat.scope
        words = documents_words(scope, self._collections)
        count = source_count(scope, self._collections)
        sources = plural(count, "source")
        title = (head.title if head is not None else "") or UNTITLED
        attached = attached_names(scope)
        told = f"{words}, {sources}" if count else attached or words
        self._header.show_chat(title, told, highest_label(scope, self._collections))
        hint = f"Ask about {sources} in {words}" if count else "Ask, or choose what this chat may read"
        hint = f"Ask about {attached}" if attached and not count else hint
        known = {tool.name for tool in self._tools}
        self._composer.set_scope(words, len(known & set(scope.tools)), hint)

    def _suggest(self, scope: Scope) -> None:
        if self._chat.head is None and not self._given:
            self._set(scope)

    def _set(self, scope: Scope) -> None:
        self._given = True
        self._chat.set_scope(scope)

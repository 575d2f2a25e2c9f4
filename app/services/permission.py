"""Questions to the person about actions of a chat: asked, awaited, answered. Nobody there, or no answer, means no."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from app.domain.events import PermissionAnswered, PermissionAsked
from app.domain.tool import StandingConsent
from app.kernel.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.chat.commands import AskPermission
    from app.domain.messages import ConversationHead
    from app.domain.tool import Consent, ConsentAnswer
    from app.services.feed import Feed
    from app.services.toolbox import Toolbox

WHY = "What others wrote, or a tool returned, is in this chat; it can contain instructions."


class Permissions:
    """What is allowed is kept by the runtime of the tools alone; here are the questions that wait.

    Attributes:
        attended: a person is there to be asked; without one every question is answered no.
    """

    def __init__(self, toolbox: Toolbox, feed: Feed, *, attended: bool) -> None:
        self.attended = attended
        self._toolbox = toolbox
        self._feed = feed
        self._waiting: dict[str, asyncio.Future[ConsentAnswer]] = {}

    async def ask(self, conversation: str, command: AskPermission) -> bool:
        """Whether the action may run, as the person says."""
        if not self.attended:
            self._tell(conversation, command, "unattended")
            return False
        sheet = await self._toolbox.sheet(command.spec, command.call.arguments, conversation)
        if sheet is None:  # it can do nothing: the runtime says why, and nobody is asked
            return True
        request = new_id()
        answer: asyncio.Future[ConsentAnswer] = asyncio.get_running_loop().create_future()
        self._waiting[request] = answer
        self._feed.publish(
            PermissionAsked(
                request=request,
                turn=command.turn,
                conversation=conversation,
                title=sheet.title,
                facts=sheet.facts,
                why="" if command.always_allowed else WHY,
                always_allowed=command.always_allowed,
                sheet=sheet,
                tool=command.spec.name,
            )
        )
        decided: ConsentAnswer = "closed"
        try:
            decided = await answer
            if decided == "conversation" and not command.always_allowed:
                decided = "once"  # it was not offered
        finally:
            self._waiting.pop(request, None)
            self._tell(conversation, command, decided)
        if decided not in {"once", "conversation"}:
            return False
        if decided == "conversation":
            self._toolbox.let_stand(conversation, command.spec.name)
        self._toolbox.consent(conversation, sheet)
        return True

    def answer(self, request: str, decision: Consent) -> None:
        """The person's answer; one that comes late changes nothing."""
        asked = self._waiting.pop(request, None)
        if asked is not None and not asked.done():
            asked.set_result(decision)

    def standing(self, heads: Iterable[ConversationHead]) -> tuple[StandingConsent, ...]:
        """Every "in this chat" that still holds, in the order of ``heads``."""
        return tuple(
            StandingConsent(conversation=head.id, title=head.title, tool=tool)
            for head in heads
            for tool in sorted(self._toolbox.standing(head.id))
        )

    def _tell(self, conversation: str, command: AskPermission, answer: ConsentAnswer) -> None:
        self._feed.publish(
            PermissionAnswered(
                turn=command.turn,
                conversation=conversation,
                call=command.call.id,
                tool=command.spec.name,
                answer=answer,
                offered_for_conversation=command.always_allowed,
            )
        )

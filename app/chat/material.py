"""What the model has been given in this turn: the assembled prompt, and after it what calls returned."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from app.chat import prompts
from app.chat.context import candidates, rendered
from app.chat.offering import CALCULATE, SEARCH
from app.domain.generation import CallText, ChatMessage, Role

if TYPE_CHECKING:
    from app.chat.citations import Found, Shown
    from app.chat.context import ContextPlan
    from app.domain.messages import ToolCall

MOST_NEW_PASSAGES = 4
RESULT_CHARACTERS = 4_000
CHARACTERS_PER_TOKEN = 2  # on the safe side for every script but those of one sign a word
SMALLEST_ROOM = 400
NOTHING = "nothing. Say only that you could not work it out"


class Material:
    """Grows by the results of calls, within the context that the plan left free.

    Attributes:
        shown: passages in the order of their numbers; a search adds to them.
        messages: the prompt.
    """

    def __init__(self) -> None:
        self.shown: tuple[Shown, ...] = ()
        self.messages: tuple[ChatMessage, ...] = ()
        self._past: tuple[ChatMessage, ...] = ()
        self._worked_out: tuple[str, ...] = ()
        self._told: list[str] = []
        self._room = 0
        self._results: dict[str, str] = {}

    @property
    def full(self) -> bool:
        """Whether another result would not fit."""
        return self._room < SMALLEST_ROOM

    def begin(self, plan: ContextPlan, system: ChatMessage) -> None:
        """The prompt as it was assembled behind ``system``, nothing else."""
        split = plan.tokens
        free = split.context - split.frame - split.history - split.passages - split.answer
        self._room = max(0, free * CHARACTERS_PER_TOKEN)
        self._past, self._worked_out, self._told = plan.messages[1:-1], (), []
        self.messages = (system, *plan.messages[1:])
        self.shown = plan.shown

    def note(self, call: ToolCall, found: tuple[Found, ...] = ()) -> None:
        """What the model will read about a call that is over."""
        if call.error is not None:
            text = prompts.harmless(" ".join((call.error.user_message, *call.error.hints)))
        elif call.tool == SEARCH:
            text = self._take(found) or "No further passage was found."
        elif call.tool == CALCULATE and isinstance(call.result, dict):
            text = f"{call.arguments.get('expression')} = {call.result.get('value')}"[: max(self._room, SMALLEST_ROOM)]
            self._worked_out += (text,)
            text = prompts.harmless(text)
        else:
            text = prompts.harmless(json.dumps(call.result, ensure_ascii=False))
        self._results[call.id] = text[: min(RESULT_CHARACTERS, max(self._room, SMALLEST_ROOM))]
        if call.error is None and call.tool not in {SEARCH, CALCULATE}:
            self._told.append(self._results[call.id])
        self._room -= len(self._results[call.id])

    def answer(self, words: str, calls: tuple[ToolCall, ...]) -> None:
        """Put the calls that were noted and their results behind the prompt."""
        noted = tuple(call for call in calls if call.id in self._results)
        if noted:
            made = tuple(CallText(id=call.id, tool=call.tool, arguments=call.arguments) for call in noted)
            results = tuple(prompts.tool_result(call.id, call.tool, self._results[call.id]) for call in noted)
            self.messages += (ChatMessage(role=Role.ASSISTANT, content=words, calls=made), *results)
        self._results.clear()

    def settle(self, system: ChatMessage, words: str, files: tuple[str, ...]) -> None:
        """Put what calls brought beside files and passages and ask ``words`` anew: small models repeat a call they see.

        Where nothing was and there is no passage to answer from, that is said, so that no sum is made up.
        """
        worked_out = self._worked_out or (() if self.shown or self._told else (NOTHING,))
        self.messages = (
            system,
            *self._past,
            prompts.question(rendered(self.shown), words, worked_out, files, tuple(self._told)),
        )
        self._results.clear()

    def _take(self, found: tuple[Found, ...]) -> str:
        """New passages that fit whole, numbered on from those that are shown."""
        known = {(shown.found.passage.source, shown.found.passage.span) for shown in self.shown}
        texts: list[str] = []
        room = min(RESULT_CHARACTERS, self._room)
        for shown in candidates(found):
            if (shown.found.passage.source, shown.found.passage.span) in known or len(texts) == MOST_NEW_PASSAGES:
                continue
            text = rendered((*self.shown, shown))[-1]
            if len(text) + 2 <= room:
                room -= len(text) + 2
                self.shown += (shown,)
                texts.append(text)
        return "\n\n".join(texts)

"""A question of the model back to the person: a call that no tool answers.

It has the form of a call, so that it is written under a grammar and judged as one; it runs nothing. At most one in a turn;
the turn ends with it, and the person's next words are the reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.stream import PersonAsked
from app.domain.tool import ToolKind, ToolSpec

if TYPE_CHECKING:
    from app.domain.messages import ToolCall

ASK_PERSON = ToolSpec(
    name="ask_person",
    title="Ask you",
    version=1,
    kind=ToolKind.QUERY,
    description=(
        "Ask the person one short question, with the possible answers, when the request can mean different things and "
        "nothing you were given tells which."
    ),
    parameters={
        "type": "object",
        "properties": {
            "question": {"type": "string", "minLength": 5, "maxLength": 200, "description": "One question."},
            "choices": {
                "type": "array",
                "items": {"type": "string", "minLength": 1, "maxLength": 60},
                "minItems": 2,
                "maxItems": 4,
                "description": "Different answers, a few words each.",
            },
        },
        "required": ["question", "choices"],
        "additionalProperties": False,
    },
    confined=False,
)


def asked(turn: str, call: ToolCall) -> PersonAsked:
    """What a valid call of it asks. Choices that only repeat another are left out."""
    choices = {str(choice).casefold(): str(choice) for choice in reversed(call.arguments["choices"])}
    return PersonAsked(
        turn=turn, call=call.id, question=str(call.arguments["question"]), choices=tuple(reversed(choices.values()))
    )

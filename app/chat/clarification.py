"""A question of the model back to the person: a call that no tool answers.

It has the form of a call, so that it is written under a grammar and judged as one; it runs nothing. At most one in a turn;
the turn ends with it, and the person's next words are the reply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.messages import Clarification
from app.domain.tool import ToolKind, ToolSpec

if TYPE_CHECKING:
    from app.domain.messages import Exchange, ToolCall

ASK_PERSON = ToolSpec(
    name="ask_person",
    title="Ask you",
    version=1,
    kind=ToolKind.QUERY,
    description=(
        "Ask the person one short question when the request can mean different things and nothing you were given tells "
        "which; with the possible answers where there are a few."
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
                "description": "Different answers, a few words each. Leave out when anything may be answered.",
            },
        },
        "required": ["question"],
        "additionalProperties": False,
    },
    confined=False,
)
_QUESTION_MARKS = ("?", "？", "؟", ";")  # the last is the Greek one


def asked(call: ToolCall) -> Clarification:
    """What a valid call of it asks. Choices that only repeat another are left out, and one alone is none."""
    choices = {str(choice).casefold(): str(choice) for choice in reversed(call.arguments.get("choices", ()))}
    return Clarification(
        question=str(call.arguments["question"]),
        choices=tuple(reversed(choices.values())) if len(choices) > 1 else (),
    )


def resumed(history: tuple[Exchange, ...], words: str) -> tuple[tuple[Exchange, ...], str]:
    """The past, and what is asked for now: where ``words`` reply to a question back, the request that led to it, that
    question and the reply in one, and the exchange that holds them is no longer past.

    Words that are a question themselves begin anew; they were not a reply.
    """
    last = history[-1].answer if history else None
    if last is None or last.asked is None or words.rstrip().endswith(_QUESTION_MARKS):
        return history, words
    return history[:-1], f"{history[-1].question}\n{last.asked.question} {words}"

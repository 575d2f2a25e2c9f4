"""Answers as they are stored: JSON with a version beside it. Older versions are adapted step by step when read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from app.domain.messages import Answer
from app.kernel.errors import Known

VERSION = 1
Adapter = Callable[[dict[str, Any]], dict[str, Any]]

# From version n to n + 1. Additions with a default need no entry and no new version.
ADAPTERS: Mapping[int, Adapter] = {}


def dump(answer: Answer) -> str:
    """The JSON of ``answer`` at ``VERSION``."""
    return answer.model_dump_json()


def load(text: str, version: int, adapters: Mapping[int, Adapter] = ADAPTERS, current: int = VERSION) -> Answer:
    """The answer stored as ``text`` at ``version``.

    Raises:
        Known: ``carrel.conversation.newer`` or ``carrel.conversation.damaged``.
    """
    if version > current:
        raise Known(
            "carrel.conversation.newer",
            "This answer was written by a newer version of Carrel.",
            "Open it with that version.",
        )
    data = json.loads(text)
    for step in range(version, current):
        data = adapters[step](data)
    try:
        return Answer.model_validate_json(json.dumps(data))
    except ValidationError as error:
        raise Known(
            "carrel.conversation.damaged",
            "A stored answer does not have the shape it was written in.",
            "Delete that question, or put the database back from a snapshot.",
        ) from error

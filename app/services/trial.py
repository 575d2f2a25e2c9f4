"""The first load of a model that nobody has vetted yet: in a confined child of its own, four tokens, then gone."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from app.domain.generation import ChatMessage, GenerationRequest, Role
from app.domain.stream import Failed, Usage
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.models.trial import TRIAL_TOKENS, Trial

if TYPE_CHECKING:
    from pathlib import Path

    from app.services.library import StartEngine

TRIAL_CONTEXT = 4096
TRIAL_PROMPT = "Count: one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, thirteen,"


class EngineTrial:
    """``FirstLoad`` by an engine child."""

    def __init__(self, start_engine: StartEngine) -> None:
        self._start_engine = start_engine

    async def __call__(self, model: Path) -> Trial:
        engine = await self._start_engine(model, TRIAL_CONTEXT)
        try:
            usage: Usage | None = None
            request = GenerationRequest(
                turn=new_id(),
                messages=(ChatMessage(role=Role.USER, content=TRIAL_PROMPT),),
                max_tokens=TRIAL_TOKENS,
            )
            async with contextlib.aclosing(engine.generate(request)) as events:
                async for event in events:
                    if isinstance(event, Failed):
                        raise Known(event.code, event.message, event.hint)
                    if isinstance(event, Usage):
                        usage = event
            tokens = usage.completion_tokens if usage else 0
            seconds = usage.completion_seconds if usage else 0.0
            return Trial(report=engine.report, tokens=tokens, tokens_per_second=tokens / seconds if seconds else None)
        finally:
            await engine.close()

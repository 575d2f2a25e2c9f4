"""What a person asks about the past: rates of a period, the latest events, and whether the trail is whole."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.domain.audit import RepairRecord, StructureRecord
from app.domain.record import worded
from app.services.metrics import MEASURED, measure

if TYPE_CHECKING:
    from app.domain.metrics import Metrics
    from app.kernel.clock import Clock
    from app.services.audit import Trail
    from app.services.library import Library


async def metrics(trail: Trail, library: Library, clock: Clock, days: int | None) -> Metrics:
    """Of the last ``days``, or of all that is kept."""
    since = clock.now() - timedelta(days=days) if days is not None else None
    names = {card.id: " ".join(filter(None, (card.name, card.quantisation))) for card in await library.cards()}
    return await asyncio.to_thread(measure, await trail.list(MEASURED, since), since, names)


def completed(trail: Trail, library: Library, completion: dict[str, Any], seconds: float) -> None:
    """Have a chat completion written down: how it was structured, none of its words."""
    structure, usage = completion["structure"], completion["usage"]
    message = completion["choices"][0]["message"]
    model = library.loaded.id if library.loaded else ""
    for repair in structure.get("repairs", ()):
        trail.put(
            RepairRecord(
                how=repair["how"],
                of=repair["of"],
                worked=repair["worked"],
                model=model,
                fixes=tuple(worded(fix.partition(":")[0]) for fix in repair["fixes"]),  # its fields are the caller's
            )
        )
    trail.put(
        StructureRecord(
            model=model,
            constrained=structure["constrained"],
            valid=structure["valid"],
            repaired=structure["repaired"],
            calls=len(message.get("tool_calls") or ()),
            prompt_tokens=usage["prompt_tokens"],
            completion_tokens=usage["completion_tokens"],
            seconds=seconds,
        )
    )

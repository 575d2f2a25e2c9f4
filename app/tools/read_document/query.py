"""A part of one document, in order."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.tools.means import Means

PART_CHARACTERS = 6_000


async def run(arguments: dict[str, Any], means: Means) -> dict[str, Any]:
    """``{"document", "name", "text", "characters_in_all", "next_character"}``; a part ends after a line where it can."""
    source, text = await means.documents.read(arguments["document"])
    start = arguments["from_character"]
    end = min(len(text), start + PART_CHARACTERS)
    if end < len(text) and (line := text.rfind("\n", start + PART_CHARACTERS // 2, end)) > 0:
        end = line + 1
    return {
        "document": source.id,
        "name": source.name,
        "text": await asyncio.to_thread(means.cleaner.part, text, start, end),
        "characters_in_all": len(text),
        "next_character": end if end < len(text) else None,
    }

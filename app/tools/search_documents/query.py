"""Passages of the conversation's documents for a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.tools.means import Means

PASSAGE_CHARACTERS = 2_000
RESULT_CHARACTERS = 16_000


async def run(arguments: dict[str, Any], means: Means) -> dict[str, Any]:
    """``{"passages": [{"chunk", "title", "page" from 1, "text"}]}``, best first."""
    most = arguments["most_passages"]
    left = RESULT_CHARACTERS
    rows: list[dict[str, Any]] = []
    for passage in (await means.documents.search(arguments["query"], most))[:most]:
        text = passage.text[: min(PASSAGE_CHARACTERS, left)]
        if not text:
            break
        left -= len(text)
        page = None if passage.page is None else passage.page + 1
        rows.append({"chunk": passage.chunk, "title": passage.title, "page": page, "text": text})
    return {"passages": rows}

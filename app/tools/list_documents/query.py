"""The documents of the conversation's collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.tools.means import Means


async def run(arguments: dict[str, Any], means: Means) -> dict[str, Any]:
    """``{"documents": [{"document" id, "name", "title", "pages", "label", "read_on"}], "in_all"}``, by path."""
    sources, total = await means.documents.list(arguments["name_contains"], arguments["most_documents"])
    rows = [
        {
            "document": source.id,
            "name": source.name,
            "title": source.title,
            "pages": source.pages,
            "label": source.label.value,
            "read_on": source.read_at.date().isoformat(),
        }
        for source in sources
    ]
    return {"documents": rows, "in_all": total}

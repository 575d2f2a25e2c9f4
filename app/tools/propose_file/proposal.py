"""Propose a text file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.tools.means import Means


async def run(arguments: dict[str, Any], means: Means) -> dict[str, Any]:
    """``{"proposal" id, "file", "folder", "replaces"}``."""
    content = arguments["content"].rstrip("\n") + "\n" if arguments["content"] else ""
    made = await means.actions.propose(means.grant, "write_file", arguments["name"], content, arguments["folder"])
    placement = made.placement
    return {
        "proposal": made.id,
        "file": placement.name,
        "folder": Path(placement.folder).name,
        "replaces": placement.before is not None,
        "next": "write_file with this proposal; the person is asked.",
    }

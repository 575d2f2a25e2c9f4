"""Write a proposed file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.tools.means import Means


async def run(arguments: dict[str, Any], means: Means) -> tuple[dict[str, Any], bool]:
    """``{"file", "folder", "bytes", "replaced"}``, and whether it had been done before."""
    return await means.actions.execute(arguments["proposal"], means.grant, "write_file")

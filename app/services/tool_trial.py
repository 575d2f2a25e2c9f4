"""Before a stranger's tool is taken in: whether its code can be read and its arguments held to their schema.

Both are tried in a child, since what compiles them was not made for what a stranger writes. Nothing of the tool runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.policy import GIB, MIB, Limits
from app.sandbox.confinement import ESSENTIAL, Confinement

if TYPE_CHECKING:
    from app.sandbox.nursery import Launcher
    from app.tools.folder import ToolFolder

LIMITS = Limits(resident_bytes=768 * MIB, address_space_bytes=3 * GIB, cpu_seconds=20, wall_seconds=20)


async def try_tool(launcher: Launcher, tool: ToolFolder) -> None:
    """Raises:
    Known: ``carrel.engine.schema`` naming the keyword that no grammar enforces; ``carrel.tool.code``;
        ``carrel.sandbox.guarantee`` when this machine cannot promise what the tool needs.
    JobFailed: it could not be tried within the limits.
    """
    needs = ESSENTIAL | frozenset(tool.manifest.needs)
    child = await launcher.start(
        Confinement(role="tool", worker="app.services.tool_trial_worker", limits=LIMITS, needs=needs)
    )
    fields = {"tool": tool.manifest.name, "schema": tool.manifest.parameters, "sources": dict(tool.sources)}
    await child.conclude("try", fields)

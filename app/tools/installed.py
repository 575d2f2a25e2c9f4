"""Tools that a person installed, in the vault: each a row that holds its whole folder, sealed like everything else.

Nothing of it lies in a file: the code leaves the vault only for the memory of the child that runs it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from app.kernel.errors import Known
from app.tools.folder import ToolFolder, checked, digest

if TYPE_CHECKING:
    from app.kernel.clock import Clock
    from app.vault.database import Database


class InstalledTools:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, tool: ToolFolder) -> None:
        """Store it, not agreed to. There must be none of that name."""
        row = (tool.manifest.name, tool.digest, json.dumps(tool.files), self._clock.now().isoformat())
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO installed_tool (name, digest, files, added, agreed) VALUES (?, ?, ?, ?, 0)", row
            ).fetchall()
        )

    async def agree(self, name: str) -> None:
        """The person saw what it is and switched it on."""
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE installed_tool SET agreed = 1 WHERE name = ?", (name,)
            ).fetchall()
        )

    async def remove(self, name: str) -> None:
        """Out of the vault with its code."""
        await self._database.write(
            lambda connection: connection.execute("DELETE FROM installed_tool WHERE name = ?", (name,)).fetchall()
        )

    async def all(self) -> tuple[tuple[str, ToolFolder | Known, bool], ...]:
        """By name: the tool, or why it is not loaded, and whether the person agreed to it."""
        rows = await self._database.read(
            lambda connection: connection.execute(
                "SELECT name, digest, files, agreed FROM installed_tool ORDER BY name"
            ).fetchall()
        )
        return tuple(
            (str(name), _opened(str(name), str(noted), str(files)), bool(agreed)) for name, noted, files, agreed in rows
        )


def _opened(name: str, noted: str, stored: str) -> ToolFolder | Known:
    """Only what was shown to the person when it was added: any other byte, and it is not loaded."""
    files = tuple((str(file), str(text)) for file, text in json.loads(stored))
    if digest(files) != noted:
        return Known(
            "carrel.tool.changed_code",
            f"The tool {name} is not as it was installed, so it is not loaded.",
            "Remove it, then add it again from a folder you trust.",
        )
    try:
        return checked(files)
    except Known as fault:
        return fault

"""Tools that a person installs: taken in from a folder, agreed to, removed. Each step is an event of the trail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Literal

from app.chat.clarification import ASK_PERSON
from app.chat.prompts import harmless
from app.domain.audit import ToolRecord
from app.domain.events import ListsChanged, Problem, Recorded
from app.domain.record import Record, worded
from app.kernel.errors import Known
from app.services.tool_trial import try_tool
from app.tools.folder import ToolFolder, read_folder
from app.tools.likeness import likeness

if TYPE_CHECKING:
    from pathlib import Path

    from app.domain.tool import ToolSpec
    from app.sandbox.nursery import Launcher
    from app.services.feed import Feed
    from app.tools.installed import InstalledTools
    from app.tools.registry import Registry
    from app.tools.runtime import ToolRuntime


class ToolShelf:
    """What was never agreed to is off in the runtime, whatever else is switched.

    Attributes:
        refused: by name, why a stored tool is not loaded.
    """

    def __init__(
        self, stored: InstalledTools, registry: Registry, runtime: ToolRuntime, launcher: Launcher, feed: Feed
    ) -> None:
        self.refused: dict[str, Known] = {}
        self._unagreed: set[str] = set()
        self._stored = stored
        self._registry = registry
        self._runtime = runtime
        self._launcher = launcher
        self._feed = feed
        self._changing = asyncio.Lock()

    async def load(self) -> None:
        """Put every stored tool that is whole into the registry; of the others the person is told."""
        for name, tool, agreed in await self._stored.all():
            try:
                if isinstance(tool, Known):
                    raise tool
                self._registry.add(tool)
            except Known as fault:
                self.refused[name] = fault
                self._tell("refused", name, code=fault.code)
                self._feed.publish(Problem(code=fault.code, message=fault.message, hint=fault.hint))
            else:
                if not agreed:
                    self._hold_back(name)

    async def add(self, folder: Path) -> ToolSpec:
        """Take in a folder. It cannot be called before the person has seen what it is and switched it on.

        Raises:
            Known: ``carrel.tool.folder_unfit``, ``carrel.tool.manifest``, ``carrel.tool.name_taken``,
                ``carrel.tool.code``, ``carrel.engine.schema``; what ``JobFailed`` says when it could not be tried.
        """
        async with self._changing:
            tool = None
            try:
                tool = await asyncio.to_thread(read_folder, folder)
                self._admissible(tool)
                await try_tool(self._launcher, tool)
                self._registry.add(tool)
                self._hold_back(tool.manifest.name)
            except Known as fault:
                self._tell("refused", code=fault.code, digest=tool.digest if tool else "")
                raise
            try:
                await self._stored.add(tool)
            except BaseException:
                self._registry.remove(tool.manifest.name)
                raise
            self._tell("added", tool.manifest.name, digest=tool.digest)
        self._changed()
        return tool.spec

    async def agree(self, name: str) -> None:
        """The person saw what an installed tool is and switched it on; nothing for any other."""
        if name in self._unagreed:
            await self._stored.agree(name)
            self._unagreed.discard(name)
            self._tell("agreed", name, digest=self._registry.spec(name).digest)

    async def remove(self, name: str) -> None:
        """Take it out of the vault with its code; calls of it are refused from now on.

        Raises:
            Known: ``carrel.tool.unknown``, ``carrel.tool.shipped`` for a tool that comes with Carrel.
        """
        async with self._changing:
            if name not in self.refused:
                if not self._registry.spec(name).digest:
                    raise Known(
                        "carrel.tool.shipped",
                        f"{name} comes with Carrel and cannot be removed.",
                        f"Switch it off: carrel tools switch {name} off",
                    )
                self._registry.remove(name)
            await self._stored.remove(name)
            self.refused.pop(name, None)
            self._unagreed.discard(name)
            self._tell("removed", name)
        self._changed()

    def _hold_back(self, name: str) -> None:
        self._unagreed.add(name)
        self._runtime.off |= {name}

    def _admissible(self, tool: ToolFolder) -> None:
        """What only this floor knows of: names that are taken here, words that a chat template would obey."""
        manifest = tool.manifest
        ours = {likeness(ASK_PERSON.name), likeness(ASK_PERSON.title)}
        if not ours.isdisjoint((likeness(manifest.name), likeness(manifest.title))):
            raise Known("carrel.tool.name_taken", "The name of the tool is taken.", "Give it another one.")
        words = manifest.model_dump_json()
        if harmless(words) != words:
            raise Known(
                "carrel.tool.manifest",
                "The tool's manifest is not valid: it holds words by which models tell roles apart.",
                "Do not install this tool unless you know why they are there.",
            )

    def _tell(
        self, act: Literal["added", "agreed", "removed", "refused"], name: str = "", digest: str = "", code: str = ""
    ) -> None:
        record: Record = ToolRecord(act=act, tool=worded(name), digest=digest, code=worded(code))
        self._feed.publish(Recorded(record=record))

    def _changed(self) -> None:
        self._feed.publish(ListsChanged(what="tools"))

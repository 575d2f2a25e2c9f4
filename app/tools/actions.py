"""Actions in two steps: proposed under an id, then executed by that id once, whatever is killed or repeated on the way."""

from __future__ import annotations

import asyncio
import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.domain.tool import ActionSheet, Grant
from app.domain.unseen import shown
from app.kernel.errors import Known
from app.tools.placing import Placing

if TYPE_CHECKING:
    from app.tools.proposals import Proposal, Proposals

SUFFIXES = frozenset({".txt", ".md", ".csv", ".tsv", ".json", ".yaml", ".yml"})
"""What may be written: nothing that a double click runs or that loads something when it is opened."""
MAIL = frozenset({".eml"})
"""What ``save_email`` writes, and nothing else does: the text of others as a letter could load pictures."""


class Actions:
    """One at a time. ``done_again`` of a result: it had been done before."""

    def __init__(self, proposals: Proposals, placing: Placing) -> None:
        self._proposals = proposals
        self._placing = placing
        self._acting = asyncio.Lock()

    async def propose(self, grant: Grant, tool: str, name: str, content: str, folder_name: str) -> Proposal:
        """Note what ``tool`` would write. Nothing is written, nobody is asked.

        Raises:
            Known: ``carrel.tool.folder`` outside the scope, ``carrel.tool.file_kind``, ``carrel.tool.target``,
                ``carrel.tool.unchanged``.
        """
        folder = _folder(grant, folder_name)
        kinds = MAIL if tool == "save_email" else SUFFIXES
        if Path(name).suffix.lower() not in kinds:
            raise Known(
                "carrel.tool.file_kind",
                f"{name} is not a kind of file that is written.",
                f"Use one of {', '.join(sorted(kinds))}.",
            )
        placement = await asyncio.to_thread(self._placing.planned, folder, name, content)
        if placement.before == content:
            raise Known("carrel.tool.unchanged", f"{name} is already as it would be written.", "Nothing needs doing.")
        return await self._proposals.add(grant.conversation, tool, placement)

    async def sheet(self, untrusted_id: str, conversation: str, tool: str) -> ActionSheet:
        """Exactly what executing it would do. Raises as ``Proposals.get``."""
        return sheet(await self._proposals.get(untrusted_id, conversation, tool))

    async def execute(self, untrusted_id: str, grant: Grant, tool: str) -> tuple[dict[str, Any], bool]:
        """Do what was proposed, unless it was done; the result, and whether it had been done before.

        Once begun it goes on to its end, though the caller is cancelled; one that still waits for another never begins.

        Raises:
            Known: ``carrel.tool.proposal``, ``carrel.tool.proposal_old``, ``carrel.tool.proposal_over``,
                ``carrel.tool.folder`` when the folder has left the scope, ``carrel.tool.changed``, ``carrel.tool.write``.
        """
        begun = asyncio.Event()
        work = asyncio.ensure_future(self._execute(untrusted_id, grant, tool, begun))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            if not begun.is_set():
                work.cancel()
            raise

    async def recover(self) -> None:
        """After a start: what was done is noted as done; what was not is only a proposal again and needs consent anew."""
        async with self._acting:
            for proposal in await self._proposals.in_state("prepared"):
                await self._settle(proposal)
            for proposal in await self._proposals.lately_done():
                await asyncio.to_thread(self._placing.tidy, proposal.placement, proposal.id)

    async def _execute(
        self, untrusted_id: str, grant: Grant, tool: str, begun: asyncio.Event
    ) -> tuple[dict[str, Any], bool]:
        async with self._acting:
            begun.set()
            proposal = await self._proposals.get(untrusted_id, grant.conversation, tool)
            if proposal.placement.folder not in grant.folders:
                raise _out_of_scope()
            if proposal.state == "prepared":
                proposal = await self._settle(proposal)
            if proposal.state == "done":
                return proposal.result or {}, True
            if proposal.state == "failed":
                raise Known(
                    "carrel.tool.proposal_over", "This proposal is over.", "Propose again if it is still wanted."
                )
            return await self._act(proposal), False

    async def _act(self, proposal: Proposal) -> dict[str, Any]:
        placement = proposal.placement
        await asyncio.to_thread(self._placing.prepare, placement, proposal.id)
        await self._proposals.move(proposal, "prepared")
        prepared = proposal.model_copy(update={"state": "prepared"})
        try:
            await asyncio.to_thread(self._placing.commit, placement, proposal.id)
        except Known:
            await self._proposals.move(prepared, "failed")
            await asyncio.to_thread(self._placing.tidy, placement, proposal.id)
            raise
        return await self._note_done(prepared)

    async def _settle(self, prepared: Proposal) -> Proposal:
        try:
            happened = await asyncio.to_thread(self._placing.happened, prepared.placement, prepared.id)
        except Known:  # the folder is gone: whether it happened cannot be told, so it does not happen again
            await self._proposals.move(prepared, "failed")
            return prepared.model_copy(update={"state": "failed"})
        if happened:
            result = await self._note_done(prepared)
            return prepared.model_copy(update={"state": "done", "result": result})
        await asyncio.to_thread(self._placing.tidy, prepared.placement, prepared.id)
        await self._proposals.move(prepared, "proposed")
        return prepared.model_copy(update={"state": "proposed"})

    async def _note_done(self, prepared: Proposal) -> dict[str, Any]:
        placement = prepared.placement
        result = {
            "file": placement.name,
            "folder": Path(placement.folder).name,
            "bytes": len(placement.content.encode()),
            "replaced": placement.before is not None,
        }
        await self._proposals.move(prepared, "done", result)
        await asyncio.to_thread(self._placing.tidy, placement, prepared.id)
        return result


def sheet(proposal: Proposal) -> ActionSheet:
    """What the person reads before deciding: all of it, also what she would not see in the file."""
    placement = proposal.placement
    target = f"{Path(placement.folder) / placement.name}"
    size = len(placement.content.encode())
    facts: tuple[tuple[str, str], ...]
    if placement.before is None:
        facts = (("New file", target), ("Size", f"{size:,} bytes"))
        preview, kind = placement.content, "text"
    else:
        lines = difflib.unified_diff(
            placement.before.splitlines(keepends=True), placement.content.splitlines(keepends=True), "now", "then"
        )
        preview, kind = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines), "diff"
        facts = (("Changes", target), ("Size", f"{size:,} bytes, now {len(placement.before.encode()):,}"))
    seen = shown(preview)
    if seen != preview:
        facts = (*facts, ("Hidden", "It holds signs that nobody sees; here they are spelt out, as ⟨U+200B⟩."))
    return ActionSheet.model_validate(
        {
            "proposal": proposal.id,
            "title": f"{'Write' if placement.before is None else 'Change'} {placement.name}?",
            "facts": facts,
            "preview": seen,
            "preview_kind": kind,
        }
    )


def _folder(grant: Grant, name: str) -> str:
    """The folder of the scope with that name; without one, the only one."""
    if not name and len(grant.folders) == 1:
        return grant.folders[0]
    for folder in grant.folders:
        if name and name in (folder, Path(folder).name):
            return folder
    names = ", ".join(Path(folder).name for folder in grant.folders)
    raise Known("carrel.tool.folder", "That folder is not in the scope of this conversation.", f"There is: {names}.")


def _out_of_scope() -> Known:
    return Known(
        "carrel.tool.folder",
        "The folder it would write to has left the scope of this conversation.",
        "Add the folder again, or propose it for another one.",
    )

"""Proposals in the vault: what an action would do, under an id that only this module makes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from app.domain.base import Frozen
from app.kernel.errors import Known
from app.kernel.ids import new_id
from app.tools.placing import Placement

if TYPE_CHECKING:
    import apsw

    from app.kernel.clock import Clock
    from app.vault.database import Database

State = Literal["proposed", "prepared", "done", "failed"]
VALID = timedelta(days=1)
COLUMNS = "id, conversation, tool, state, created, plan, result"


class Proposal(Frozen):
    """Attributes:
    conversation: the one it was made in; empty for a call outside a chat.
    tool: the action that executes it.
    placement: what it does; never changes.
    result: what came of it, once it is done.
    """

    id: str
    conversation: str
    tool: str
    state: State
    created: datetime
    placement: Placement
    result: dict[str, Any] | None = None


class Proposals:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, conversation: str, tool: str, placement: Placement) -> Proposal:
        """Issue an id. Stored when this returns."""
        made = Proposal(
            id=new_id(),
            conversation=conversation,
            tool=tool,
            state="proposed",
            created=self._clock.now(),
            placement=placement,
        )
        row = (
            made.id,
            conversation or None,
            tool,
            made.state,
            made.created.isoformat(),
            placement.model_dump_json(),
            None,
        )
        await self._database.write(
            lambda connection: connection.execute(
                f"INSERT INTO proposal ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
                row,
            ).fetchall()
        )
        return made

    async def get(self, untrusted_id: str, conversation: str, tool: str) -> Proposal:
        """The proposal of that id made in this conversation for this action, and not too old.

        Raises:
            Known: ``carrel.tool.proposal``, ``carrel.tool.proposal_old``.
        """
        rows = await self._rows(
            "id = ? AND coalesce(conversation, '') = ? AND tool = ?", (untrusted_id, conversation, tool)
        )
        if not rows:
            raise Known(
                "carrel.tool.proposal",
                "There is no such proposal in this conversation.",
                "Propose first; then use the id that came back, as it is.",
            )
        if rows[0].state == "proposed" and self._clock.now() - rows[0].created > VALID:
            raise Known("carrel.tool.proposal_old", "The proposal is more than a day old.", "Propose it again.")
        return rows[0]

    async def in_state(self, state: State) -> tuple[Proposal, ...]:
        return await self._rows("state = ?", (state,))

    async def lately_done(self) -> tuple[Proposal, ...]:
        """Those of the last day: a kill can have left something of them behind."""
        return await self._rows("state = 'done' AND created >= ?", ((self._clock.now() - VALID).isoformat(),))

    async def move(self, proposal: Proposal, to: State, result: dict[str, Any] | None = None) -> None:
        """Note a new state. Raises ``carrel.tool.proposal_over`` when it is not in the state it was read in."""

        def operation(connection: apsw.Connection) -> bool:
            statement = "UPDATE proposal SET state = ?, result = ? WHERE id = ? AND state = ? RETURNING id"
            values = (to, None if result is None else json.dumps(result), proposal.id, proposal.state)
            return bool(connection.execute(statement, values).fetchall())

        if not await self._database.write(operation):
            raise Known("carrel.tool.proposal_over", "This proposal is over.", "Propose again if it is still wanted.")

    async def _rows(self, where: str, values: tuple[str, ...]) -> tuple[Proposal, ...]:
        rows = await self._database.read(
            lambda connection: connection.execute(
                f"SELECT {COLUMNS} FROM proposal WHERE {where} ORDER BY id",  # noqa: S608 - constant
                values,
            ).fetchall()
        )
        return tuple(
            Proposal.model_validate(
                {
                    "id": key,
                    "conversation": conversation or "",
                    "tool": tool,
                    "state": state,
                    "created": created,
                    "placement": json.loads(str(plan)),
                    "result": None if result is None else json.loads(str(result)),
                }
            )
            for key, conversation, tool, state, created, plan, result in rows
        )

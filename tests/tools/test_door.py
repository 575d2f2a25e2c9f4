"""What the runtime refuses, whoever let it through before."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest

from app.domain.policy import Guarantee, Tier
from app.domain.tool import ErrorType, Grant, ToolError, ToolKind, ToolOutcome
from app.kernel.clock import ManualClock
from app.sandbox.nursery import Nursery
from app.tools.actions import Actions
from app.tools.bounds import MOST_CALLS, MOST_SECONDS, TurnBounds
from app.tools.consent import Consents
from app.tools.placing import Placing
from app.tools.proposals import Proposals
from app.tools.registry import Registry
from app.tools.runtime import ToolRuntime
from app.vault.database import Database
from tests.sandbox.conftest import demanded
from tests.tools.acting import KEY

R = TypeVar("R")
CALCULATE = Grant(tools=("calculate",), turn="t")


class Door:
    """A runtime on real parts."""

    def __init__(self, runtime: ToolRuntime, folder: Path) -> None:
        self.runtime = runtime
        self.registry = Registry.shipped()
        self.folder = folder
        self.grant = Grant(tools=("propose_file", "write_file"), folders=(str(folder),), attended=True)

    async def call(self, name: str, arguments: dict[str, Any], grant: Grant) -> ToolOutcome:
        return await self.runtime.run(self.registry.spec(name), arguments, grant)

    async def proposal(self) -> str:
        outcome = await self.call("propose_file", {"name": "a.md", "content": "x", "folder": ""}, self.grant)
        assert outcome.result is not None, outcome.error
        return str(outcome.result["proposal"])

    @property
    def written(self) -> bool:
        return (self.folder / "a.md").exists()


def at_door(place: Path, job: Callable[[Door], Awaitable[R]]) -> R:
    async def main() -> R:
        folder = place / "notes"
        folder.mkdir()
        launcher, database = Nursery(), Database.open(place / "carrel.db", KEY)
        actions = Actions(Proposals(database, ManualClock(datetime(2026, 11, 22, tzinfo=UTC))), Placing())
        try:
            return await job(Door(ToolRuntime(launcher, Registry.shipped(), actions), folder))
        finally:
            await launcher.close()
            await database.close()

    return asyncio.run(main())


def error_of(outcome: ToolOutcome) -> ToolError:
    assert outcome.error is not None, outcome.result
    return outcome.error


def test_outside_the_scope_nothing_runs(tmp_path: Path) -> None:
    async def job(door: Door) -> list[ToolError]:
        words = {"expression": "1+1"}
        documents = Grant(tools=("search_documents", "list_documents"))
        return [
            error_of(await door.call("calculate", words, Grant())),
            error_of(await door.call("search_documents", {"query": "x"}, documents)),
            error_of(await door.call("propose_file", {"name": "a.md", "content": "x"}, Grant(tools=("propose_file",)))),
        ]

    for error in at_door(tmp_path, job):
        assert (error.error_type, error.error_code, error.retryable) == (
            ErrorType.PERMISSION,
            "carrel.tool.scope",
            False,
        )
        assert error.user_message
        assert error.developer_message
        assert error.hints


def test_an_action_needs_a_person_and_their_yes_to_this_very_proposal(tmp_path: Path) -> None:
    async def job(door: Door) -> None:
        first, second = await door.proposal(), await door.proposal()
        door.runtime.consents.give("", first)
        unattended = door.grant.model_copy(update={"attended": False})
        refused = error_of(await door.call("write_file", {"proposal": first}, unattended))
        assert (refused.error_type, refused.error_code) == (ErrorType.PERMISSION, "carrel.tool.unattended")
        assert error_of(await door.call("write_file", {"proposal": second}, door.grant)).error_code == (
            "carrel.tool.consent"
        )
        unknown = error_of(await door.call("write_file", {"proposal": "0" * 32}, door.grant))
        assert (unknown.error_type, unknown.retryable) == (ErrorType.NOT_FOUND, True)
        assert error_of(await door.call("write_file", {"proposal": first, "name": "b"}, door.grant)).error_type is (
            ErrorType.VALIDATION
        )
        assert not door.written
        done = await door.call("write_file", {"proposal": first}, door.grant)
        assert (done.error, door.written, done.duplicate) == (None, True, False)
        assert (await door.call("write_file", {"proposal": first}, door.grant)).duplicate

    at_door(tmp_path, job)


@pytest.mark.parametrize("tainted", [True, False])
def test_always_allowed_counts_only_while_nothing_untrusted_was_read(tmp_path: Path, tainted: bool) -> None:
    async def job(door: Door) -> None:
        door.runtime.consents.let_stand("", "write_file")
        grant = door.grant.model_copy(update={"tainted": tainted})
        outcome = await door.call("write_file", {"proposal": await door.proposal()}, grant)
        assert (outcome.error is None, door.written) == (not tainted, not tainted)

    at_door(tmp_path, job)


def test_what_a_proposal_and_an_action_say_is_ours_and_what_other_tools_return_is_not(tmp_path: Path) -> None:
    async def job(door: Door) -> None:
        grant = door.grant.model_copy(update={"tools": (*door.grant.tools, "calculate")})
        assert (await door.call("propose_file", {"name": "b.md", "content": "x", "folder": ""}, grant)).own
        proposal = await door.proposal()
        door.runtime.consents.give("", proposal)
        assert (await door.call("write_file", {"proposal": proposal}, grant)).own
        assert not (await door.call("propose_file", {"name": "b.exe", "content": "x", "folder": ""}, grant)).own
        reckoned = await door.call("calculate", {"expression": "1+1"}, grant)
        assert (reckoned.error, reckoned.own) == (None, False)

    at_door(tmp_path, job)


def test_a_yes_is_forgotten_with_its_conversation(tmp_path: Path) -> None:
    async def job(door: Door) -> None:
        proposal = await door.proposal()
        door.runtime.consents.give("", proposal)
        door.runtime.consents.let_stand("", "write_file")
        door.runtime.consents.take_back("")
        clean = door.grant.model_copy(update={"tainted": False})
        assert (
            error_of(await door.call("write_file", {"proposal": proposal}, clean)).error_code == "carrel.tool.consent"
        )

    at_door(tmp_path, job)


def test_a_standing_yes_is_taken_back_for_one_tool() -> None:
    consents = Consents()
    for tool in ("write_file", "save_email"):
        consents.let_stand("chat", tool)
    consents.take_back("chat", "write_file")
    assert not consents.holds("chat", "write_file", "proposal", tainted=False)
    assert consents.holds("chat", "save_email", "proposal", tainted=False)


def test_the_emergency_stop_ends_what_runs_and_lets_nothing_begin(tmp_path: Path) -> None:
    async def job(door: Door) -> None:
        grant = Grant(tools=("run_python", "calculate"))
        endless = asyncio.ensure_future(door.call("run_python", {"code": "while True: pass"}, grant))
        await asyncio.sleep(0.5)
        assert door.runtime.halt() == 1
        assert error_of(await endless).error_code == "carrel.tool.halted"
        stopped = error_of(await door.call("calculate", {"expression": "1"}, grant))
        assert (stopped.error_type, stopped.error_code) == (ErrorType.CANCELLED, "carrel.tool.halted")
        door.runtime.release()
        assert (await door.call("calculate", {"expression": "1"}, grant)).error is None

    at_door(tmp_path, job)


def test_a_tool_that_is_off_does_not_run(tmp_path: Path) -> None:
    async def job(door: Door) -> str:
        door.runtime.off = frozenset({"calculate"})
        return error_of(await door.call("calculate", {"expression": "1"}, CALCULATE)).error_code

    assert at_door(tmp_path, job) == "carrel.tool.off"


def test_a_turn_has_so_many_calls_and_no_more(tmp_path: Path) -> None:
    async def job(door: Door) -> list[ToolOutcome]:
        return [await door.call("calculate", {"expression": ""}, CALCULATE) for _ in range(MOST_CALLS + 1)]

    *before, last = at_door(tmp_path, job)
    assert {error_of(outcome).error_type for outcome in before} == {ErrorType.VALIDATION}
    assert error_of(last).error_code == "carrel.tool.limit"
    assert error_of(last).user_message == "At most 12 calls are made for one question. This one was not run."


def test_a_turn_has_so_many_seconds_and_no_more() -> None:
    bounds = TurnBounds()
    assert bounds.admit("t") is None
    bounds.spend("t", MOST_SECONDS)
    over = bounds.admit("t")
    assert over is not None
    assert (over.error_type, over.error_code) == (ErrorType.LIMIT, "carrel.tool.turn_time")
    assert over.user_message == "Tools run for 180 s at most for one question. This one was not run."
    assert bounds.admit("another") is None
    assert bounds.admit("") is None
    assert (bounds.left("t"), bounds.left("another"), bounds.left("")) == (0, MOST_SECONDS, math.inf)


def test_a_call_has_no_more_time_than_its_turn(tmp_path: Path) -> None:
    async def job(door: Door) -> ToolOutcome:
        grant = Grant(tools=("run_python",), turn="t")
        assert door.runtime._bounds.admit("t") is None
        door.runtime._bounds.spend("t", MOST_SECONDS - 3)
        return await door.call("run_python", {"code": "import time\ntime.sleep(60)"}, grant)

    error = error_of(at_door(tmp_path, job))
    assert (error.error_code, error.error_type) == ("carrel.tool.turn_time", ErrorType.LIMIT)
    assert error.user_message.endswith("This one was stopped.")


def test_a_tool_that_was_removed_since_the_turn_began_is_a_structured_error(tmp_path: Path) -> None:
    async def job(door: Door) -> ToolError:
        gone = door.registry.spec("calculate").model_copy(update={"name": "word_count"})
        return error_of(await door.runtime.run(gone, {"expression": "1"}, Grant(tools=("word_count",))))

    error = at_door(tmp_path, job)
    assert (error.error_type, error.error_code) == (ErrorType.NOT_FOUND, "carrel.tool.unknown")


def test_what_a_tool_is_stands_in_its_manifest_whatever_the_caller_says(tmp_path: Path) -> None:
    async def job(door: Door) -> tuple[ToolError, bool]:
        harmless = door.registry.spec("write_file").model_copy(update={"kind": ToolKind.QUERY})
        proposal = {"proposal": await door.proposal()}
        return error_of(await door.runtime.run(harmless, proposal, door.grant)), door.written

    error, written = at_door(tmp_path, job)
    assert (error.error_code, written) == ("carrel.tool.consent", False)


def test_a_program_that_never_ends_is_stopped_with_a_sentence(tmp_path: Path) -> None:
    async def job(door: Door) -> ToolError:
        manifest = door.registry.manifest("run_python")
        limits = manifest.limits.model_copy(update={"timeout_seconds": 2.0})
        quick = Registry((manifest.model_copy(update={"limits": limits}),))
        launcher = Nursery()
        try:
            grant = Grant(tools=("run_python",))
            code = {"code": "import time\ntime.sleep(60)"}
            return error_of(await ToolRuntime(launcher, quick).run(quick.spec("run_python"), code, grant))
        finally:
            await launcher.close()

    error = at_door(tmp_path, job)
    assert (error.error_type, error.user_message) == (ErrorType.TIMEOUT, "Run Python was stopped after 2 s.")


def test_a_tool_that_needs_more_than_this_machine_promises_does_not_run(tmp_path: Path) -> None:
    async def job(door: Door) -> ToolError:
        manifest = door.registry.manifest("calculate")
        wary = Registry((manifest.model_copy(update={"needs": (Guarantee.FILE_NAMES_HIDDEN,)}),))
        launcher = Nursery(tier=Tier.LAUNCHER)
        try:
            runtime = ToolRuntime(launcher, wary)
            return error_of(await runtime.run(wary.spec("calculate"), {"expression": "1"}, CALCULATE))
        finally:
            await launcher.close()

    error = at_door(tmp_path, job)
    assert (error.error_type, error.error_code, error.retryable) == (
        ErrorType.PERMISSION,
        "carrel.tool.refused",
        False,
    )
    assert "file names hidden" in error.user_message


def test_a_tool_finds_its_folder_in_the_tier_without_bubblewrap_too(tmp_path: Path) -> None:
    tier = demanded(Tier.LAUNCHER)

    async def job(door: Door) -> ToolOutcome:
        table = tmp_path / "sales.csv"
        table.write_text("date,net\n")
        launcher = Nursery(tier=tier)
        try:
            grant = Grant(tools=("run_python",), files=(str(table),))
            arguments = {"code": "print(open('sales.csv').read())", "files": ["sales.csv"]}
            return await ToolRuntime(launcher, door.registry).run(door.registry.spec("run_python"), arguments, grant)
        finally:
            await launcher.close()

    outcome = at_door(tmp_path, job)
    assert outcome.result is not None, outcome.error
    assert outcome.result["text"].startswith("date,net")
